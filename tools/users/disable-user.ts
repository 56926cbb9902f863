import { z } from 'zod';
import { defineTool, explainRefusal, findUser, named, path, reason, userRef } from '../../src/contract/index.ts';

// get() sends $select of exactly these keys
const account = z.object({
  id: z.string(),
  displayName: z.string().nullable(),
  userPrincipalName: z.string(),
  accountEnabled: z.boolean(),
  onPremisesSyncEnabled: z.boolean().nullish(), // null on accounts that were never synced
});

export default defineTool({
  name: 'disable_user',
  title: 'Disable a user account',
  description:
    'Blocks new sign-ins for one user by setting accountEnabled to false. ' +
    'Open sessions live on until their tokens expire: call revoke_sessions as well. ' +
    'To end employment, use offboard_user instead.',
  toolset: 'users',
  risk: 'destructive',
  permissions: ['User.EnableDisableAccount.All', 'User.Read.All'],
  writes: ['PATCH /users/{}'],
  idempotent: true,
  input: z.strictObject({ user: userRef, reason }),
  output: z.object({ id: z.string(), userPrincipalName: z.string(), accountEnabled: z.literal(false) }),

  async plan({ user }, { graph }) {
    const found = await findUser(graph, user, account);
    const who = named(found);
    if (!found.accountEnabled) return { unchanged: `${who} is already disabled` };
    return {
      summary: `Disable ${who}`,
      effects: ['New sign-ins are blocked', 'Licenses and group memberships are kept'],
      // AD stays the master of a synced account: the next sync can enable it again.
      warnings: found.onPremisesSyncEnabled ? ['Synced from AD: disable the account there too'] : [],
      undo: 'enable_user',
      changes: [{ property: 'accountEnabled', before: 'true', after: 'false' }],
      targets: [{ kind: 'user', id: found.id, touch: 'takeaway' }],
      containment: true,
      facts: { id: found.id, userPrincipalName: found.userPrincipalName },
    };
  },

  async run({ id, userPrincipalName }, { graph }) {
    await graph
      .patch(path`/users/${id}`, { accountEnabled: false })
      .catch(explainRefusal({ permissions: ['User.EnableDisableAccount.All', 'User.Read.All'], guardsAdmins: true }));
    return { id, userPrincipalName, accountEnabled: false };
  },
});
