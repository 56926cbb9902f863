import type { StateStore } from '../store/index.ts';
import type { WorkflowParts } from './parts.ts';
import type { RunRow } from './run-store.ts';
import type { Work } from './step.ts';
import { type JournalEntry, type StepEnd, type StepRecord, StepRecords } from './step-record.ts';

/** The journal of one run, open in the process that holds it. Every entry is committed before the call returns. */
export class Journal {
  readonly records: StepRecords;
  readonly #parts: WorkflowParts;
  readonly #run: RunRow;
  #seq: number;

  private constructor(
    parts: WorkflowParts,
    run: RunRow,
    entries: readonly (JournalEntry & { readonly seq: number })[],
  ) {
    this.#parts = parts;
    this.#run = run;
    this.#seq = entries.at(-1)?.seq ?? 0;
    this.records = new StepRecords(entries);
  }

  static async open(parts: WorkflowParts, run: RunRow): Promise<Journal> {
    return new Journal(parts, run, await entriesOf(parts.store, run));
  }

  /** Commits what a step is about to do. @throws TakenOver */
  begin(step: string, work: readonly Work[]): Promise<void> {
    return this.#append(step, 'begin', { work });
  }

  /** Commits what came of it. @throws TakenOver */
  end(step: string, end: StepEnd): Promise<void> {
    return this.#append(step, 'end', end);
  }

  async #append(step: string, phase: JournalEntry['phase'], body: unknown): Promise<void> {
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
    this.records.add(entry);
  }
}

/** This process stood still, and another one has taken the run. */
class TakenOver extends Error {
  override readonly name = 'TakenOver';
}

/** What the journal of a run says, step by step. */
export async function readJournal(db: StateStore, run: Pick<RunRow, 'tenant_id' | 'id'>): Promise<StepRecord[]> {
  return new StepRecords(await entriesOf(db, run)).all;
}

function entriesOf(db: StateStore, run: Pick<RunRow, 'tenant_id' | 'id'>) {
  return db
    .selectFrom('journal')
    .selectAll()
    .where('tenant_id', '=', run.tenant_id)
    .where('run_id', '=', run.id)
    .orderBy('seq')
    .execute();
}
