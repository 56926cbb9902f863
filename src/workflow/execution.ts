import { type StepStatus, ToolError, type WorkflowRunContext } from '../contract/index.ts';
import { leaseMs } from '../store/index.ts';
import type { Closing, Decisions, RunFacts, StepPlan } from './definition.ts';
import { Journal, readJournal, type StepEnd, type StepRecord, settled, type WorkEnd } from './journal.ts';
import { covered } from './observing.ts';
import type { WorkflowParts } from './parts.ts';
import { findRun, leaseOf, type RunRow, updateRun } from './run-store.ts';
import type { ActContext, Step, Work, WorkOutcome } from './step.ts';

/** How long the tenant is given to show what was done, before it counts as not done: Graph replicates late. */
const looksMs = [2_000, 5_000, 15_000];

/** A run to be carried on from where its journal ends. */
export interface Execution<Subject, Facts extends RunFacts> {
  readonly parts: WorkflowParts;
  readonly row: RunRow;
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
  const runner = new Runner(given, await Journal.open(given.parts, given.row));
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
  readonly #journal: Journal;
  readonly #steps: readonly Step<Subject, Facts>[];
  readonly #decisions: Decisions;
  #records: StepRecord[] = [];
  #subject: Subject | undefined;
  #sealed: string[] = [];

  constructor(given: Execution<Subject, Facts>, journal: Journal) {
    this.#given = given;
    this.#journal = journal;
    this.#steps = given.plan.steps.filter(({ name }) => given.facts.steps.includes(name));
    this.#decisions = JSON.parse(given.row.decisions);
    this.#sealed = [...(JSON.parse(given.row.closing).handoffIds ?? [])];
  }

