import { z } from 'zod';
import { defineTool, explainRefusal, named, path, reason, ToolError } from '../../src/contract/index.ts';
import { type DeletedAccount, deletedRef, findDeleted, findLive, noDeletedUser } from './deleted-user.ts';

export default defineTool({
  name: 'purge_user',
  title: 'Delete a deleted user for good',
  description:
    'Deletes one already deleted user for good, now instead of after 30 days: nothing brings them back. ' +
    'Not deleted yet: delete_user.',
  toolset: 'users',
  risk: 'irreversible',
  permissions: ['User.DeleteRestore.All', 'User.Read.All'],
  writes: ['DELETE /directory/deletedItems/{}'],
  idempotent: true,
  input: z.strictObject({ user: deletedRef, reason }),
  output: z.object({ id: z.string(), userPrincipalName: z.string(), purged: z.literal(true) }),

  async plan({ user }, { graph }) {
    const found = await findDeleted(graph, user);
    if (found === undefined) throw (await findLive(graph, user)) === undefined ? noDeletedUser() : notDeleted();
    return {
      summary: `Delete ${named(found)} for good`,
      effects: [
        'The account is gone at once, and nobody can bring it back: not this server, not an administrator, not Microsoft',
        'Its mailbox and OneDrive go with it, unless retention keeps them',
        'A new account of the same name is another account, without its groups, files and rights',
      ],
      warnings: warningsOf(found),
      targets: [{ kind: 'deletedUser', id: found.id, touch: 'takeaway' }],
      facts: {
        id: found.id,
        userPrincipalName: found.userPrincipalName,
        deletedDateTime: found.deletedDateTime ?? null,
      },
    };
  },

  async run({ id, userPrincipalName }, { graph }) {
    await graph
      .delete(path`/directory/deletedItems/${id}`)
      .catch(explainRefusal({ permissions: ['User.DeleteRestore.All'], guardsAdmins: true }));
    return { id, userPrincipalName, purged: true };
  },
});

function warningsOf({ deletedDateTime, onPremisesSyncEnabled }: DeletedAccount): string[] {
  return [
    ...(deletedDateTime == null ? [] : [`It was deleted on ${deletedDateTime.slice(0, 10)}`]),
    ...(onPremisesSyncEnabled === true ? ['Synced from AD: where it still exists there, a sync creates it anew'] : []),
  ];
}

function notDeleted(): ToolError {
  return new ToolError('CONFLICT', {
    message: 'The account is not deleted, and only deleted ones can be deleted for good.',
    fix: 'Delete it with delete_user first, which can be taken back for 30 days.',
  });
}
