import { type BatchWrite, path } from '../../../contract/index.ts';
import { whyFixed } from '../../offboarding/memberships.ts';
import { itemsOf } from '../../offboarding/section.ts';
import { sent } from '../../offboarding/steps/acting.ts';
import type { Kept, Work } from '../../step.ts';
import type { Returner } from '../returner.ts';
import { type Taken, takenBy } from '../taken.ts';
import { changedSince, isGone, keep, todoOf, type UndoStep } from './returning.ts';

export const memberNeeds = { permissions: ['GroupMember.ReadWrite.All'] };

/** Puts the account back into the groups that it left. */
export function groups(taken: readonly Taken[]): UndoStep {
  const left = takenBy(taken, 'groups');
  return {
    name: 'groups',
    title: 'Comes back to these groups',
    lists: true,
    after: ['restore-account'],
    todo: (returner) => todoOf(left.map(({ work }) => membershipTodo(work, returner))),
    act: (work, { graph, facts }) =>
      sent(
        graph,
        work.map(
          ({ id }): BatchWrite => ({ kind: 'addRef', at: path`/groups/${id}/members`, targetId: facts.user.id }),
        ),
        memberNeeds,
      ),
  };
}

/** A membership to be given back, or why it is not. */
export function membershipTodo(
  { id, name, privileged }: Work,
  { leaver, groups: known }: Returner,
): Work | Kept | undefined {
  if (leaver !== undefined && itemsOf(leaver.groups).some((group) => group.id === id)) return undefined;
  const group = known.get(id);
  if (group === undefined) return keep({ id, name }, isGone);
  if (privileged === true || group.isAssignableToRole === true) {
    return keep({ id, name }, 'Directory roles can be assigned to it, and those are never given back');
  }
  const fixed = whyFixed(group);
  return fixed === undefined ? { id, name, kind: 'group' } : keep({ id, name }, `${changedSince}. ${fixed}`);
}

/** Takes the account out of the group that kept it out. */
export function blockGroup(taken: readonly Taken[]): UndoStep {
  const joined = takenBy(taken, 'block-sign-in').filter(({ work }) => work.kind === 'group');
  return {
    name: 'block-group',
    title: 'Leaves the group that blocks access',
    lists: true,
    after: ['restore-account'],
    todo: ({ leaver }) =>
      todoOf(
        joined.map(({ work: { id, name } }) =>
          // The groups of a deleted account do not show, and it comes back with them.
          leaver?.isDeleted === true ||
          (leaver !== undefined && itemsOf(leaver.groups).some((group) => group.id === id))
            ? { id, name, kind: 'group' as const }
            : undefined,
        ),
      ),
    act: (work, { graph, facts }) =>
      sent(
        graph,
        work.map(({ id }): BatchWrite => ({ kind: 'removeRef', at: path`/groups/${id}/members/${facts.user.id}` })),
        memberNeeds,
      ),
  };
}
