import type { Closing } from './definition.ts';
import type { WorkflowParts } from './parts.ts';
import { findRun, type RunRow, updateRun } from './run-store.ts';

/** A run that this process holds: where it stands is written through here, and it is let go where it stands still. */
export class HeldRun {
  readonly #parts: WorkflowParts;
  readonly #row: RunRow;
  readonly #handoffIds: string[];

  constructor(parts: WorkflowParts, row: RunRow) {
    this.#parts = parts;
    this.#row = row;
    this.#handoffIds = [...(JSON.parse(row.closing).handoffIds ?? [])];
  }

  async isAskedToStop(): Promise<boolean> {
    return (await findRun(this.#parts.store, this.#row.tenant_id, this.#row.id)).stop_asked === 1;
  }

  /** The report knows of a secret before the request that uses it: a run that is killed then still names it. */
  async keepSealed(handoffId: string): Promise<void> {
    this.#handoffIds.push(handoffId);
    await updateRun(this.#parts, this.#row, this.#closingOf(JSON.parse(this.#row.closing)));
  }

  /** Lets the run wait; without a closing, what stands there stays. */
  wait(why: string, closing: Closing = JSON.parse(this.#row.closing)): Promise<void> {
    return this.#letGo({ status: 'waiting', waiting_for: why, ...this.#closingOf(closing) });
  }

  close(status: 'completed' | 'failed' | 'cancelled', closing: Closing = { followUps: [] }): Promise<void> {
    const ended_at = this.#parts.clock.now();
    return this.#letGo({ status, waiting_for: null, ended_at, ...this.#closingOf(closing) });
  }

  #closingOf(closing: Closing): Partial<RunRow> {
    const { user } = closing;
    const json = JSON.stringify({ ...closing, handoffIds: this.#handoffIds });
    return { closing: json, ...(user === undefined ? {} : { user: JSON.stringify(user) }) };
  }

  async #letGo(change: Partial<RunRow>): Promise<void> {
    const { id, kind } = this.#row;
    await updateRun(this.#parts, this.#row, { ...change, lease_owner: null, lease_until: null });
    this.#parts.log.info({ runId: id, kind, status: change.status }, 'run');
  }
}