  async run(): Promise<void> {
    const { plan, facts, context, first } = this.#given;
    this.#records = await readJournal(this.#given.parts.store, this.#given.row);
    this.#subject = first ?? (await plan.read(context.graph, facts));
    for (const step of this.#steps) {
      if (await this.#isStopped()) return;
      if (this.#isSettled(step)) continue;
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
    const { row, context } = this.#given;
    if (context.signal.aborted) return this.#halted();
    const closing = this.#closingJson(JSON.parse(row.closing));
    const why = `resume_run: the run stopped because the tenant could not be read. ${code}: ${message}`;
    await this.#update({ status: 'waiting', waiting_for: why, closing });
  }

  #record(step: string): StepRecord | undefined {
    return this.#records.find((record) => record.step === step);
  }

  #isSettled(step: Step<Subject, Facts>): boolean {
    const end = this.#record(step.name)?.end;
    return end !== undefined && settled.includes(end.status);
  }

  /** Steps that Graph did not permit, and that `step` may have made possible. */
  #refusedUntil(step: Step<Subject, Facts>): Step<Subject, Facts>[] {
    return this.#steps.filter(
      ({ name, againAfter }) =>
        againAfter === step.name && this.#record(name)?.ends.some(({ code }) => code === 'NOT_PERMITTED') === true,
    );
  }

  /** Does one step, and commits how it ended. False where the run was told to stop in the middle of it. */
  async #perform(step: Step<Subject, Facts>, again?: 'again'): Promise<boolean> {
    const { facts, context, of } = this.#given;
    const number = this.#steps.indexOf(step) + 1;
    context.progress(`${of === undefined ? '' : `${of}: `}step ${number} of ${this.#steps.length}, ${step.name}`);
    const broken = step.after?.find((name) => failing.includes(this.#record(name)?.end?.status));
    if (broken !== undefined)
      return this.#end(step, { ...plainEnd, status: 'skipped', message: `${broken} did not succeed before it` });
    if (step.afterFailure === true && !this.#hasFailed())
      return this.#end(step, { ...plainEnd, status: 'skipped', message: 'Nothing failed before it' });
    const todo = step.todo(this.#need(), facts, this.#record(step.name)?.past, this.#decisions);
    if (todo.skip !== undefined) return this.#end(step, { ...plainEnd, status: 'skipped', message: todo.skip });
    const { work: all, kept, unseen } = covered(todo, step, context.plan.observations, of);
    // The subject was read before the first try: what succeeded then is not done again.
    const work = again === undefined ? all : all.filter(({ id }) => !this.#hasDone(step, id));
    if (unseen !== undefined) return this.#end(step, { ...unseenEnd(unseen), kept: [...kept] });
    const begun = this.#record(step.name)?.past?.begun ?? [];
    const shown = new Set([...todo.work, ...(todo.kept ?? [])].map(({ id }) => id));
    const isWhole = todo.partial !== true;
    const found = begun.filter(({ id }) => isWhole && !shown.has(id) && this.#isInDoubt(step, id)).map(foundSo);
    if (work.length === 0) {
      const isLeft = !isWhole || begun.some(({ id }) => shown.has(id));
      const status = begun.length > 0 && !isLeft ? 'done' : kept.length === 0 ? 'already_so' : 'skipped';
      return this.#end(step, { status, kept: [...kept], done: found });
    }
    await this.#journal.begin(step.name, work);
    const outcomes = await this.#act(step, work);
    const ends = work.map((one, i) => endOf(one, outcomes[i]));
    await this.#end(step, { ...summed(ends), kept: [...kept], done: [...found, ...ends] });
    return !ends.some(({ code }) => code === 'CANCELLED');
  }

  #hasDone({ name }: Step<Subject, Facts>, id: string): boolean {
    return this.#record(name)?.ends.some((end) => end.id === id && end.ok) === true;
  }

  /** Begun, and whether it was done is not on record: what the tenant shows tells. */
  #isInDoubt({ name }: Step<Subject, Facts>, id: string): boolean {
    const end = this.#record(name)?.ends.find((one) => one.id === id);
    return end === undefined || (!end.ok && doubtful.includes(end.code));
  }

  #hasFailed(): boolean {
    return this.#steps.some(({ name }) => failing.includes(this.#record(name)?.end?.status));
  }

  /** What a failure called for was done: the run stays failed, whatever is tried of it later. */
  #isTakenBack(): boolean {
    return this.#steps.some((step) => step.afterFailure === true && this.#record(step.name)?.end?.status === 'done');
  }

  async #act(step: Step<Subject, Facts>, work: readonly Work[]): Promise<readonly WorkOutcome[]> {
    const { facts, context } = this.#given;
    const { graph, clock, signal, handoff } = context;
    const acting: ActContext<Subject, Facts> = {
      ...{ graph, clock, signal, handoff, facts },
      subject: this.#need(),
      decisions: this.#decisions,
      sealed: (id) => this.#keepSealed(id),
    };
    try {
      return await step.act(work, acting);
    } catch (error) {
      if (!(error instanceof ToolError)) this.#given.parts.log.error({ err: error, step: step.name }, 'a step failed');
      return work.map(() => ({ ok: false, error: error instanceof ToolError ? error : inside(error) }));
    }
  }

  /** The report knows of a secret before the request that uses it: a run that is killed then still names it. */
  async #keepSealed(id: string): Promise<void> {
    const { parts, row } = this.#given;
    this.#sealed.push(id);
    await updateRun(parts, row, { closing: this.#closingJson(JSON.parse(row.closing)) });
  }

  /** Commits how a step ended. */
  async #end(step: Step<Subject, Facts>, end: StepEnd): Promise<true> {
    await this.#journal.end(step.name, end);
    this.#records = await readJournal(this.#given.parts.store, this.#given.row);
    return true;
  }

  /** A run is complete when the tenant says so: every step is held against the subject as it is now. */
  async #finish(): Promise<void> {
    const { plan, facts, context } = this.#given;
    try {
      let contrary = await this.#contrary();
      for (const wait of looksMs) {
        if (contrary.length === 0) break;
        await context.clock.sleep(wait, context.signal);
        contrary = await this.#contrary();
      }
      for (const { step, left } of contrary) {
        await this.#end(step, { ...disagreeing(left), kept: [], done: [] });
      }
    } catch (error) {
      if (context.signal.aborted) return this.#halted();
      if (!(error instanceof ToolError)) throw error;
      return this.#close('failed', { ...this.#closing(), followUps: [unverified, ...this.#closing().followUps] });
    }
    await this.#close(
      this.#hasFailed() || this.#isTakenBack() ? 'failed' : 'completed',
      plan.close(this.#need(), facts, this.#records, this.#decisions),
    );
  }

  /** Reads the subject anew; steps that say they are done and for which work is left. */
  async #contrary(): Promise<{ step: Step<Subject, Facts>; left: readonly Work[] }[]> {
    const { plan, facts, context, of } = this.#given;
    this.#subject = await plan.read(context.graph, facts);
    const subject = this.#need();
    return this.#steps.flatMap((step) => {
      const record = this.#record(step.name);
      const status = record?.end?.status;
      if (status !== 'done' && status !== 'already_so') return [];
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
    const { plan, facts } = this.#given;
    return plan.close(this.#need(), facts, this.#records, this.#decisions);
  }

  /** True where the run ends or halts here, which is then on record. */
  async #isStopped(): Promise<boolean> {
    const { context } = this.#given;
    if (context.signal.aborted) {
      await this.#halted();
      return true;
    }
    if (!(await this.#isAskedToStop())) return false;
    await this.#close('cancelled', this.#closing());
    return true;
  }

  async #isAskedToStop(): Promise<boolean> {
    const { parts, row } = this.#given;
    return (await findRun(parts.store, row.tenant_id, row.id)).stop_asked === 1;
  }

  #halted(): Promise<void> {
    return this.#wait('resume_run: the run was stopped in the middle, and goes on when a person wants it to');
  }

  async #wait(why: string): Promise<void> {
    // Somebody ended the run while the step under way came to its end.
    if (await this.#isAskedToStop())
      return this.#close('cancelled', this.#subject === undefined ? nothingLeft : this.#closing());
    const closing = this.#subject === undefined ? undefined : this.#closing();
    await this.#update({
      status: 'waiting',
      waiting_for: why,
      ...(closing === undefined ? {} : this.#closed(closing)),
    });
  }

  async #close(status: 'completed' | 'failed' | 'cancelled', closing: Closing): Promise<void> {
    const ended_at = this.#given.parts.clock.now();
    await this.#update({ status, waiting_for: null, ended_at, ...this.#closed(closing) });
  }

  #closed(closing: Closing): Partial<RunRow> {
    const { user } = closing;
    return { closing: this.#closingJson(closing), ...(user === undefined ? {} : { user: JSON.stringify(user) }) };
  }

  #closingJson(closing: Closing): string {
    return JSON.stringify({ ...closing, handoffIds: this.#sealed });
  }

  async #update(change: Partial<RunRow>): Promise<void> {
    const { parts, row } = this.#given;
    await updateRun(parts, row, { ...change, lease_owner: null, lease_until: null });
    parts.log.info({ runId: row.id, kind: row.kind, status: change.status }, 'run');
  }
}

