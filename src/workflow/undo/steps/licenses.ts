import { isDirect, path } from '../../../contract/index.ts';
import { attempted, outcomeAt, sent } from '../../offboarding/steps/acting.ts';
import { licenseData } from '../../offboarding/steps/licenses.ts';
import type { Kept, Work } from '../../step.ts';
import type { Returner } from '../returner.ts';
import { type Taken, takenBy } from '../taken.ts';
import { memberNeeds, membershipTodo } from './memberships.ts';
import { keep, todoOf, type UndoStep } from './returning.ts';

const needs = { permissions: ['LicenseAssignment.ReadWrite.All'] };

/** Gives licenses back, as far as seats are free: direct ones in one request, the others through their groups. */
export function licenses(taken: readonly Taken[]): UndoStep {
  const lost = takenBy(taken, 'licenses');
  return {
    name: 'licenses',
    title: 'Gets these licenses back',
    lists: true,
    after: ['restore-account'],
    todo: (returner) =>
      todoOf(
        lost.map(({ work }) => (work.kind === 'group' ? membershipTodo(work, returner) : directTodo(work, returner))),
      ),
    act: async (work, { graph, facts }) => {
      const direct = work.filter(({ kind }) => kind === undefined);
      const through = work.filter(({ kind }) => kind === 'group');
      const addLicenses = direct.map(({ id, data }) => {
        const given = licenseData.parse(data);
        return { skuId: id, disabledPlans: given.kind === 'direct' ? given.disabledPlans : [] };
      });
      const body = { addLicenses, removeLicenses: [] };
      const given =
        direct.length === 0
          ? undefined
          : await attempted(graph.act(path`/users/${facts.user.id}/assignLicense`, body, 'repeatable'), needs);
      const joined = await sent(
        graph,
        through.map(({ id }) => ({ kind: 'addRef', at: path`/groups/${id}/members`, targetId: facts.user.id })),
        memberNeeds,
      );
      return work.map((one) =>
        one.kind === 'group' ? outcomeAt(joined, through.indexOf(one)) : outcomeAt([given], 0),
      );
    },
  };
}

function directTodo({ id, name, data }: Work, { leaver, seats }: Returner): Work | Kept | undefined {
  const states = leaver?.user.licenseAssignmentStates ?? [];
  if (leaver?.isDeleted !== true && states.some((state) => state.skuId === id && isDirect(state))) {
    return undefined;
  }
  if ('unread' in seats) return keep({ id, name }, seats.unread);
  const free = seats.items.find(({ skuId }) => skuId === id)?.free ?? 0;
  if (free < 1) return keep({ id, name }, 'No seat is free');
  return { id, name, data };
}
