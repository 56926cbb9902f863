import type {
  GraphReader,
  Json,
  Observation,
  PlanDraft,
  RunKind,
  RunReport,
  Target,
  WorkflowRunContext,
} from '../contract/index.ts';
import type { Decisions, Definition, RunFacts } from './definition.ts';
import { readJournal } from './journal.ts';
import { observed } from './observing.ts';
import type { WorkflowParts } from './parts.ts';
import { claimRun, type RunRow } from './run-store.ts';
import { carryOn } from './single.ts';
import { isSettled } from './step-record.ts';

/** What is left of a run, as the tenant shows it now. */
export interface Remainder {
  /** Those that have not ended well. */
  readonly steps: readonly string[];
  /** Those of them for which the tenant shows something to do. */
  readonly unfinished?: readonly string[];
  readonly targets: readonly Target[];
  readonly references: readonly string[];
  readonly observations: readonly Observation[];
  readonly risk: RunFacts['risk'];
  readonly warnings: readonly string[];
  /** Why it would wait again at once. */
  readonly pause: string | undefined;
}

/** A kind of run that can be taken up again, whatever its facts are. */
export interface Resumable {
  readonly kind: RunKind;
  remainder(row: RunRow, graph: GraphReader, decisions: Decisions): Promise<Remainder>;
  resume(row: RunRow, context: WorkflowRunContext): Promise<RunReport>;
}

/** The way to take up runs of a definition. */
export function resumable<Request, Facts extends RunFacts, Subject>(
  parts: WorkflowParts,
  definition: Definition<Request, Facts, Subject>,
  of?: (row: RunRow) => string | undefined,
): Resumable {
  return {
    kind: definition.kind,
    remainder: async (row, graph, decisions) => {
      const facts = definition.facts.parse(JSON.parse(row.facts));
      const records = await readJournal(parts.store, row);
      const plan = await definition.stepPlan(facts, records, parts);
      const subject = await plan.read(graph, facts);
      // Those that are not over, or ended badly.
      const steps = facts.steps.filter((name) => !isSettled(records.find(({ step }) => step === name)));
      const [next] = steps;
      const unfinished = steps.filter((name) => {
        const step = plan.steps.find((one) => one.name === name);
        const todo = step?.todo(subject, facts, records.find((record) => record.step === name)?.past, decisions);
        return todo !== undefined && todo.skip === undefined && (todo.work.length > 0 || todo.partial === true);
      });
      const whose = of?.(row);
      return {
        steps,
        unfinished,
        targets: definition.targets(facts, subject),
        references: definition.references(facts, subject),
        observations: observed(
          plan,
          subject,
          { ...facts, steps },
          { records, ...(whose === undefined ? {} : { of: whose }) },
        ),
        risk: facts.risk,
        warnings: plan.warn?.(facts, steps, parts.clock.now()) ?? [],
        pause: next === undefined ? undefined : plan.pause?.(next, facts, decisions),
      };
    },
    resume: async (row, context) => carryOn(parts, definition, await claimRun(parts, row), { context, of: of?.(row) }),
  };
}

/** The plan to go on with a run: covered by the approval of the plan that began it, as long as that counts. */
export function draftOf(
  row: RunRow,
  who: string,
  { steps, targets, references, observations, risk, warnings }: Remainder,
  facts: Readonly<Record<string, Json>>,
): PlanDraft<Json> {
  const left =
    steps.length === 0 ? 'Every step has ended: the tenant is looked at once more' : `Steps left: ${steps.join(', ')}`;
  return {
    summary: `Go on with the ${row.kind === 'offboardings' ? 'offboardings' : row.kind} of ${who}`,
    effects: [
      left,
      ...(typeof facts['mailbox'] === 'string'
        ? [`The mailbox is said to be ${facts['mailbox']}: what hangs on it goes on`]
        : []),
      'What the tenant shows as done is not done again',
    ],
    warnings,
    undo: row.kind === 'offboarding' ? 'undo_offboarding' : 'as the plan that began it',
    targets,
    references,
    observations,
    raise: risk,
    continues: { planId: row.plan_id, ...(row.start_at === null ? {} : { until: row.start_at + dayMs }) },
    facts: { ...facts, steps: [...steps] },
  };
}

const dayMs = 24 * 60 * 60 * 1000;
