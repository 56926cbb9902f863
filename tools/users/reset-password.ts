import { z } from 'zod';
import {
  defineTool,
  explainRefusal,
  explainUnknown,
  findUser,
  type GraphReader,
  isFederated,
  named,
  optionalReason,
  path,
  ToolError,
  userRef,
} from '../../src/contract/index.ts';

const account = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  userPrincipalName: z.string(),
  accountEnabled: z.boolean().nullish(),
  userType: z.string().nullish(),
  onPremisesSyncEnabled: z.boolean().nullish(),
});
type Account = z.output<typeof account>;

export default defineTool({
  name: 'reset_password',
  title: 'Reset the password of a user',
  description:
    'Gives one user a generated password, sealed to the approver and changed at the next sign-in: never ask for one. ' +
    'Not for guests, users synced from AD or federated domains. Does not enable a disabled account.',
  toolset: 'users',
  risk: 'grant',
  permissions: ['User-PasswordProfile.ReadWrite.All', 'User.Read.All', 'Domain.Read.All'],
  writes: ['PATCH /users/{}'],
  idempotent: false,
  seals: 'password',
  input: z.strictObject({ user: userRef, reason: optionalReason }),
  output: z.object({
    id: z.string(),
    userPrincipalName: z.string(),
    /** Names the sealed password; a human opens it with `entra-mcp reveal`. */
    handoffId: z.string(),
  }),

  async plan({ user }, { graph }) {
    const found = await findUser(graph, user, account);
    await refuseElsewhere(graph, found);
    return {
      summary: `Reset the password of ${named(found)}`,
      effects: [
        'The password they have stops working',
        'A new one is generated, and only the approver can open it, once, within 24 hours',
        'It must be changed at the next sign-in',
        'Sessions that began with the old password have to sign in again',
      ],
      warnings: [
        'Whoever gets the new password gets into the account: hand it over in person',
        ...(found.accountEnabled === false ? ['The account is disabled, and stays so'] : []),
      ],
      targets: [{ kind: 'user', id: found.id, touch: 'takeover' }],
      facts: { id: found.id, userPrincipalName: found.userPrincipalName },
    };
  },

  async run({ id, userPrincipalName }, { graph, handoff }) {
    const { value: password, handoffId } = await handoff.password({ id, userPrincipalName });
    // In a PATCH of its own: a 403 on the password would lose whatever came with it.
    await graph
      .patch(path`/users/${id}`, { passwordProfile: { forceChangePasswordNextSignIn: true, password } })
      .catch(
        explainRefusal({
          permissions: ['User-PasswordProfile.ReadWrite.All'],
          role: 'User Administrator',
          guardsAdmins: true,
        }),
      )
      .catch(
        explainUnknown({
          message: 'The answer to the reset was lost: the old password or the new one is in force.',
          fix: 'Open detail.handoffId and try it, or call reset_password again, which does no harm.',
          detail: { userPrincipalName, handoffId },
        }),
      );
    return { id, userPrincipalName, handoffId };
  },
});

/** Throws ToolError CONFLICT where Entra does not keep the password. */
async function refuseElsewhere(graph: GraphReader, found: Account): Promise<void> {
  if (found.onPremisesSyncEnabled === true) {
    throw refused(
      'The account is synced from AD, which keeps its password; an app cannot write one back.',
      'Reset it in Active Directory, or have a person with password writeback do it in the Entra admin center.',
    );
  }
  // Their own organization signs guests in. [learn.microsoft.com/entra/external-id/user-properties]
  if (found.userType === 'Guest' || found.userPrincipalName.includes('#EXT#')) {
    throw refused(
      'The account belongs to someone from outside, and their own organization keeps the password.',
      'They reset it there. To let them accept the invitation again, use resend_invitation.',
    );
  }
  if (await isFederated(graph, found.userPrincipalName)) {
    throw refused(
      'The domain of the account is federated: its passwords are not kept in Entra.',
      'Reset it in the directory that the domain is federated with.',
    );
  }
}

function refused(message: string, fix: string): ToolError {
  return new ToolError('CONFLICT', { message, fix });
}
