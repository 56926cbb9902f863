import { SlidingWindow } from './sliding-window.ts';

/** From here on Graph names the share of the limit that is used. [learn.microsoft.com/graph/throttling-limits] */
const pressed = 0.8;
const growth = 1.2;

/**
 * A window of resource units whose limit is not known for sure: it grows while it is used up and Graph names no
 * pressure, up to `most`; where Graph names a pressure above 1, it shrinks to what is granted.
 */
export class UnitWindow extends SlidingWindow {
  readonly #most: number;
  #heldUntil = Number.NEGATIVE_INFINITY;
  #strainedAt = Number.NEGATIVE_INFINITY;

  constructor(limit: number, most: number, windowMs: number) {
    super(limit, windowMs);
    this.#most = most;
  }

  strained(now: number): void {
    const lasting = now - this.#strainedAt <= 2 * this.windowMs;
    this.#strainedAt = now;
    // Only one that was used up for a whole window shows that there may be more.
    if (!lasting) this.hold(now + this.windowMs);
    if (this.limit >= this.#most || now < this.#heldUntil) return;
    this.limit = Math.min(this.#most, Math.ceil(this.limit * growth));
    this.hold(now + this.windowMs);
  }

  press(pressure: number, now: number): void {
    if (pressure < pressed || Number.isNaN(pressure)) return;
    this.hold(now + this.windowMs);
    if (pressure <= 1) return;
    // What is in the window makes this pressure: at 1 nothing is refused.
    const granted = (this.used(now) * 0.95) / pressure;
    this.limit = Math.max(this.#most / 16, Math.min(this.limit, granted));
  }

  /** Keeps it from growing. */
  hold(until: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, until);
  }
}
