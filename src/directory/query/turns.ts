/** So many at a time; the others wait, first come, first served. */
export class Turns {
  #free: number;
  readonly #waiting: ((isMine: boolean) => void)[] = [];
  #isClosed = false;

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** True when it is the caller's turn, which `pass` ends; false where it gave up, or nobody has a turn any more. */
  async take(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted || this.#isClosed) return false;
    if (this.#free > 0) {
      this.#free -= 1;
      return true;
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const giveUp = () => {
      const place = this.#waiting.indexOf(resolve);
      if (place !== -1) this.#waiting.splice(place, 1);
      resolve(false);
    };
    this.#waiting.push(resolve);
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** The turn goes to who waits longest. */
  pass(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next(true);
  }

  close(): void {
    this.#isClosed = true;
    for (const next of this.#waiting.splice(0)) next(false);
  }
}
