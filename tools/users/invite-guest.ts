import { z } from 'zod';
import {
  defineTool,
  explainRefusal,
  explainUnknown,
  type GraphReader,
  isVerifiedDomain,
  named,
  odata,
  optionalReason,
  path,
  ToolError,
  text,
} from '../../src/contract/index.ts';
import { address, appsPage, invitation, messageBody, redirectUrl } from './invitation.ts';

const person = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  userPrincipalName: z.string(),
  userType: z.string().nullish(),
  externalUserState: z.string().nullish(),
});

export default defineTool({
  name: 'invite_guest',
  title: 'Invite a guest',
  description:
    'Creates a guest account for someone of another organization and mails them the invitation; they get in once they accept. ' +
    'Access: add_group_members. Mail it again: resend_invitation. Own people: create_user.',
  toolset: 'users',
  risk: 'grant',
  permissions: ['User.Invite.All', 'User.Read.All', 'Domain.Read.All'],
  writes: ['POST /invitations'],
  idempotent: false,
  input: z.strictObject({
    invitedUserEmailAddress: address.describe('Their mail address'),
    invitedUserDisplayName: text(256).optional().describe('Default: the address'),
    sendInvitationMessage: z.boolean().default(true).describe('false: no mail; they sign in at this tenant'),
    customizedMessageBody: messageBody.optional(),
    inviteRedirectUrl: redirectUrl.optional(),
    reason: optionalReason,
  }),
  output: z.object({ id: z.string(), invitedUserEmailAddress: z.string(), status: z.string().nullish() }),

  async plan({ reason: _reason, inviteRedirectUrl = appsPage, customizedMessageBody, ...asked }, { graph }) {
    const { invitedUserEmailAddress: mail, sendInvitationMessage } = asked;
    refuseSilentWords(sendInvitationMessage, customizedMessageBody);
    const [known] = await Promise.all([personWith(graph, mail), refuseOwnDomain(graph, mail)]);
    if (known?.userType === 'Guest') return { unchanged: `${named(known)} is a guest already${stateOf(known)}` };
    if (known !== undefined) throw alreadyMember(known);
    return {
      summary: `Invite ${mail} as a guest`,
      effects: [
        'A guest account for someone from outside the organization',
        sendInvitationMessage
          ? 'They get a mail from Microsoft on behalf of the organization, with a link to accept'
          : 'No mail is sent: they accept when they first sign in at a page of this tenant',
        'As a guest they can see what the tenant lets guests see',
      ],
      warnings:
        inviteRedirectUrl === appsPage
          ? []
          : ['The page they land on was chosen by the agent: make sure that it is yours'],
      undo: 'delete_user',
      changes: [
        { property: 'invitedUserEmailAddress', before: null, after: mail },
        ...shown('invitedUserDisplayName', asked.invitedUserDisplayName),
        ...shown('customizedMessageBody', customizedMessageBody),
        ...shown('inviteRedirectUrl', inviteRedirectUrl),
      ],
      targets: [],
      facts: {
        body: {
          ...asked,
          inviteRedirectUrl,
          ...(customizedMessageBody === undefined ? {} : { invitedUserMessageInfo: { customizedMessageBody } }),
        },
      },
    };
  },

  async run({ body }, { graph }) {
    const { invitedUserEmailAddress } = body;
    const { invitedUser, status } = await graph
      .post(path`/invitations`, body, invitation, 'once')
      .catch(explainRefusal({ permissions: ['User.Invite.All'] }))
      .catch(
        explainUnknown({
          message: 'The answer to the invitation was lost: it may have been sent or not. It was not sent again.',
          fix: 'Wait a minute, then search_users with filter mail eq detail.invitedUserEmailAddress. Not found: call again.',
          detail: { invitedUserEmailAddress },
        }),
      );
    return { id: invitedUser.id, invitedUserEmailAddress, status };
  },
});

const shown = (property: string, after: string | undefined) =>
  after === undefined ? [] : [{ property, before: null, after }];

function stateOf({ externalUserState }: z.output<typeof person>): string {
  return externalUserState === 'PendingAcceptance'
    ? ', and has not accepted yet: resend_invitation mails the invitation again'
    : '';
}

/** Whoever has the address, as mail or beside it. */
async function personWith(graph: GraphReader, mail: string): Promise<z.output<typeof person> | undefined> {
  const found = await Promise.all(
    [
      odata`mail eq ${mail}`,
      odata`otherMails/any(p:p eq ${mail})`,
      odata`proxyAddresses/any(p:p eq ${`smtp:${mail}`})`,
    ].map((filter) => graph.page(path`/users`, person, { filter, top: 1, advanced: mail.length > longest })),
  );
  return found.flatMap(({ items }) => items)[0];
}

// With `smtp:`, the longest literal of a default query is 120. [learn.microsoft.com/graph/aad-advanced-queries]
const longest = 115;

function alreadyMember(known: z.output<typeof person>): ToolError {
  return new ToolError('CONFLICT', {
    message: 'A member of the tenant has this address.',
    fix: 'Work with the account in detail.user instead of inviting it.',
    detail: { user: known },
  });
}

async function refuseOwnDomain(graph: GraphReader, mail: string): Promise<void> {
  if (!(await isVerifiedDomain(graph, mail))) return;
  throw new ToolError('CONFLICT', {
    message: 'The address is in a domain of this tenant: its people are members, not guests.',
    fix: 'Create the account with create_user, or invite another address.',
  });
}

function refuseSilentWords(isSent: boolean, words: string | undefined): void {
  if (isSent || words === undefined) return;
  throw new ToolError('INPUT_INVALID', {
    message: 'customizedMessageBody stands in the mail, and no mail is to be sent.',
    fix: 'Leave out customizedMessageBody or sendInvitationMessage.',
    detail: { field: 'customizedMessageBody' },
  });
}
