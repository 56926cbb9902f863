import type { z } from 'zod';
import type {
  FollowUp,
  GraphReader,
  Json,
  PlanDraft,
  Risk,
  RunKind,
  RunUser,
  Target,
  Unchanged,
  WorkflowPlanContext,
} from '../contract/index.ts';
import type { WorkflowParts } from './parts.ts';
import type { Step } from './step.ts';
import type { StepRecord } from './step-record.ts';

/** What every workflow's facts say, whatever else they hold. Facts are kept with the run and survive a restart. */
export interface RunFacts {
  /** Names of the chosen steps, in their order. */
  readonly steps: readonly string[];
  /** What the plan was: a run that goes on is of the same risk. */
  readonly risk: readonly Exclude<Risk, 'read'>[];
  /** Milliseconds since the epoch: the run is kept until then. */
  readonly startAt?: number | undefined;
}

/** What was decided on the way, by name: `mailbox`. */
export type Decisions = Readonly<Record<string, string | undefined>>;

/** What a run leaves to people, and what it found at its end. */
export interface Closing {
  readonly followUps: readonly FollowUp[];
  readonly blocked?: boolean;
  /** Set once the account is known whom the run is about. */
  readonly user?: Partial<RunUser>;
}

/** The steps of one run, and how its subject is read and judged. */
export interface StepPlan<Subject, Facts> {
  /** Every step there is; `facts.steps` says which of them are chosen. */
  readonly steps: readonly Step<Subject, Facts>[];
  /** Reads the subject anew from the tenant; all that the steps look at. */
  read(graph: GraphReader, facts: Facts): Promise<Subject>;
  /** Why the run has to wait before this step, in words, or undefined. */
  pause?(step: string, facts: Facts, decisions: Decisions): string | undefined;
  /** What an approver of going on should know, with `steps` left. */
  warn?(facts: Facts, steps: readonly string[], now: number): readonly string[];
  /** What is left to people. `subject` is as read last. */
  close(subject: Subject, facts: Facts, records: readonly StepRecord[], decisions: Decisions): Closing;
}

/** A plan together with what planning read, so that the run that follows at once need not read it again. */
export interface DefinedDraft<Subject> {
  readonly draft: PlanDraft<Json>;
  readonly subject: Subject;
  /** Those of the draft's effects that are about this person alone: a plan for many says them with the name. */
  readonly personal?: readonly string[];
}

/** One workflow: how it is planned, and how a run of it is taken up again at any time. */
export interface Definition<Request, Facts extends RunFacts, Subject> {
  readonly kind: Exclude<RunKind, 'offboardings'>;
  readonly facts: z.ZodType<Facts>;
  /** Plans from the tenant. `draft.facts` is what `facts` parses. */
  draft(request: Request, context: WorkflowPlanContext): Promise<DefinedDraft<Subject> | Unchanged>;
  /** What identifies whom the run is about while it is open: an object id, or a userPrincipalName not there yet. */
  subjectId(facts: Facts): string;
  userOf(facts: Facts): Partial<RunUser>;
  /** Set where a run of this kind takes another one back. */
  undoes?(facts: Facts): string;
  /** The steps of a run with these facts. `records` is its own journal so far. */
  stepPlan(facts: Facts, records: readonly StepRecord[], parts: WorkflowParts): Promise<StepPlan<Subject, Facts>>;
  /** Existing objects that a run touches, beside what its steps list; guards judge them. */
  targets(facts: Facts, subject: Subject): readonly Target[];
  /** Further ids that addresses and bodies name. */
  references(facts: Facts, subject: Subject): readonly string[];
}
