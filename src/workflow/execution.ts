import { ToolError, type WorkflowRunContext } from '../contract/index.ts';
import type { Closing, Decisions, RunFacts, StepPlan } from './definition.ts';
import { heartbeat } from './heartbeat.ts';
import { HeldRun } from './held-run.ts';
import type { Journal } from './journal.ts';
import { covered } from './observing.ts';
import type { WorkflowParts } from './parts.ts';
import type { RunRow } from './run-store.ts';
import type { ActContext, Step, Todo, Work, WorkOutcome } from './step.ts';
import { contraryEnd, faultOf, foundSo, skippedEnd, unseenEnd, verdictOf, workEndOf } from './step-end.ts';
import {
  hasCertainlyFailed,
  hasDone,
  hasFailed,
  isInDoubt,
  isSettled,
  type StepEnd,
  type StepRecord,
  type WorkEnd,
} from './step-record.ts';

/** How long the tenant is given to show what was done, before it counts as not done: Graph replicates late. */
const looksMs = [2_000, 5_000, 15_000];

/** A run to be carried on from where its journal ends. */
export interface Execution<Subject, Facts extends RunFacts> {
  readonly parts: WorkflowParts;
  readonly row: RunRow;
  readonly journal: Journal;
  readonly plan: StepPlan<Subject, Facts>;
  readonly facts: Facts;
  readonly context: WorkflowRunContext;
  /** The subject, where it was read a moment ago. */
  readonly first?: Subject | undefined;
  /** Whose lists of the plan these are, in plans about several people. */
  readonly of?: string | undefined;
}

/** Carries a run on, step by step, until it ends, waits or is stopped. The row is kept up to date; nothing is answered. */
export async function execute<Subject, Facts extends RunFacts>(given: Execution<Subject, Facts>): Promise<void> {
  const stopHeartbeat = heartbeat(given.parts, given.row);
  const runner = new Runner(given);
  try {
    await runner.run();
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    await runner.interrupted(error);
  } finally {
    stopHeartbeat();
  }
}

class Runner<Subject, Facts extends RunFacts> {
  readonly #given: Execution<Subject, Facts>;
  readonly #steps: readonly Step<Subject, Facts>[];
  readonly #decisions: Decisions;
  readonly #held: HeldRun;
  #subject: Subject | undefined;

  constructor(given: Execution<Subject, Facts>) {
    this.#given = given;
    this.#steps = given.plan.steps.filter(({ name }) => given.facts.steps.includes(name));
    this.#decisions = JSON.parse(given.row.decisions);
    this.#held = new HeldRun(given.parts, given.row);
  }

