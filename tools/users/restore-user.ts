import { z } from 'zod';
import {
  checkPrincipalName,
  defineTool,
  explainRefusal,
  type GraphReader,
  type GraphWriter,
  named,
  odata,
  optionalReason,
  path,
  ToolError,
  text,
} from '../../src/contract/index.ts';
import { type DeletedAccount, deletedRef, findDeleted, findLive, noDeletedUser } from './deleted-user.ts';

export default defineTool({
  name: 'restore_user',
  title: 'Restore a deleted user',
  description:
    'Brings back one user deleted in the last 30 days, with properties, groups and password. Find them with list_deleted_users.',
  toolset: 'users',
  risk: 'grant',
  permissions: ['User.DeleteRestore.All', 'User.Read.All', 'Domain.Read.All'],
  writes: ['POST /directory/deletedItems/{}/restore'],
  idempotent: true,
  input: z.strictObject({
    user: deletedRef,
    newUserPrincipalName: text(113).optional().describe('Where someone else has the old one'),
    reason: optionalReason,
  }),
  output: z.object({ id: z.string(), userPrincipalName: z.string(), restored: z.literal(true) }),

  async plan({ user, newUserPrincipalName }, { graph }) {
    const found = await findDeleted(graph, user);
    if (found === undefined) {
      const live = await findLive(graph, user);
      if (live !== undefined) return { unchanged: `${named(live)} is not deleted` };
      throw noDeletedUser();
    }
    const userPrincipalName = newUserPrincipalName ?? found.userPrincipalName;
    if (newUserPrincipalName === undefined) await refuseTaken(graph, userPrincipalName);
    else await checkPrincipalName(graph, newUserPrincipalName);
    const lost = await addressesTaken(graph, found);
    const renamed = userPrincipalName !== found.userPrincipalName;
    return {
      summary: `Restore ${named(found)}${renamed ? ` as ${userPrincipalName}` : ''}`,
      effects: effectsOf(found, userPrincipalName, lost),
      warnings: warningsOf(found),
      undo: 'delete_user',
      changes: renamed
        ? [{ property: 'userPrincipalName', before: found.userPrincipalName, after: userPrincipalName }]
        : [],
      targets: [{ kind: 'deletedUser', id: found.id, touch: 'takeover' }],
      facts: {
        id: found.id,
        userPrincipalName,
        body: {
          ...(renamed ? { newUserPrincipalName: userPrincipalName } : {}),
          ...(lost.length > 0 ? { autoReconcileProxyConflict: true } : {}),
        },
      },
    };
  },

  async run({ id, userPrincipalName, body }, { graph }) {
    const sent = Object.keys(body).length === 0 ? undefined : body;
    await graph
      .act(path`/directory/deletedItems/${id}/restore`, sent, 'once')
      .catch((error: unknown) => passIfRestored(graph, id, error))
      .catch(explainRefusal({ permissions: ['User.DeleteRestore.All'], guardsAdmins: true }));
    return { id, userPrincipalName, restored: true };
  },
});

/** No longer among the deleted, or nobody knows: it was restored if it stands among the users. */
async function passIfRestored(graph: GraphWriter, id: string, error: unknown): Promise<void> {
  const mayBeDone = error instanceof ToolError && (error.code === 'NOT_FOUND' || error.code === 'OUTCOME_UNKNOWN');
  if (!mayBeDone || (await findLive(graph, id)) === undefined) throw error;
}

async function refuseTaken(graph: GraphReader, userPrincipalName: string): Promise<void> {
  const holder = await findLive(graph, userPrincipalName);
  if (holder === undefined) return;
  throw new ToolError('CONFLICT', {
    message: 'Another account has taken the userPrincipalName since the deletion.',
    fix: 'Call again with newUserPrincipalName, or delete or rename the account in detail.user first.',
    detail: { user: holder },
  });
}

const holder = z.object({ id: z.string(), userPrincipalName: z.string() });
const mostAddresses = 10;

/** Mail addresses that somebody else has by now, each with who has it. */
async function addressesTaken(graph: GraphReader, { proxyAddresses }: DeletedAccount): Promise<string[]> {
  const addresses = (proxyAddresses ?? []).filter((address) => /^smtp:/i.test(address)).slice(0, mostAddresses);
  const taken = await Promise.all(
    addresses.map(async (address) => {
      const filter = odata`proxyAddresses/any(p:p eq ${address})`;
      const { items } = await graph.page(path`/users`, holder, { filter, top: 1 });
      return items.map((other) => `${address.slice('smtp:'.length)} (${other.userPrincipalName})`);
    }),
  );
  return taken.flat();
}

function effectsOf(found: DeletedAccount, userPrincipalName: string, lost: readonly string[]): string[] {
  return [
    found.accountEnabled === false
      ? 'The account comes back disabled: nobody can sign in with it until enable_user'
      : `They can sign in again as ${userPrincipalName}, with the password and sign-in methods they had`,
    'Properties and groups come back, and licenses as far as seats are free',
    ...lost.map((address) => `It loses the mail address ${address}, which someone else has by now`),
  ];
}

function warningsOf(found: DeletedAccount): string[] {
  return [
    'Which groups it comes back to cannot be read while it is deleted',
    ...(found.userType === 'Guest' ? ['A guest: someone from outside the organization'] : []),
    ...(found.onPremisesSyncEnabled === true
      ? ['Synced from AD: bring it back there too, or a sync deletes it again']
      : []),
  ];
}
