/** A pause shorter than this lets no bucket fill enough to be worth a knock. */
const shortestPauseMs = 1000;
const longestGuessMs = 30_000;

/** Whether Graph has closed a class, until when, and how often in a row. */
export class Closure {
  #until = Number.NEGATIVE_INFINITY;
  #shut = false;
  #epoch = 0;
  #inARow = 0;

  /** Rises with each closing: a refusal of what was sent before it teaches nothing new. */
  get epoch(): number {
    return this.#epoch;
  }

  get isShut(): boolean {
    return this.#shut;
  }

  get until(): number {
    return this.#until;
  }

  /** @returns true where it was open before. */
  shut(forMs: number, now: number): boolean {
    this.#until = Math.max(this.#until, now + forMs);
    if (this.#shut) return false;
    this.#shut = true;
    this.#epoch += 1;
    return true;
  }

  /** Opens it once its time is over. @returns true where that was now. */
  mayOpen(now: number): boolean {
    if (!this.#shut || now < this.#until) return false;
    this.#shut = false;
    return true;
  }

  /** How long a refusal closes it: as Graph says; where it does not say, longer each time. */
  pauseMs(retryAfterMs: number | undefined, news: boolean): number {
    if (news) this.#inARow += 1;
    const guess = Math.min(longestGuessMs, shortestPauseMs * 2 ** Math.max(0, this.#inARow - 2));
    return Math.max(shortestPauseMs, retryAfterMs === undefined || retryAfterMs === 0 ? guess : retryAfterMs);
  }

  answered(): void {
    this.#inARow = 0;
  }
}
