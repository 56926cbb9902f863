import type { WaitCause } from '../contract/index.ts';

/** A wait shorter than this is not worth a word. */
const noteworthyMs = 1000;

/** How long one request has waited in all, over its attempts. */
export class Waits {
  #totalMs = 0;
  #throttled = false;

  add(ms: number, why: WaitCause): void {
    this.#totalMs += ms;
    if (ms > 0 && why === 'throttled') this.#throttled = true;
  }

  /** Tells of a wait that a person would notice. */
  tell(listener: ((ms: number, why: WaitCause) => void) | undefined): void {
    if (this.#totalMs >= noteworthyMs) listener?.(this.#totalMs, this.#throttled ? 'throttled' : 'budget');
  }
}