/** How a step ends that did not do what it should. */
const failing: readonly (StepStatus | undefined)[] = ['failed', 'unknown'];

/** Codes of failures after which the write may have taken effect all the same. */
const doubtful: readonly (string | undefined)[] = ['OUTCOME_UNKNOWN', 'CANCELLED'];

const nothingLeft: Closing = { followUps: [] };
const plainEnd = { done: [], kept: [] };

function unseenEnd({ name }: Work): StepEnd {
  return {
    ...plainEnd,
    status: 'failed',
    message: `Something privileged has come that the approver did not see: ${name}`,
    fix: 'Call resume_run: it makes a new plan that shows it.',
  };
}

/** Begun before, and found so now: it was done, though its answer was never recorded. */
function foundSo({ id, name }: Work): WorkEnd {
  return { id, name, ok: true, note: 'found done after an interruption' };
}

function endOf({ id, name }: Work, outcome: WorkOutcome | undefined): WorkEnd {
  if (outcome?.ok === true) {
    const { note, made } = outcome;
    return { id, name, ok: true, ...(note === undefined ? {} : { note }), ...(made === undefined ? {} : { made }) };
  }
  const error = outcome?.error ?? inside(undefined);
  return { id, name, ok: false, code: error.code, message: error.message, fix: error.fix };
}

/** How a step ended, from the ends of its work. */
function summed(ends: readonly WorkEnd[]): Pick<StepEnd, 'status' | 'message' | 'fix'> {
  const bad = ends.filter(({ ok }) => !ok);
  const [first] = bad;
  if (first === undefined) return { status: 'done' };
  if (bad.some(({ code }) => code === 'CANCELLED')) return { status: 'pending', message: 'Stopped in the middle' };
  const status = bad.some(({ code }) => code === 'OUTCOME_UNKNOWN') ? 'unknown' : 'failed';
  const count = ends.length === 1 ? '' : `${bad.length} of ${ends.length}: `;
  return {
    status,
    message: `${count}${first.code}: ${first.message ?? ''}`,
    ...(first.fix === undefined ? {} : { fix: first.fix }),
  };
}

function disagreeing(left: readonly Work[]): Pick<StepEnd, 'status' | 'message' | 'fix'> {
  return {
    status: 'failed',
    message: `The tenant still shows ${left.length === 1 ? 'one thing' : `${left.length} things`} to do: ${left
      .slice(0, 5)
      .map(({ name }) => name)
      .join(', ')}`,
    fix: 'Something may have changed it back, or Graph shows it late. Call resume_run in a few minutes.',
  };
}

const unverified = { what: 'The tenant could not be looked at once more at the end: call resume_run, which does.' };

function inside(cause: unknown): ToolError {
  return new ToolError('INTERNAL', {
    message: 'The step failed inside this server.',
    fix: 'The log names the fault. Call resume_run once it is mended.',
    cause,
  });
}

/** Renews the run's lease until told to stop. */
export function heartbeat(parts: WorkflowParts, row: RunRow): () => void {
  const stop = new AbortController();
  const beat = async () => {
    while (!stop.signal.aborted) {
      await parts.clock.sleep(leaseMs / 3, stop.signal);
      await updateRun(parts, row, leaseOf(parts));
    }
  };
  // Ends by its abort; a store that fails shows in the run itself.
  beat().catch(() => undefined);
  return () => stop.abort();
}
