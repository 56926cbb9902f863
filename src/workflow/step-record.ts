import { z } from 'zod';
import { errorCodes, type StepStatus, stepStatuses } from '../contract/index.ts';
import { kept, type Past, type Work, work } from './step.ts';

const beginning = z.object({ work: z.array(work) });

/** How a piece of work ended. */
const workEnd = z.object({
  id: z.string(),
  name: z.string(),
  ok: z.boolean(),
  made: z.string().optional(),
  note: z.string().optional(),
  code: z.enum(errorCodes).optional(),
  message: z.string().optional(),
  fix: z.string().optional(),
});
export type WorkEnd = z.output<typeof workEnd>;

/** How a step ended. */
const stepEnd = z.object({
  status: z.enum(stepStatuses),
  message: z.string().optional(),
  fix: z.string().optional(),
  done: z.array(workEnd).default([]),
  kept: z.array(kept).default([]),
});
export type StepEnd = z.output<typeof stepEnd>;

/** What the journal says of one step. */
export interface StepRecord {
  readonly step: string;
  /** Undefined where nothing of it was begun. */
  readonly past: Past | undefined;
  /** When it was first begun, in milliseconds since the epoch. */
  readonly begunAt?: number | undefined;
  /** Every piece of work that was reported on, the latest word on each. */
  readonly ends: readonly WorkEnd[];
  /** The latest end; undefined where the latest beginning has none. */
  readonly end: StepEnd | undefined;
}

/** One entry of a journal. `body` is JSON. */
export interface JournalEntry {
  readonly step: string;
  readonly phase: 'begin' | 'end';
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly body: string;
}

interface Recorded {
  readonly begun: Map<string, Work>;
  readonly ends: Map<string, WorkEnd>;
  begunAt: number | undefined;
  end: StepEnd | undefined;
}

/** What the entries of a journal come to, step by step, in the order the steps were first met. */
export class StepRecords {
  readonly #records = new Map<string, Recorded>();

  constructor(entries: readonly JournalEntry[] = []) {
    for (const entry of entries) this.add(entry);
  }

  get all(): StepRecord[] {
    return [...this.#records].map(([step, recorded]) => recordOf(step, recorded));
  }

  of(step: string): StepRecord | undefined {
    const recorded = this.#records.get(step);
    return recorded === undefined ? undefined : recordOf(step, recorded);
  }

  add({ step, phase, at, body }: JournalEntry): void {
    const record = this.#records.get(step) ?? { begun: new Map(), ends: new Map(), begunAt: undefined, end: undefined };
    this.#records.set(step, record);
    if (phase === 'end') {
      record.end = stepEnd.parse(JSON.parse(body));
      for (const one of record.end.done) record.ends.set(one.id, one);
      return;
    }
    record.end = undefined;
    record.begunAt ??= at;
    // How it was before the first touch is what undoing goes back to.
    for (const one of beginning.parse(JSON.parse(body)).work) {
      if (!record.begun.has(one.id)) record.begun.set(one.id, one);
    }
  }
}

function recordOf(step: string, { begun, ends, begunAt, end }: Recorded): StepRecord {
  const latest = [...ends.values()];
  const done = latest.filter(({ ok }) => ok).map(({ id }) => id);
  return {
    step,
    begunAt,
    past: begun.size === 0 ? undefined : { begun: [...begun.values()], done },
    ends: latest,
    end,
  };
}

/** Statuses that a resumed run leaves as they are. What was skipped is looked at again: the reason may be gone. */
const settled: readonly StepStatus[] = ['done', 'already_so'];

/** True where a step is over and ended well. */
export function isSettled(record: StepRecord | undefined): boolean {
  return record?.end !== undefined && settled.includes(record.end.status);
}

const failing: readonly StepStatus[] = ['failed', 'unknown'];

/** True where a step ended without doing what it should. */
export function hasFailed(record: StepRecord | undefined): boolean {
  return record?.end !== undefined && failing.includes(record.end.status);
}

/** True where a piece of work is on record as not done, or the step failed without a word on any. */
export function isInDoubt(record: StepRecord | undefined, id: string): boolean {
  const ends = record?.ends ?? [];
  return ends.length === 0 || ends.some((one) => one.id === id && !one.ok);
}

/** True where a piece of work is on record as done. */
export function hasDone(record: StepRecord | undefined, id: string): boolean {
  return record?.past?.done.includes(id) === true;
}

/** Codes of failures after which the write may have taken effect all the same. */
const doubtful: readonly (string | undefined)[] = ['OUTCOME_UNKNOWN', 'CANCELLED'];

/** True where a piece of work did certainly not happen. */
export function hasCertainlyFailed(record: StepRecord, id: string): boolean {
  const end = record.ends.find((one) => one.id === id);
  return end?.ok === false && !doubtful.includes(end.code);
}
