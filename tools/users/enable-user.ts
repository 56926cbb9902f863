import { z } from 'zod';
import {
  defineTool,
  explainRefusal,
  findUser,
  named,
  optionalReason,
  path,
  userRef,
} from '../../src/contract/index.ts';

const account = z.object({
  id: z.string(),
  displayName: z.string().nullable(),
  userPrincipalName: z.string(),
  accountEnabled: z.boolean(),
  userType: z.string().nullish(),
  onPremisesSyncEnabled: z.boolean().nullish(),
});

export default defineTool({
  name: 'enable_user',
  title: 'Enable a user account',
  description:
    'Lets one disabled user sign in again, with the credentials they had. ' +
    'Groups and licenses that were taken away do not come back.',
  toolset: 'users',
  risk: 'grant',
  permissions: ['User.EnableDisableAccount.All', 'User.Read.All'],
  writes: ['PATCH /users/{}'],
  idempotent: true,
  input: z.strictObject({ user: userRef, reason: optionalReason }),
  output: z.object({ id: z.string(), userPrincipalName: z.string(), accountEnabled: z.literal(true) }),

  async plan({ user }, { graph }) {
    const found = await findUser(graph, user, account);
    const who = named(found);
    if (found.accountEnabled) return { unchanged: `${who} is already enabled` };
    return {
      summary: `Enable ${who}`,
      effects: [
        'The account can sign in again, with the password and sign-in methods it has',
        'Its licenses and group memberships work again',
      ],
      warnings: [
        ...(found.userType === 'Guest' ? ['A guest: someone from outside the organization'] : []),
        // AD stays the master of a synced account: the next sync can disable it again.
        ...(found.onPremisesSyncEnabled
          ? ['Synced from AD: enable the account there too, or a sync disables it again']
          : []),
      ],
      undo: 'disable_user',
      changes: [{ property: 'accountEnabled', before: 'false', after: 'true' }],
      targets: [{ kind: 'user', id: found.id, touch: 'takeover' }],
      facts: { id: found.id, userPrincipalName: found.userPrincipalName },
    };
  },

  async run({ id, userPrincipalName }, { graph }) {
    await graph
      .patch(path`/users/${id}`, { accountEnabled: true })
      .catch(explainRefusal({ permissions: ['User.EnableDisableAccount.All', 'User.Read.All'], guardsAdmins: true }));
    return { id, userPrincipalName, accountEnabled: true };
  },
});
