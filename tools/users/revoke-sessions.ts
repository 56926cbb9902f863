import { z } from 'zod';
import { defineTool, findUser, named, path, reason, userRef } from '../../src/contract/index.ts';

const account = z.object({
  id: z.string(),
  displayName: z.string().nullable(),
  userPrincipalName: z.string(),
  accountEnabled: z.boolean(),
  userType: z.string().nullish(),
});

export default defineTool({
  name: 'revoke_sessions',
  title: 'Sign a user out everywhere',
  description:
    'Ends all sign-in sessions of one user: every device and app has to sign in again. ' +
    'Tokens already issued can work for up to an hour. Does not block sign-in: disable_user does.',
  toolset: 'users',
  risk: 'destructive',
  permissions: ['User.RevokeSessions.All', 'User.Read.All'],
  writes: ['POST /users/{}/revokeSignInSessions'],
  idempotent: true,
  input: z.strictObject({ user: userRef, reason }),
  output: z.object({ id: z.string(), userPrincipalName: z.string(), sessionsRevoked: z.literal(true) }),

  // Never "unchanged": Graph does not tell whether sessions are open.
  async plan({ user }, { graph }) {
    const found = await findUser(graph, user, account);
    return {
      summary: `Sign ${named(found)} out everywhere`,
      effects: [
        'Every device and app has to sign in again, after a few minutes',
        'Tokens already issued can work for up to an hour; apps with sessions of their own can stay signed in',
      ],
      warnings: [
        // The home tenant issues a guest's tokens. [learn.microsoft.com/graph/api/user-revokesigninsessions]
        ...(found.userType === 'Guest'
          ? ['A guest: this has no effect, their own organization holds their sessions']
          : []),
        ...(found.accountEnabled ? ['The account stays enabled: they can sign in again at once'] : []),
      ],
      targets: [{ kind: 'user', id: found.id, touch: 'takeaway' }],
      containment: true,
      facts: { id: found.id, userPrincipalName: found.userPrincipalName },
    };
  },

  async run({ id, userPrincipalName }, { graph }) {
    await graph.act(path`/users/${id}/revokeSignInSessions`, undefined, 'repeatable');
    return { id, userPrincipalName, sessionsRevoked: true };
  },
});
