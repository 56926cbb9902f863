import { z } from 'zod';
import {
  type Json,
  type Observation,
  type PlanDraft,
  type RunReport,
  ToolError,
  type Unchanged,
  type Workflow,
  type WorkflowPlanContext,
  type WorkflowRunContext,
} from '../contract/index.ts';
import type { Definition, RunFacts } from './definition.ts';
import { heartbeat } from './heartbeat.ts';
import { mergedDraft, type OneDraft, uniqueTargets } from './many-draft.ts';
import type { WorkflowParts } from './parts.ts';
import { reportOf } from './report.ts';
import { type Remainder, type Resumable, resumable } from './resuming.ts';
import {
  alreadyOpen,
  childrenOf,
  claimRun,
  createRuns,
  findRun,
  isHeld,
  openRunOf,
  type RunRow,
  runOfPlan,
  updateRun,
} from './run-store.ts';
import { newRun } from './single.ts';
import { together } from './together.ts';

/** Runs that one plan has under way at a time; the write quota of the tenant is what limits them. */
const atOnce = 8;
/** Subjects that are read at a time while planning. */
const readAtOnce = 8;

const parentFacts = z.object({
  steps: z.array(z.string()),
  risk: z.array(z.enum(['write', 'grant', 'destructive', 'irreversible'])),
  startAt: z.number().optional(),
  runs: z.array(z.json()),
});

/** How one request for many is taken apart, and what the plan for all says. */
export interface Many<Request, One> {
  /** A request for each person. */
  apart(request: Request): readonly { readonly who: string; readonly request: One }[];
  /** The one line for all. */
  summary(count: number, request: Request): string;
}

/** A workflow that plans many runs as one, and runs each on its own: one that fails stops no other. */
export function manyWorkflow<Request, One, Facts extends RunFacts, Subject>(
  parts: WorkflowParts,
  definition: Definition<One, Facts, Subject>,
  many: Many<Request, One>,
): Workflow<Request> {
  return {
    plan: async (request, context): Promise<PlanDraft<Json> | Unchanged> => {
      const drafts = await draftedAll(parts, definition, many.apart(request), context);
      if (drafts.length === 0) return { unchanged: 'Nobody is left to do anything for' };
      return mergedDraft(drafts, many.summary(drafts.length, request));
    },
    run: async (given, context) => {
      const facts = parentFacts.parse(given);
      const begun = await runOfPlan(parts.store, parts.tenantId, context.plan.id);
      const row = begun ?? (await createAll(parts, definition, facts, context));
      if (row.status === 'scheduled') return reportOf(parts, row);
      return runAll(parts, definition, begun === undefined ? row : await claimRun(parts, begun), context);
    },
  };
}

/** The way to go on with a run of many: with those of its runs that are not complete. */
export function manyResumable<One, Facts extends RunFacts, Subject>(
  parts: WorkflowParts,
  definition: Definition<One, Facts, Subject>,
): Resumable {
  const single = resumable(parts, definition, nameOf);
  return {
    kind: 'offboardings',
    remainder: async (row, graph, decisions) => {
      const open = (await childrenOf(parts.store, parts.tenantId, row.id)).filter(isUnfinished);
      const all = await together(open, readAtOnce, async (child) =>
        single.remainder(child, graph, { ...decisions, ...JSON.parse(child.decisions) }),
      );
      return mergedRemainder(all, parentFacts.parse(JSON.parse(row.facts)).risk, open.length);
    },
    resume: async (row, context) => {
      const claimed = await claimRun(parts, row);
      const { store, tenantId } = parts;
      for (const { id, decisions } of (await childrenOf(store, tenantId, row.id)).filter(isUnfinished)) {
        // What was decided for one person stays.
        const both = JSON.stringify({ ...JSON.parse(row.decisions), ...JSON.parse(decisions) });
        await store
          .updateTable('runs')
          .set({ decisions: both })
          .where('tenant_id', '=', tenantId)
          .where('id', '=', id)
          .execute();
      }
      return runAll(parts, definition, claimed, context);
    },
  };
}

/** Plans for each; nobody twice. @throws ToolError INPUT_INVALID that lists everyone who cannot be planned for. */
async function draftedAll<One, Facts extends RunFacts, Subject>(
  parts: WorkflowParts,
  definition: Definition<One, Facts, Subject>,
  asked: readonly { readonly who: string; readonly request: One }[],
  context: WorkflowPlanContext,
): Promise<OneDraft<Facts, Subject>[]> {
  const refused: { user: string; error: Record<string, unknown> }[] = [];
  const found = await together(asked, readAtOnce, async ({ who, request }) => {
    try {
      const drafted = await definition.draft(request, context);
      if ('unchanged' in drafted) return undefined;
      const facts = definition.facts.parse(drafted.draft.facts);
      const id = definition.subjectId(facts);
      const open = await openRunOf(parts.store, parts.tenantId, id);
      if (open !== undefined) throw alreadyOpen(open);
      return { ...drafted, facts, id, who: definition.userOf(facts).userPrincipalName ?? who };
    } catch (error) {
      if (!(error instanceof ToolError) || error.code === 'CANCELLED') throw error;
      refused.push({ user: who, error: error.toJSON() });
      return undefined;
    }
  });
  if (refused.length > 0) throw notAll(refused);
  const drafts = new Map(found.flatMap((one) => (one === undefined ? [] : [[one.id, one]])));
  return [...drafts.values()];
}

