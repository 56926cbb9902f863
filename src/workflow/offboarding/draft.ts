import {
  findGroup,
  type GraphReader,
  type OffboardingRequest,
  type PlanDraft,
  path,
  type Target,
  type Unchanged,
  type WorkflowPlanContext,
} from '../../contract/index.ts';
import type { DefinedDraft } from '../definition.ts';
import { observed } from '../observing.ts';
import type { WorkflowParts } from '../parts.ts';
import { chosenSteps, isContainment, isWaiting } from './choosing.ts';
import { type OffboardingFacts, type Person, permittedSteps, type StepName } from './facts.ts';
import { type Colleague, colleague, group } from './graph-objects.ts';
import { lackingOf } from './lacking.ts';
import { type Leaver, readLeaver } from './leaver.ts';
import { losesMailbox } from './mailbox.ts';
import {
  isOutsider,
  namesLosingHandover,
  refuseBlockGroup,
  refuseCaller,
  refuseImpossible,
  refuseLeaver,
  refuseLostDrive,
  refuseNobody,
  refusePowerless,
  refuseRequest,
  refuseSuccessor,
} from './refusing.ts';
import { offboardingSteps } from './steps/index.ts';
import { changesOf, effectsOf, summaryOf, takeoverEffects, warningsOf } from './words.ts';

/** Plans one person's leaving. */
export async function draftOffboarding(
  parts: Pick<WorkflowParts, 'random'>,
  request: OffboardingRequest,
  { graph, clock, identity, granted }: Pick<WorkflowPlanContext, 'graph' | 'clock' | 'identity' | 'granted'>,
): Promise<DefinedDraft<Leaver> | Unchanged> {
  const steps = chosenSteps(request);
  refuseRequest(request, steps, clock.now());
  const { leaver, facts: wanted } = await factsOf(graph, request, steps);
  refuseCaller(wanted, identity);
  refuseNobody(request, wanted);
  refuseLostDrive(request, wanted, leaver);
  const all = offboardingSteps(parts);
  const facts = permittedFacts(wanted, leaver, lackingOf(all, leaver, wanted, granted));
  const work = all
    .filter(({ name }) => steps.includes(name))
    .flatMap((step) => {
      const todo = step.todo(leaver, facts, undefined);
      return todo.skip === undefined ? todo.work : [];
    });
  if (work.length === 0) refusePowerless(facts);
  if (work.length === 0)
    return { unchanged: `Nothing of the chosen steps is left to do for ${facts.user.userPrincipalName}` };
  const changes = changesOf(leaver, facts);
  const draft: PlanDraft<OffboardingFacts> = {
    summary: summaryOf(leaver, facts),
    effects: effectsOf(facts),
    warnings: warningsOf(leaver, facts, all, clock.now()),
    undo: 'undo_offboarding',
    ...(changes.length === 0 ? {} : { changes }),
    targets: targetsOf(facts, leaver),
    references: referencesOf(facts),
    observations: observed({ steps: all }, leaver, facts),
    raise: facts.risk.filter((risk) => risk !== 'destructive'),
    // Whether a group keeps people out is the tenant's to say: being put into one counts as access.
    ...(isContainment(facts.steps) && facts.blockGroup === undefined ? { containment: true } : {}),
    facts,
  };
  return { draft, subject: leaver, personal: takeoverEffects(facts) };
}

/** Reads and judges: who leaves, who takes over, what is at stake. */
async function factsOf(
  graph: GraphReader,
  request: OffboardingRequest,
  steps: readonly StepName[],
): Promise<{ leaver: Leaver; facts: OffboardingFacts }> {
  const { successor: heir, blockGroup: block, autoReply, startAt } = request;
  const [leaver, successor, blockGroup] = await Promise.all([
    readLeaver(graph, {
      user: request.user,
      steps,
      withMailbox: autoReply !== undefined,
      withDrive: steps.includes('handover') && (heir !== undefined || namesLosingHandover(request)),
      withBlockGroup: block !== undefined,
    }),
    heir === undefined ? undefined : graph.find(path`/users/${heir}`, colleague),
    block === undefined ? undefined : findGroup(graph, block, group),
  ]);
  refuseLeaver(leaver, request.user);
  const { user, manager } = leaver;
  const account = {
    ...personOf(user),
    isGuest: isOutsider(user),
    isSynced: user.onPremisesSyncEnabled === true,
  };
  refuseImpossible(leaver, request, { user: account });
  if (heir !== undefined) refuseSuccessor(successor, heir, leaver);
  if (blockGroup !== undefined) refuseBlockGroup(blockGroup);
  const risk: OffboardingFacts['risk'] =
    successor === undefined && blockGroup === undefined ? ['destructive'] : ['grant', 'destructive'];
  const known = {
    user: account,
    steps: [...steps],
    risk,
    waits: isWaiting(request),
    ...(startAt === undefined ? {} : { startAt: Date.parse(startAt) }),
    ...(successor === undefined ? {} : { successor: personOf(successor) }),
    ...(manager !== undefined && canTakeOver(manager, steps) ? { manager: personOf(manager) } : {}),
    ...(blockGroup === undefined
      ? {}
      : { blockGroup: { id: blockGroup.id, displayName: blockGroup.displayName ?? blockGroup.id } }),
    ...(autoReply === undefined
      ? {}
      : {
          autoReply: {
            internal: autoReply.internal,
            ...(autoReply.external === undefined ? {} : { external: autoReply.external }),
          },
        }),
  };
  return { leaver, facts: { ...known, losesMailbox: losesMailbox(leaver, known) } };
}

/** What is left out takes nothing: a mailbox stays with licenses that stay. */
function permittedFacts(
  facts: OffboardingFacts,
  leaver: Leaver,
  lacking: OffboardingFacts['lacking'],
): OffboardingFacts {
  if (lacking === undefined) return facts;
  const steps = permittedSteps({ ...facts, lacking });
  return { ...facts, lacking, losesMailbox: losesMailbox(leaver, { ...facts, steps }) };
}

function personOf({ id, userPrincipalName, displayName }: Colleague): Person {
  return { id, userPrincipalName, displayName: displayName ?? null };
}

/** A manager who has left too, or is from outside, takes nothing over. */
function canTakeOver(manager: Colleague, steps: readonly StepName[]): boolean {
  if (!steps.includes('handover') && !steps.includes('ownerships')) return false;
  return manager.accountEnabled !== false && !isOutsider(manager);
}

/** Whom and what a run changes beside what its steps list. */
export function targetsOf({ user, successor, blockGroup }: OffboardingFacts, { isDeleted }: Leaver): Target[] {
  return [
    { kind: isDeleted ? 'deletedUser' : 'user', id: user.id, touch: 'takeaway' },
    ...(successor === undefined ? [] : [{ kind: 'user' as const, id: successor.id, touch: 'change' as const }]),
    ...(blockGroup === undefined ? [] : [{ kind: 'group' as const, id: blockGroup.id, touch: 'change' as const }]),
  ];
}

/** Who takes over. */
export function referencesOf({ successor, manager }: OffboardingFacts): string[] {
  return [...new Set([successor, manager].flatMap((one) => (one === undefined ? [] : [one.id])))];
}
