import type {
  Json,
  PlanDraft,
  RunReport,
  Unchanged,
  Workflow,
  WorkflowPlanContext,
  WorkflowRunContext,
} from '../contract/index.ts';
import type { Definition, RunFacts } from './definition.ts';
import { execute } from './execution.ts';
import { Journal } from './journal.ts';
import type { WorkflowParts } from './parts.ts';
import { reportOf } from './report.ts';
import { alreadyOpen, claimRun, createRun, findRun, openRunOf, type RunRow, runOfPlan } from './run-store.ts';

/** A workflow of one run for each plan, from its definition. */
export function singleWorkflow<Request, Facts extends RunFacts, Subject>(
  parts: WorkflowParts,
  definition: Definition<Request, Facts, Subject>,
): Workflow<Request> {
  /** What planning read a moment ago, for the run that follows at once: by the facts it made. */
  const read = new WeakMap<object, Subject>();
  return {
    plan: async (request: Request, context: WorkflowPlanContext): Promise<PlanDraft<Json> | Unchanged> => {
      const drafted = await definition.draft(request, context);
      if ('unchanged' in drafted) return drafted;
      const { draft, subject } = drafted;
      const facts = definition.facts.parse(draft.facts);
      const open = await openRunOf(parts.store, parts.tenantId, definition.subjectId(facts));
      if (open !== undefined && open.id !== definition.undoes?.(facts)) throw alreadyOpen(open);
      if (typeof draft.facts === 'object' && draft.facts !== null) read.set(draft.facts, subject);
      return draft;
    },
    run: async (given: Json, context: WorkflowRunContext): Promise<RunReport> => {
      const facts = definition.facts.parse(given);
      const first = typeof given === 'object' && given !== null ? read.get(given) : undefined;
      const begun = await runOfPlan(parts.store, parts.tenantId, context.plan.id);
      const row = begun ?? (await createRun(parts, newRun(definition, facts, context, isLater(facts, parts))));
      if (row.status === 'scheduled') return reportOf(parts, row);
      return carryOn(parts, definition, begun === undefined ? row : await claimRun(parts, begun), { context, first });
    },
  };
}

/** A run that is kept until its time. */
function isLater({ startAt }: RunFacts, { clock }: WorkflowParts): boolean {
  return startAt !== undefined && startAt > clock.now();
}

/** What is kept of a run when it begins. */
export function newRun<Request, Facts extends RunFacts, Subject>(
  definition: Definition<Request, Facts, Subject>,
  facts: Facts,
  { plan }: Pick<WorkflowRunContext, 'plan'>,
  later: boolean,
) {
  const undoesId = definition.undoes?.(facts);
  return {
    kind: definition.kind,
    planId: plan.id,
    requester: plan.requester,
    subject: definition.subjectId(facts),
    user: definition.userOf(facts),
    facts,
    status: later ? ('scheduled' as const) : ('running' as const),
    ...(undoesId === undefined ? {} : { undoesId }),
    ...(facts.startAt === undefined ? {} : { startAt: facts.startAt }),
  };
}

/** Carries a run on that this process holds, and answers how it stands then. */
export async function carryOn<Request, Facts extends RunFacts, Subject>(
  parts: WorkflowParts,
  definition: Definition<Request, Facts, Subject>,
  row: RunRow,
  { context, first, of }: { context: WorkflowRunContext; first?: Subject | undefined; of?: string | undefined },
): Promise<RunReport> {
  const facts = definition.facts.parse(JSON.parse(row.facts));
  const journal = await Journal.open(parts, row);
  const plan = await definition.stepPlan(facts, journal.records.all, parts);
  await execute({ parts, row, journal, plan, facts, context, first, of });
  return reportOf(parts, await findRun(parts.store, parts.tenantId, row.id));
}