function notAll(refused: readonly { user: string; error: Record<string, unknown> }[]): ToolError {
  return new ToolError('INPUT_INVALID', {
    message: `${refused.length} of these people cannot be planned for, so nothing is planned.`,
    fix: 'See detail.refused for each: mend what it says, or leave them out and ask again.',
    detail: { refused },
  });
}

/** Keeps the run of many and, waiting in it, one run for each person. */
async function createAll<One, Facts extends RunFacts, Subject>(
  parts: WorkflowParts,
  definition: Definition<One, Facts, Subject>,
  facts: z.output<typeof parentFacts>,
  context: WorkflowRunContext,
): Promise<RunRow> {
  const later = facts.startAt !== undefined && facts.startAt > parts.clock.now();
  const whole = {
    kind: 'offboardings' as const,
    planId: context.plan.id,
    requester: context.plan.requester,
    subject: `plan:${context.plan.id}`,
    facts,
    status: later ? ('scheduled' as const) : ('running' as const),
    ...(facts.startAt === undefined ? {} : { startAt: facts.startAt }),
  };
  const singles = facts.runs.map((one) => ({
    ...newRun(definition, definition.facts.parse(one), context, later),
    status: later ? ('scheduled' as const) : ('waiting' as const),
  }));
  return createRuns(parts, whole, singles);
}

async function runAll<One, Facts extends RunFacts, Subject>(
  parts: WorkflowParts,
  definition: Definition<One, Facts, Subject>,
  parent: RunRow,
  context: WorkflowRunContext,
): Promise<RunReport> {
  const single = resumable(parts, definition, nameOf);
  const children = (await childrenOf(parts.store, parts.tenantId, parent.id)).filter(isUnfinished);
  const stopHeartbeat = heartbeat(parts, parent);
  let count = 0;
  try {
    await together(children, atOnce, async ({ id }) => {
      if (context.signal.aborted || (await isAskedToStop(parts, parent))) return;
      // Another process, or another run of the person, may have come between: that is theirs, and stops nobody else here.
      const child = await findRun(parts.store, parts.tenantId, id);
      if (isUnfinished(child) && !isHeld(child, parts))
        await single.resume(child, context).catch((error) => passed(error, child, parts));
      count += 1;
      context.progress(`${count} of ${children.length} people: ${nameOf(child)}`);
    });
  } finally {
    stopHeartbeat();
  }
  const statuses = (await childrenOf(parts.store, parts.tenantId, parent.id)).map(({ status }) => status);
  await updateRun(parts, parent, { ...ending(statuses, parts.clock.now()), lease_owner: null, lease_until: null });
  return reportOf(parts, await findRun(parts.store, parts.tenantId, parent.id));
}

/** One run that could not be taken up stays as it is: its own report says how. */
function passed(error: unknown, { id }: RunRow, { log }: WorkflowParts): void {
  log.error({ err: error, runId: id }, 'a run of many was not taken up');
}

async function isAskedToStop(parts: WorkflowParts, parent: RunRow): Promise<boolean> {
  return (await findRun(parts.store, parts.tenantId, parent.id)).stop_asked === 1;
}

/** How the run of many stands, from how its runs stand. */
function ending(statuses: readonly RunRow['status'][], now: number): Partial<RunRow> {
  const waiting = statuses.filter((status) => status !== 'completed' && status !== 'failed' && status !== 'cancelled');
  // For what they wait, its report says as it is then.
  if (waiting.length > 0) return { status: 'waiting', waiting_for: null };
  const isFailed = statuses.includes('failed');
  const isCancelled = !isFailed && statuses.includes('cancelled');
  return { status: isFailed ? 'failed' : isCancelled ? 'cancelled' : 'completed', waiting_for: null, ended_at: now };
}

function isUnfinished({ status }: RunRow): boolean {
  return status !== 'completed' && status !== 'cancelled';
}

/** Whose lists of the plan are this run's: its person's, in a plan about several. */
export function nameOf({ user, parent_id }: RunRow): string | undefined {
  return user === null || parent_id === null ? undefined : JSON.parse(user).userPrincipalName;
}

function mergedRemainder(all: readonly Remainder[], risk: RunFacts['risk'], count: number): Remainder {
  const pauses = all.map(({ pause }) => pause);
  return {
    steps: count === 0 ? [] : [`${count} runs`],
    targets: uniqueTargets(all.flatMap(({ targets }) => targets)),
    references: [...new Set(all.flatMap(({ references }) => references))],
    observations: all.flatMap(({ observations }): readonly Observation[] => observations),
    risk,
    warnings: all.flatMap(({ warnings }) => warnings),
    pause: pauses.length > 0 && pauses.every((pause) => pause !== undefined) ? pauses[0] : undefined,
  };
}
