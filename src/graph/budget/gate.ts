import type { Lane } from '../../contract/index.ts';

/** One limit that a request must pass. Amounts are resource units, writes or requests, as the gate counts. */
export interface Gate {
  /**
   * Milliseconds until this much more can pass in all; 0 for now. For more than passes at once it is the least that it
   * can take. Whoever waits asks again.
   */
  delayMs(amount: number, lane: Lane, now: number): number;
  /** Somebody has to wait here: a limit that is not known for sure may grow. */
  strained?(now: number): void;
  /** `x-ms-throttle-limit-percentage` of an answer: 1.2 says that a fifth of the calls is refused. */
  press?(pressure: number, now: number): void;
  /** Lets it pass. */
  take(amount: number, now: number): void;
  /** Its answer is here: what was taken counts as `charged` from now on, as nothing where it was never sent. */
  settle(taken: number, charged: number, now: number): void;
}
