import { type BatchWrite, path } from '../../../contract/index.ts';
import { outcomeAt, sent } from '../../offboarding/steps/acting.ts';
import type { ActContext, Kept, Work, WorkOutcome } from '../../step.ts';
import type { Account } from '../account.ts';
import type { JoinedGroup, OnboardingFacts } from '../facts.ts';
import type { Newcomer } from '../newcomer.ts';
import { idOf, isUnknown, type OnboardingStep, todoFor } from './joining.ts';

const needs = {
  permissions: ['GroupMember.ReadWrite.All'],
  sometimes: { 'RoleManagement.ReadWrite.Directory': 'for role-assignable groups' },
};
const waitsMs = [2_000, 4_000, 8_000, 16_000];

/** Joins the groups that were named, twenty to a request. */
export function groups(account: Account): OnboardingStep {
  return {
    name: 'groups',
    title: 'Joins these groups',
    lists: true,
    after: ['create-user'],
    todo: ({ groupIds }, facts) => {
      const missing = facts.groups.filter(({ id }) => !groupIds.has(id));
      const work = missing.filter(({ accessPackage }) => accessPackage === undefined).map(workOf);
      return todoFor(account, work, { kept: missing.flatMap(governed) });
    },
    act: async (work, context) => {
      const targetId = idOf(account);
      const writes = work.map(({ id }) => ({ kind: 'addRef', at: path`/groups/${id}/members`, targetId }) as const);
      return joined(writes, context);
    },
  };
}

function workOf({ id, displayName, roleAssignable }: JoinedGroup): Work {
  return { id, name: displayName, kind: 'group', ...(roleAssignable ? { privileged: true } : {}) };
}

function governed({ id, displayName, accessPackage }: JoinedGroup): Kept[] {
  if (accessPackage === undefined) return [];
  return [{ id, name: displayName, reason: `The access package ${accessPackage} gives it: it is asked for there` }];
}

/** Those that do not know the account yet are sent again a little later. */
async function joined(
  writes: readonly BatchWrite[],
  { graph, clock, signal }: ActContext<Newcomer, OnboardingFacts>,
): Promise<WorkOutcome[]> {
  const outcomes = [...(await sent(graph, writes, needs))];
  for (const wait of waitsMs) {
    const early = [...outcomes.keys()].filter((at) => isEarly(outcomes[at]));
    if (early.length === 0) break;
    await clock.sleep(wait, signal);
    const again = await sent(
      graph,
      early.flatMap((at) => writes[at] ?? []),
      needs,
    );
    for (const [nth, at] of early.entries()) outcomes[at] = outcomeAt(again, nth);
  }
  return outcomes;
}

function isEarly(outcome: WorkOutcome | undefined): boolean {
  return outcome?.ok === false && isUnknown(outcome.error);
}
