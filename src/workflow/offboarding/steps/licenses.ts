import { z } from 'zod';
import { type GraphWriter, isDirect, path } from '../../../contract/index.ts';
import type { Kept, Work, WorkOutcome } from '../../step.ts';
import type { Group } from '../graph-objects.ts';
import type { Leaver } from '../leaver.ts';
import { partNumberOf } from '../mailbox.ts';
import { givesLicenses, leavable, nameOf, whyFixed } from '../memberships.ts';
import { itemsOf } from '../section.ts';
import { attempted, type OffboardingStep, outcomeAt, sent } from './acting.ts';

const licenseNeeds = { permissions: ['LicenseAssignment.ReadWrite.All'] };
const groupNeeds = {
  permissions: ['GroupMember.ReadWrite.All'],
  sometimes: { 'RoleManagement.ReadWrite.Directory': 'for role-assignable groups' },
};

/** What giving it back takes. */
export const licenseData = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('direct'), disabledPlans: z.array(z.string()) }),
  z.object({ kind: z.literal('group'), skuIds: z.array(z.string()) }),
]);

/**
 * Takes direct licenses in one request, and those of groups by leaving the groups: what a group gives cannot be taken
 * directly. [learn.microsoft.com/graph/api/user-assignlicense]
 */
export const licenses: OffboardingStep = {
  name: 'licenses',
  title: 'Loses these licenses, and leaves the groups that give some',
  lists: true,
  needs: ({ kind }) => (kind === 'group' ? groupNeeds : licenseNeeds).permissions,
  // Automatic replies are set in the mailbox, which goes with its license.
  afterWork: ({ user, autoReply }) => (autoReply === undefined ? undefined : { step: 'handover', id: user.id }),
  todo: (leaver, facts) => {
    const given = leavable(leaver, facts).filter(givesLicenses);
    const unread = 'unread' in leaver.groups ? [{ id: 'groups', name: 'Groups', reason: leaver.groups.unread }] : [];
    return {
      work: [...directWork(leaver), ...given.map((group) => groupWork(leaver, group))],
      kept: [...inherited(leaver, given), ...unread],
      partial: unread.length > 0,
    };
  },
  act: async (work, { graph, facts }) => {
    const asked = work.map((one) => ({ id: one.id, ...licenseData.parse(one.data) }));
    const direct = asked.flatMap(({ id, kind }) => (kind === 'direct' ? [id] : []));
    const groups = asked.flatMap(({ id, kind }) => (kind === 'group' ? [id] : []));
    const taken = await take(graph, facts.user.id, direct);
    const left = await sent(
      graph,
      groups.map((id) => ({ kind: 'removeRef', at: path`/groups/${id}/members/${facts.user.id}` })),
      groupNeeds,
    );
    // All or none: what needs a group's license, and what is refused for itself, must not hold the others.
    const isMixed = direct.length + groups.length > 1;
    const single = isConflict(taken) && isMixed ? await takeEach(graph, facts.user.id, direct) : undefined;
    return asked.map(({ id, kind }) => {
      if (kind === 'group') return outcomeAt(left, groups.indexOf(id));
      return single === undefined ? taken : outcomeAt(single, direct.indexOf(id));
    });
  },
};

function isConflict(outcome: WorkOutcome): boolean {
  return !outcome.ok && outcome.error.code === 'CONFLICT';
}

function take(graph: GraphWriter, user: string, removeLicenses: readonly string[]): Promise<WorkOutcome> {
  if (removeLicenses.length === 0) return Promise.resolve({ ok: true });
  const body = { addLicenses: [], removeLicenses };
  return attempted(graph.act(path`/users/${user}/assignLicense`, body, 'repeatable'), licenseNeeds);
}

async function takeEach(graph: GraphWriter, user: string, skuIds: readonly string[]): Promise<WorkOutcome[]> {
  const outcomes: WorkOutcome[] = [];
  for (const skuId of skuIds) outcomes.push(await take(graph, user, [skuId]));
  return outcomes;
}

function directWork({ user, skus }: Leaver): Work[] {
  return (user.licenseAssignmentStates ?? []).filter(isDirect).map(({ skuId, disabledPlans }) => ({
    id: skuId,
    name: partNumberOf(skus, skuId),
    data: { kind: 'direct', disabledPlans: disabledPlans ?? [] },
  }));
}

function groupWork({ skus }: Leaver, group: Group): Work {
  const skuIds = (group.assignedLicenses ?? []).map(({ skuId }) => skuId);
  return {
    id: group.id,
    name: `${nameOf(group)} (group; gives ${skuIds.map((id) => partNumberOf(skus, id)).join(', ')})`,
    kind: 'group',
    ...(group.isAssignableToRole === true ? { privileged: true } : {}),
    data: { kind: 'group', skuIds },
  };
}

/** What comes through groups that cannot be left here. */
function inherited({ user, groups, skus }: Leaver, given: readonly Group[]): Kept[] {
  const states = (user.licenseAssignmentStates ?? []).filter(
    ({ assignedByGroup }) => assignedByGroup != null && !given.some(({ id }) => id === assignedByGroup),
  );
  return states.flatMap(({ skuId, assignedByGroup }): Kept[] => {
    const group = itemsOf(groups).find(({ id }) => id === assignedByGroup);
    // Graph takes a while to take away what a group that was left had given.
    if (group === undefined && 'items' in groups) return [];
    const why = group === undefined ? 'which cannot be read' : (whyFixed(group) ?? 'which stays');
    const name = `${partNumberOf(skus, skuId)}, through the group ${group === undefined ? assignedByGroup : nameOf(group)}`;
    return [{ id: `${assignedByGroup} ${skuId}`, name, reason: `It comes through a group: ${why}` }];
  });
}
