import type { Lane } from '../../contract/index.ts';

// Beyond this, requests queue for a connection and not for Graph.
const most = 160;
/** Successes for one more in flight: doubles every few seconds, and not within the first bucket of a small tenant. */
const successesForOne = 64;
/** A quiet class may begin with this many at once: a full $batch, or every read of one person. */
const firstBurst = 20;
const burstPerMs = 0.03;
/** What a person may always have in flight, whatever long jobs have. */
const forPeople = 4;

/** How many requests of one class may be under way at once: grows with success, falls to one with a refusal. */
export class Flight {
  #limit: number;
  readonly #start: number;
  #ceiling: number;
  #burst = firstBurst;
  #burstAt: number | undefined;
  readonly #under = { interactive: 0, bulk: 0 };

  constructor(limit: number) {
    this.#limit = limit;
    this.#start = limit;
    this.#ceiling = limit;
  }

  get count(): number {
    return this.#under.interactive + this.#under.bulk;
  }

  /** How many more may start now. Whoever is careful, or has not recovered from a refusal, makes no bursts. */
  room(lane: Lane, now: number, careful: boolean): number {
    this.#fill(now);
    const limit = Math.floor(this.#limit);
    const steady = (lane === 'bulk' ? this.#forBulk : limit) - this.count;
    if (careful || limit < this.#start) return steady;
    const own = lane === 'bulk' ? 0 : forPeople - this.#under.interactive;
    return Math.max(steady, own, Math.floor(this.#burst));
  }

  start(lane: Lane, now: number): void {
    this.#fill(now);
    this.#under[lane] += 1;
    this.#burst = Math.max(0, this.#burst - 1);
  }

  end(lane: Lane): void {
    this.#under[lane] -= 1;
  }

  /**
   * An answer, once it was counted out. Each brings back one that a refusal took; more than ever there may be only where
   * as many were under way as may.
   */
  succeeded(): void {
    if (this.#limit < this.#ceiling) this.#limit += 1;
    else if (this.count + 1 >= this.#forBulk) this.#limit = Math.min(most, this.#limit + 1 / successesForOne);
  }

  /** A refusal: half as many from now on, and the first one alone. */
  halve(): void {
    this.#ceiling = Math.max(this.#start / 2, Math.floor(this.#limit / 2));
    this.#limit = 1;
  }

  /** The next one goes alone, to see whether it is answered; then soon as many as ever. */
  probe(): void {
    this.#ceiling = Math.max(this.#start, Math.floor(this.#limit));
    this.#limit = 1;
  }

  get #forBulk(): number {
    const limit = Math.floor(this.#limit);
    return limit - Math.floor(limit / 4);
  }

  #fill(now: number): void {
    const elapsed = now - (this.#burstAt ?? now);
    this.#burstAt = now;
    this.#burst = Math.min(firstBurst, this.#burst + elapsed * burstPerMs);
  }
}
