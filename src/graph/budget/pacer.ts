import type { Lane } from '../../contract/index.ts';
import type { Gate } from './gate.ts';

/** An even pace: `perSecond` in the long run, and at most `burst` at once after a pause. */
export class Pacer implements Gate {
  readonly #burst: number;
  readonly #perMs: number;
  #stock: number;
  #at: number | undefined;
  #slowness = 1;

  constructor(perSecond: number, burst: number) {
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
    this.#stock = burst;
  }

  delayMs(amount: number, _lane: Lane, now: number): number {
    this.#fill(now);
    // A hair of tolerance: stock is a sum of fractions.
    const lacking = amount - this.#stock - 1e-6;
    return lacking <= 0 ? 0 : Math.ceil(lacking / (this.#perMs * this.#slowness));
  }

  take(amount: number, now: number): void {
    this.#fill(now);
    this.#stock -= amount;
  }

  settle(taken: number, charged: number, now: number): void {
    this.#fill(now);
    this.#stock = Math.min(this.#burst, this.#stock + taken - charged);
  }

  /** Above 1 others use the quota too, and a part of the calls is too much. */
  press(pressure: number, now: number): void {
    this.#fill(now);
    if (pressure <= 1) return;
    this.#slowness = Math.max(0.25, Math.min(this.#slowness, 0.95 / pressure));
  }

  #fill(now: number): void {
    const elapsed = now - (this.#at ?? now);
    this.#at = now;
    this.#stock = Math.min(this.#burst, this.#stock + elapsed * this.#perMs * this.#slowness);
    // Back to the full pace within ten seconds.
    this.#slowness = Math.min(1, this.#slowness + elapsed / 10_000);
  }
}
