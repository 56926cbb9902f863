import { z } from 'zod';
import type { Clock, GraphWriter, HandoffPort, ToolError } from '../contract/index.ts';

/** One thing a step does, about one object: what the journal keeps of it, before it is done. */
export const work = z.object({
  /** Unique within the step: the object's id, as it stands in the request. */
  id: z.string(),
  /** As people call it. */
  name: z.string(),
  /** Gives power over the directory: only done if the approver saw it. */
  privileged: z.boolean().optional(),
  /** Set where an account or a group is itself changed, other than the one the run is about. */
  kind: z.enum(['user', 'group']).optional(),
  /** What the act needs to know, and what undoing it will need: how it was before. No secrets. */
  data: z.json().optional(),
});
export type Work = z.output<typeof work>;

/** What a step leaves alone, and why. */
export const kept = z.object({ id: z.string(), name: z.string(), reason: z.string() });
export type Kept = z.output<typeof kept>;

/** What is left to do, as the tenant shows it. Neither work nor anything kept: it is already so. */
export interface Todo {
  readonly work: readonly Work[];
  readonly kept?: readonly Kept[];
  /** True where a part of what the step looks at could not be read: what does not show may be there all the same. */
  readonly partial?: boolean;
  /** Set where the step as a whole cannot or need not be done: why. */
  readonly skip?: string;
}

/** What came of one piece of work. */
export type WorkOutcome =
  | {
      readonly ok: true;
      readonly note?: string;
      /** Id of the object that it created, for the journal. */
      readonly made?: string;
    }
  | { readonly ok: false; readonly error: ToolError };

/** What the journal knows of a step in this run. */
export interface Past {
  /** Everything that was begun, the latest of each id. */
  readonly begun: readonly Work[];
  /** Ids of what Graph answered that it is done, the latest word on each. Where a property is too coarse to tell, this does. */
  readonly done: readonly string[];
}

/** What an act can reach. */
export interface ActContext<Subject, Facts> {
  readonly graph: GraphWriter;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly handoff: HandoffPort;
  readonly facts: Facts;
  /** As the tenant was read last. */
  readonly subject: Subject;
  /** What was decided on the way. */
  readonly decisions: Readonly<Record<string, string | undefined>>;
  /** Tells the run's report of a secret that was sealed, and commits it, so that a run that is killed names it. */
  sealed(handoffId: string): Promise<void>;
}

/** A piece of a step's work, by its id. */
export interface PieceOfWork {
  readonly step: string;
  readonly id: string;
}

/**
 * One step of a workflow. `todo` reads nothing and writes nothing: it looks at the subject as it was read, so the same
 * function tells what a plan lists, what is left after a crash, and whether the tenant agrees at the end.
 */
export interface Step<Subject, Facts> {
  readonly name: string;
  /** What happens to the things that it lists, for the approver: `Leaves these groups`. */
  readonly title: string;
  /** True where its work is a list that the plan shows and may shrink or grow (see `Observation`). */
  readonly lists: boolean;
  /** Steps without which this one makes no sense: where one failed, it is skipped. */
  readonly after?: readonly string[];
  /** The one piece of an earlier step's work without which this step makes no sense: where it failed, the step is skipped. */
  afterWork?(facts: Facts): PieceOfWork | undefined;
  /** True for a step that is only done where one before it failed. */
  readonly afterFailure?: boolean;
  /** Later steps that may lift a refusal: what Graph did not permit is tried again after each of them that did something. */
  readonly againAfter?: readonly string[];
  /** `past` is set once the journal holds a beginning of this step; `decisions` once a person has decided something. */
  todo(
    subject: Subject,
    facts: Facts,
    past: Past | undefined,
    decisions?: Readonly<Record<string, string | undefined>>,
  ): Todo;
  /** Does it. One outcome for each piece of work, in its order; throws only when it is told to stop. */
  act(work: readonly Work[], context: ActContext<Subject, Facts>): Promise<readonly WorkOutcome[]>;
}
