import type { Clock } from '../../contract/index.ts';

/** Time that never goes back: a clock that is set back by an hour must not hold requests for an hour. */
export class SteadyTime {
  readonly #clock: Clock;
  #last: number;
  #ahead = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#last = clock.now();
  }

  /** Milliseconds; equal to the clock's as long as that was never set back. */
  now(): number {
    const now = this.#clock.now();
    if (now < this.#last) this.#ahead += this.#last - now;
    this.#last = now;
    return now + this.#ahead;
  }
}
