import { z } from 'zod';
import { errorCodes, type StepStatus, stepStatuses } from '../contract/index.ts';
import type { StateStore } from '../store/index.ts';
import type { WorkflowParts } from './parts.ts';
import type { RunRow } from './run-store.ts';
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

/** The journal of one run. Every entry is committed before the call returns, and renews the run's lease. */
export class Journal {
  readonly #parts: WorkflowParts;
  readonly #run: RunRow;
  #seq: number;

  private constructor(parts: WorkflowParts, run: RunRow, seq: number) {
    this.#parts = parts;
    this.#run = run;
    this.#seq = seq;
  }

  static async open(parts: WorkflowParts, run: RunRow): Promise<Journal> {
    const last = await parts.store
      .selectFrom('journal')
      .select('seq')
      .where('tenant_id', '=', run.tenant_id)
      .where('run_id', '=', run.id)
      .orderBy('seq', 'desc')
      .executeTakeFirst();
    return new Journal(parts, run, last?.seq ?? 0);
  }

  /** Commits what a step is about to do. @throws TakenOver */
  begin(step: string, todo: readonly Work[]): Promise<void> {
    return this.#append(step, 'begin', { work: todo });
  }

  /** Commits what came of it. @throws TakenOver */
  end(step: string, end: StepEnd): Promise<void> {
    return this.#append(step, 'end', end);
  }

  async #append(step: string, phase: 'begin' | 'end', body: unknown): Promise<void> {
    const { store, clock, owner } = this.#parts;
    this.#seq += 1;
    const { tenant_id, id: run_id } = this.#run;
    const entry = { tenant_id, run_id, seq: this.#seq, at: clock.now(), step, phase, body: JSON.stringify(body) };
    await store.transaction().execute(async (tx) => {
      const held = await tx
        .selectFrom('runs')
        .select('id')
        .where('tenant_id', '=', tenant_id)
        .where('id', '=', run_id)
        .where('lease_owner', '=', owner)
        .executeTakeFirst();
      if (held === undefined) throw new TakenOver();
      await tx.insertInto('journal').values(entry).execute();
    });
  }
}

/** This process stood still, and another one has taken the run. */
class TakenOver extends Error {
  override readonly name = 'TakenOver';
}

interface Recorded {
  readonly begun: Map<string, Work>;
  readonly ends: Map<string, WorkEnd>;
  begunAt: number | undefined;
  end: StepEnd | undefined;
}

/** What the journal of a run says, step by step, in the order the steps were first met. */
export async function readJournal(db: StateStore, run: Pick<RunRow, 'tenant_id' | 'id'>): Promise<StepRecord[]> {
  const rows = await db
    .selectFrom('journal')
    .selectAll()
    .where('tenant_id', '=', run.tenant_id)
    .where('run_id', '=', run.id)
    .orderBy('seq')
    .execute();
  const records = new Map<string, Recorded>();
  for (const row of rows) {
    const record: Recorded = records.get(row.step) ?? {
      begun: new Map(),
      ends: new Map(),
      begunAt: undefined,
      end: undefined,
    };
    records.set(row.step, record);
    if (row.phase === 'begin') {
      record.end = undefined;
      record.begunAt ??= row.at;
      for (const one of beginning.parse(JSON.parse(row.body)).work) {
        // How it was before the first touch is what undoing goes back to.
        const first = record.begun.get(one.id);
        record.begun.set(one.id, first ?? one);
      }
    } else {
      record.end = stepEnd.parse(JSON.parse(row.body));
      for (const one of record.end.done) record.ends.set(one.id, one);
    }
  }
  return [...records].map(([step, { begun, ends, begunAt, end }]) => ({
    step,
    begunAt,
    past: begun.size === 0 ? undefined : { begun: [...begun.values()], done: doneOf(ends) },
    ends: [...ends.values()],
    end,
  }));
}

function doneOf(ends: ReadonlyMap<string, WorkEnd>): string[] {
  return [...ends.values()].filter(({ ok }) => ok).map(({ id }) => id);
}

/** Statuses that a resumed run leaves as they are. What was skipped is looked at again: the reason may be gone. */
export const settled: readonly StepStatus[] = ['done', 'already_so'];
