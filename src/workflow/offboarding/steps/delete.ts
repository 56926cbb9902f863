import { named, path } from '../../../contract/index.ts';
import { leftoversOf } from '../leftovers.ts';
import { attempted, type OffboardingStep } from './acting.ts';

const needs = { permissions: ['User.DeleteRestore.All'], guardsAdmins: true };

/** Deletes the account: for 30 days it can be restored. [learn.microsoft.com/graph/api/user-delete] */
export const deleteAccount: OffboardingStep = {
  name: 'delete',
  title: 'The account is deleted',
  lists: false,
  needs: () => needs.permissions,
  // What was not handed over would go with it; roles that stay could be neither seen nor taken, and come back with it.
  after: ['directory-roles', 'ownerships', 'handover'],
  todo: (leaver, _facts, _past, decisions = {}) => {
    if (leaver.isDeleted) return { work: [] };
    if (decisions['mailbox'] === 'shared') {
      return { work: [], skip: 'The shared mailbox lives in this account: it would be deleted with it' };
    }
    // What cannot be seen any more once it is deleted is kept for the follow-ups.
    return { work: [{ id: leaver.user.id, name: named(leaver.user), data: { leftovers: leftoversOf(leaver) } }] };
  },
  act: (work, { graph }) => Promise.all(work.map(({ id }) => attempted(graph.delete(path`/users/${id}`), needs))),
};
