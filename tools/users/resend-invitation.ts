import { z } from 'zod';
import {
  defineTool,
  explainRefusal,
  explainUnknown,
  findUser,
  named,
  optionalReason,
  path,
  ToolError,
  userRef,
} from '../../src/contract/index.ts';
import { appsPage, invitation, messageBody } from './invitation.ts';

const account = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  userPrincipalName: z.string(),
  mail: z.string().nullish(),
  accountEnabled: z.boolean().nullish(),
  userType: z.string().nullish(),
  externalUserState: z.string().nullish(),
});
type Account = z.output<typeof account>;

export default defineTool({
  name: 'resend_invitation',
  title: 'Mail an invitation again',
  description:
    'Mails one guest who has not accepted yet their invitation again, to the address of the account. ' +
    'Not invited yet: invite_guest.',
  toolset: 'users',
  risk: 'grant',
  permissions: ['User.Invite.All', 'User.Read.All'],
  writes: ['POST /invitations'],
  idempotent: false,
  input: z.strictObject({
    user: userRef,
    customizedMessageBody: messageBody.optional(),
    reason: optionalReason,
  }),
  output: z.object({ id: z.string(), invitedUserEmailAddress: z.string(), status: z.string().nullish() }),

  async plan({ user, customizedMessageBody }, { graph }) {
    const found = await findUser(graph, user, account);
    if (found.externalUserState === 'Accepted') return { unchanged: `${named(found)} has already accepted` };
    const mail = addressOf(found);
    return {
      summary: `Mail ${named(found)} the invitation again`,
      effects: [`A mail from Microsoft on behalf of the organization to ${mail}, with a link to accept`],
      warnings: found.accountEnabled === false ? ['The account is disabled: they cannot sign in after accepting'] : [],
      changes:
        customizedMessageBody === undefined
          ? []
          : [{ property: 'customizedMessageBody', before: null, after: customizedMessageBody }],
      targets: [{ kind: 'user', id: found.id, touch: 'takeover' }],
      facts: {
        id: found.id,
        body: {
          invitedUserEmailAddress: mail,
          inviteRedirectUrl: appsPage,
          sendInvitationMessage: true,
          ...(customizedMessageBody === undefined ? {} : { invitedUserMessageInfo: { customizedMessageBody } }),
        },
      },
    };
  },

  async run({ id, body }, { graph }) {
    const { invitedUserEmailAddress } = body;
    const { status } = await graph
      .post(path`/invitations`, body, invitation, 'once')
      .catch(explainRefusal({ permissions: ['User.Invite.All'] }))
      .catch(
        explainUnknown({
          message: 'The answer was lost: the mail may have been sent or not. It was not sent again.',
          fix: 'Ask the guest whether it came; if not, call again.',
          detail: { invitedUserEmailAddress },
        }),
      );
    return { id, invitedUserEmailAddress, status };
  },
});

/** Where the invitation goes. Throws ToolError CONFLICT for accounts that were never invited. */
function addressOf({ userType, externalUserState, mail }: Account): string {
  if (userType === 'Guest' && externalUserState === 'PendingAcceptance' && mail) return mail;
  throw new ToolError('CONFLICT', {
    message: mail ? 'The account has no open invitation.' : 'The account has no mail address to send an invitation to.',
    fix: mail ? 'To invite someone, use invite_guest.' : 'Set mail with update_user first.',
  });
}
