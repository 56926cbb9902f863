import type { Lane } from '../../contract/index.ts';
import type { Gate } from './gate.ts';

interface Entry {
  readonly at: number;
  amount: number;
}

/**
 * At most `limit` in any `windowMs`, wherever the window begins. What was sent counts from the moment it left until a
 * whole window after its answer, so that the limit holds on Graph's side too, however long requests travel.
 */
export class SlidingWindow implements Gate {
  readonly windowMs: number;
  /** What of the limit long jobs may use: the rest is there at once for a person who comes. */
  readonly #bulkShare: number;
  #limit: number;
  #entries: Entry[] = [];
  #first = 0;
  #settled = 0;
  #open = 0;

  constructor(limit: number, windowMs: number, bulkShare = 0.9) {
    this.#limit = limit;
    this.windowMs = windowMs;
    this.#bulkShare = bulkShare;
  }

  get limit(): number {
    return this.#limit;
  }

  protected set limit(limit: number) {
    this.#limit = Math.max(1, Math.floor(limit));
  }

  /** What counts now. */
  used(now: number): number {
    this.#forget(now);
    return this.#settled + this.#open;
  }

  delayMs(amount: number, lane: Lane, now: number): number {
    const allowed = lane === 'bulk' ? Math.max(1, Math.floor(this.#limit * this.#bulkShare)) : this.#limit;
    const rounds = Math.ceil(amount / allowed) - 1;
    const rest = amount - rounds * allowed;
    const excess = this.used(now) + rest - allowed;
    return rounds * this.windowMs + (excess <= 0 ? 0 : this.#untilFree(excess, now));
  }

  take(amount: number, _now: number): void {
    this.#open += amount;
  }

  settle(taken: number, charged: number, now: number): void {
    this.#open -= taken;
    this.record(charged, now);
  }

  /** Counts what was answered at this time. Times never go back. */
  record(amount: number, at: number): void {
    this.#forget(at);
    if (amount <= 0) return;
    const last = this.#entries.at(-1);
    if (last?.at === at) last.amount += amount;
    else this.#entries.push({ at, amount });
    this.#settled += amount;
  }

  /** What was answered since a time, the latest last. */
  since(time: number): readonly Readonly<Entry>[] {
    return this.#entries.slice(this.#first).filter((entry) => entry.at >= time);
  }

  #untilFree(excess: number, now: number): number {
    let freed = 0;
    for (let i = this.#first; i < this.#entries.length; i += 1) {
      const entry = this.#entries[i];
      freed += entry?.amount ?? 0;
      if (entry !== undefined && freed >= excess) return this.#expiry(entry) - now;
    }
    // What is still under way has to be answered first.
    return this.windowMs;
  }

  /** An answer of this millisecond may have been given at its very end. */
  #expiry(entry: Entry): number {
    return entry.at + this.windowMs + 1;
  }

  #forget(now: number): void {
    for (;;) {
      const entry = this.#entries[this.#first];
      if (entry === undefined || this.#expiry(entry) > now) break;
      this.#settled -= entry.amount;
      this.#first += 1;
    }
    if (this.#first > 64 && this.#first * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
  }
}
