import type { BatchWrite } from '../../../contract/index.ts';
import { outcomeAt, sent } from '../../offboarding/steps/acting.ts';
import { ownerOf, ownershipData, ownersOf } from '../../offboarding/steps/ownerships.ts';
import type { Kept, Work, WorkOutcome } from '../../step.ts';
import type { Returner } from '../returner.ts';
import { type Taken, takenBy } from '../taken.ts';
import { changedSince, keep, seenAs, todoOf, type UndoStep } from './returning.ts';

const needs = { permissions: ['Group.ReadWrite.All', 'Application.ReadWrite.All'] };

/** Makes the account an owner again, then ends the ownership that its heir was given. */
export function ownerships(taken: readonly Taken[]): UndoStep {
  const handed = takenBy(taken, 'ownerships');
  return {
    name: 'ownerships',
    title: 'Owns these again, in place of whoever they were handed to',
    lists: true,
    after: ['restore-account'],
    todo: (returner) => todoOf(handed.map(({ work }) => ownershipTodo(work, returner))),
    act: async (work, { graph, facts, subject: { owners } }) => {
      const asked = work.map((one) => ({ id: one.id, ...ownershipData.parse(one.data) }));
      // Where this was interrupted, some are back already.
      const away = asked.filter(({ id, leaverId }) => {
        const seen = seenAs(owners, id);
        return !('now' in seen && seen.now.has(leaverId));
      });
      const added = await sent(
        graph,
        away.map(({ id, kind }): BatchWrite => ({ kind: 'addRef', at: ownersOf(kind, id), targetId: facts.user.id })),
        needs,
      );
      const back = (one: (typeof asked)[number]): WorkOutcome =>
        away.includes(one) ? outcomeAt(added, away.indexOf(one)) : { ok: true };
      const freed = asked.filter((one) => one.heirId !== null && back(one).ok);
      const removed = await sent(
        graph,
        freed.map(({ id, kind, heirId }): BatchWrite => ({ kind: 'removeRef', at: ownerOf(kind, id, heirId ?? '') })),
        needs,
      );
      return asked.map((one): WorkOutcome => {
        const first = back(one);
        const place = freed.indexOf(one);
        return first.ok && place >= 0 ? outcomeAt(removed, place) : first;
      });
    },
  };
}

function ownershipTodo(work: Work, { owners }: Returner): Work | Kept | undefined {
  const { id, name, privileged } = work;
  const { kind, heirId, leaverId } = ownershipData.parse(work.data);
  const seen = seenAs(owners, id);
  if ('reason' in seen) return keep({ id, name }, seen.reason);
  const { now } = seen;
  const isBack = now.has(leaverId);
  if (isBack && (heirId === null || !now.has(heirId))) return undefined;
  if (kind === 'group' && privileged === true) {
    return keep({ id, name }, 'Directory roles can be assigned to it, and those are never given back');
  }
  return !isBack && heirId !== null && !now.has(heirId) ? keep({ id, name }, changedSince) : work;
}
