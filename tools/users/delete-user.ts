import { z } from 'zod';
import {
  defineTool,
  explainRefusal,
  findUser,
  type GraphPath,
  type GraphReader,
  named,
  path,
  reason,
  ToolError,
  userRef,
} from '../../src/contract/index.ts';
import { findDeleted } from './deleted-user.ts';

const account = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  userPrincipalName: z.string(),
  userType: z.string().nullish(),
  onPremisesSyncEnabled: z.boolean().nullish(),
  assignedLicenses: z.array(z.object({ skuId: z.string() })).nullish(),
});
type Account = z.output<typeof account>;

export default defineTool({
  name: 'delete_user',
  title: 'Delete a user account',
  description:
    'Deletes one user. restore_user brings them back within 30 days; then they are gone for good. ' +
    'To end employment in order, use offboard_user; to only block sign-in, disable_user.',
  toolset: 'users',
  risk: 'destructive',
  permissions: ['User.DeleteRestore.All', 'User.Read.All'],
  writes: ['DELETE /users/{}'],
  idempotent: true,
  input: z.strictObject({ user: userRef, reason }),
  output: z.object({ id: z.string(), userPrincipalName: z.string(), deleted: z.literal(true) }),

  async plan({ user }, { graph }) {
    const found = await findUser(graph, user, account).catch(async (error: unknown) => {
      const deleted = isNotFound(error) ? await findDeleted(graph, user) : undefined;
      if (deleted === undefined) throw error;
      return deleted;
    });
    if ('deletedDateTime' in found) return { unchanged: `${named(found)} is already deleted` };
    return {
      summary: `Delete ${named(found)}`,
      effects: effectsOf(found),
      warnings: await warningsOf(graph, found),
      undo: 'restore_user, within 30 days',
      targets: [{ kind: 'user', id: found.id, touch: 'takeaway' }],
      facts: { id: found.id, userPrincipalName: found.userPrincipalName },
    };
  },

  async run({ id, userPrincipalName }, { graph }) {
    await graph
      .delete(path`/users/${id}`)
      .catch(explainRefusal({ permissions: ['User.DeleteRestore.All'], guardsAdmins: true }));
    return { id, userPrincipalName, deleted: true };
  },
});

function isNotFound(error: unknown): boolean {
  return error instanceof ToolError && error.code === 'NOT_FOUND';
}

function effectsOf({ assignedLicenses }: Account): string[] {
  const licenses = assignedLicenses?.length ?? 0;
  return [
    'They cannot sign in any more, and lose mail, files and apps',
    'For 30 days the account can be restored, with its properties and groups',
    'After 30 days the account, its mailbox and its OneDrive are deleted for good, unless retention keeps them',
    ...(licenses === 0 ? [] : [`Its licenses are free for others: ${licenses}`]),
  ];
}

async function warningsOf(graph: GraphReader, { id, onPremisesSyncEnabled }: Account): Promise<string[]> {
  const [reports, groups] = await Promise.all([
    countOf(graph, path`/users/${id}/directReports/microsoft.graph.user`, false),
    // A cast of owned objects is an advanced query. [learn.microsoft.com/graph/aad-advanced-queries]
    countOf(graph, path`/users/${id}/ownedObjects/microsoft.graph.group`, true),
  ]);
  return [
    ...(reports === undefined ? [] : [`Direct reports left without a manager: ${reports}`]),
    ...(groups === undefined ? [] : [`Groups left with one owner less: ${groups}`]),
    // AD stays the master of a synced account.
    ...(onPremisesSyncEnabled === true ? ['Synced from AD: delete it there too, or a sync can bring it back'] : []),
  ];
}

const idOnly = z.object({ id: z.string() });
const most = 999;

/** How many there are; undefined for none, and where they cannot be read. */
async function countOf(graph: GraphReader, at: GraphPath, advanced: boolean): Promise<string | undefined> {
  try {
    const { items, next } = await graph.page(at, idOnly, { top: most, advanced });
    if (items.length === 0) return undefined;
    return next === undefined ? String(items.length) : `more than ${items.length}`;
  } catch (error) {
    if (error instanceof ToolError && error.code === 'NOT_PERMITTED') return undefined;
    throw error;
  }
}