  async run(): Promise<void> {
    const { plan, facts, context, first } = this.#given;
    this.#subject = first ?? (await plan.read(context.graph, facts));
    for (const step of this.#steps) {
      if (await this.#isStopped()) return;
      if (isSettled(this.#record(step))) continue;
      if (step.afterFailure !== true && this.#isGoingBack()) continue;
      const why = plan.pause?.(step.name, facts, this.#decisions);
      if (why !== undefined) {
        // What a run that waits says of the account is as it is then.
        this.#subject = await plan.read(context.graph, facts);
        return this.#wait(why);
      }
      if (!(await this.#perform(step))) return this.#halted();
      for (const refused of this.#refusedUntil(step)) {
        if (!(await this.#perform(refused, 'again'))) return this.#halted();
      }
    }
    await this.#finish();
  }

  /** The tenant could not be read: nothing is lost, and the run goes on later. */
  async interrupted({ code, message }: ToolError): Promise<void> {
    if (this.#given.context.signal.aborted) return this.#halted();
    await this.#wait(`resume_run: the run stopped because the tenant could not be read. ${code}: ${message}`);
  }

  #record({ name }: { readonly name: string }): StepRecord | undefined {
    return this.#given.journal.records.of(name);
  }

  /** Steps that Graph did not permit, and that `step` may have made possible. */
  #refusedUntil(step: Step<Subject, Facts>): Step<Subject, Facts>[] {
    if (this.#record(step)?.ends.some(({ ok }) => ok) !== true) return [];
    return this.#steps.filter(
      (one) =>
        one.againAfter?.includes(step.name) === true &&
        this.#record(one)?.ends.some(({ code }) => code === 'NOT_PERMITTED') === true,
    );
  }

  /** Does one step, and commits how it ended. False where the run was told to stop in the middle of it. */
  async #perform(step: Step<Subject, Facts>, again?: 'again'): Promise<boolean> {
    const { facts, context, journal, of } = this.#given;
    const number = this.#steps.indexOf(step) + 1;
    context.progress(`${of === undefined ? '' : `${of}: `}step ${number} of ${this.#steps.length}, ${step.name}`);
    const broken = this.#brokenBefore(step);
    if (broken !== undefined) return this.#end(step, skippedEnd(`${broken} did not succeed before it`));
    if (step.afterFailure === true && !this.#hasFailed())
      return this.#end(step, skippedEnd('Nothing failed before it'));
    const record = this.#record(step);
    const todo = step.todo(this.#need(), facts, record?.past, this.#decisions);
    if (todo.skip !== undefined) return this.#end(step, skippedEnd(todo.skip));
    const { work: all, kept, unseen } = covered(todo, step, context.plan.observations, of);
    if (unseen !== undefined) return this.#end(step, unseenEnd(unseen, kept));
    // The subject was read before the first try: what succeeded then is not done again.
    const work = again === undefined ? all : all.filter(({ id }) => !hasDone(record, id));
    const found = foundDone(todo, record);
    if (work.length === 0) {
      const isBegun = record?.past !== undefined;
      const status = isBegun && !isLeft(todo, record) ? 'done' : kept.length === 0 ? 'already_so' : 'skipped';
      return this.#end(step, { status, kept: [...kept], done: found });
    }
    await journal.begin(step.name, work);
    const outcomes = await this.#act(step, work);
    const ends = work.map((one, i) => workEndOf(one, outcomes[i]));
    await this.#end(step, { ...verdictOf(ends), kept: [...kept], done: [...found, ...ends] });
    return !ends.some(({ code }) => code === 'CANCELLED');
  }

  /** The step before this one that failed, and without which it makes no sense. */
  #brokenBefore({ after = [], ...step }: Step<Subject, Facts>): string | undefined {
    const broken = after.find((name) => hasFailed(this.#record({ name })));
    const piece = step.afterWork?.(this.#given.facts);
    if (broken !== undefined || piece === undefined) return broken;
    const record = this.#record({ name: piece.step });
    return hasFailed(record) && isInDoubt(record, piece.id) ? piece.step : undefined;
  }

  #hasFailed(): boolean {
    return this.#steps.some((step) => hasFailed(this.#record(step)));
  }

  /** What a failure called for was done: the run stays failed, whatever is tried of it later. */
  #isTakenBack(): boolean {
    return this.#steps.some((step) => step.afterFailure === true && this.#record(step)?.end?.status === 'done');
  }

  /** What a failure called for was begun, and may have happened: nothing else is tried again. */
  #isGoingBack(): boolean {
    return this.#steps.some((step) => {
      const record = step.afterFailure === true ? this.#record(step) : undefined;
      return record?.past?.begun.some(({ id }) => !hasCertainlyFailed(record, id)) === true;
    });
  }

  async #act(step: Step<Subject, Facts>, work: readonly Work[]): Promise<readonly WorkOutcome[]> {
    const { facts, context } = this.#given;
    const { graph, clock, signal, handoff } = context;
    const acting: ActContext<Subject, Facts> = {
      ...{ graph, clock, signal, handoff, facts },
      subject: this.#need(),
      decisions: this.#decisions,
      sealed: (id) => this.#held.keepSealed(id),
    };
    try {
      return await step.act(work, acting);
    } catch (error) {
      if (!(error instanceof ToolError)) this.#given.parts.log.error({ err: error, step: step.name }, 'a step failed');
      return work.map(() => ({ ok: false, error: error instanceof ToolError ? error : faultOf(error) }));
    }
  }

  /** Commits how a step ended. */
  async #end(step: Step<Subject, Facts>, end: StepEnd): Promise<true> {
    await this.#given.journal.end(step.name, end);
    return true;
  }

  /** A run is complete when the tenant says so: every step is held against the subject as it is now. */
  async #finish(): Promise<void> {
    const { context } = this.#given;
    try {
      let contrary = await this.#contrary();
      for (const wait of looksMs) {
        if (contrary.length === 0) break;
        await context.clock.sleep(wait, context.signal);
        contrary = await this.#contrary();
      }
      for (const { step, left } of contrary) {
        await this.#end(step, contraryEnd(left));
      }
    } catch (error) {
      if (context.signal.aborted) return this.#halted();
      if (!(error instanceof ToolError)) throw error;
      return this.#held.close('failed', { ...this.#closing(), followUps: [unverified, ...this.#closing().followUps] });
    }
    await this.#held.close(this.#hasFailed() || this.#isTakenBack() ? 'failed' : 'completed', this.#closing());
  }

  /** Reads the subject anew; steps that say they are done and for which work is left. */
  async #contrary(): Promise<{ step: Step<Subject, Facts>; left: readonly Work[] }[]> {
    const { plan, facts, context, of } = this.#given;
    this.#subject = await plan.read(context.graph, facts);
    const subject = this.#need();
    return this.#steps.flatMap((step) => {
      const record = this.#record(step);
      if (!isSettled(record)) return [];
      const { work, skip } = step.todo(subject, facts, record?.past, this.#decisions);
      const listed = covered({ work }, step, context.plan.observations, of).work;
      const begun = new Set(record?.past?.begun.map(({ id }) => id));
      // What this plan lists, what this run once did, and whatever is privileged: of the rest the approval says nothing.
      const left = work.filter((one) => listed.includes(one) || begun.has(one.id) || one.privileged === true);
      return skip === undefined && left.length > 0 ? [{ step, left }] : [];
    });
  }

  #need(): Subject {
    if (this.#subject === undefined) throw new TypeError('The subject of a run is read first');
    return this.#subject;
  }

  #closing(): Closing {
    const { plan, facts, journal } = this.#given;
    return plan.close(this.#need(), facts, journal.records.all, this.#decisions);
  }

  /** True where the run ends or halts here, which is then on record. */
  async #isStopped(): Promise<boolean> {
    if (this.#given.context.signal.aborted) {
      await this.#halted();
      return true;
    }
    if (!(await this.#held.isAskedToStop())) return false;
    await this.#held.close('cancelled', this.#closing());
    return true;
  }

  #halted(): Promise<void> {
    return this.#wait('resume_run: the run was stopped in the middle, and goes on when a person wants it to');
  }

  async #wait(why: string): Promise<void> {
    // Somebody may have ended the run while the step under way came to its end.
    const closing = this.#subject === undefined ? undefined : this.#closing();
    await ((await this.#held.isAskedToStop()) ? this.#held.close('cancelled', closing) : this.#held.wait(why, closing));
  }
}

/** What was begun, is not known to have failed, and shows no more: it was done. Of what could not be read nothing is known. */
function foundDone({ work, kept = [], partial }: Todo, record: StepRecord | undefined): WorkEnd[] {
  if (record?.past === undefined || partial === true) return [];
  const shown = new Set([...work, ...kept].map(({ id }) => id));
  const { begun, done } = record.past;
  return begun.filter(({ id }) => !shown.has(id) && !done.includes(id) && !hasCertainlyFailed(record, id)).map(foundSo);
}

/** True where something that was begun still shows, or may. */
function isLeft({ work, kept = [], partial }: Todo, record: StepRecord | undefined): boolean {
  const shown = new Set([...work, ...kept].map(({ id }) => id));
  return partial === true || record?.past?.begun.some(({ id }) => shown.has(id)) === true;
}

const unverified = { what: 'The tenant could not be looked at once more at the end: call resume_run, which does.' };
