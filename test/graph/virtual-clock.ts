import type { Clock } from '../../src/contract/index.ts';

interface Sleeper {
  readonly at: number;
  wake(): void;
}

/** Time that stands still until a test moves it. */
export class VirtualClock implements Clock {
  /** Every wait that was asked for, in milliseconds. */
  readonly waits: number[] = [];
  #now = Date.UTC(2026, 10, 22, 12, 0, 0);
  #sleepers: Sleeper[] = [];
  /** With `skips`, a wait ends at once and time jumps: for work without a deadline. */
  readonly #skips: boolean;

  constructor(options: { skips?: boolean } = {}) {
    this.#skips = options.skips ?? false;
  }

  now(): number {
    return this.#now;
  }

  get sleeping(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.waits.push(ms);
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#skips) {
      this.#now += ms;
      return Promise.resolve();
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper: Sleeper = { at: this.#now + ms, wake: resolve };
    this.#sleepers.push(sleeper);
    signal?.addEventListener('abort', () => {
      this.#sleepers = this.#sleepers.filter((each) => each !== sleeper);
      reject(signal.reason);
    });
    return promise;
  }

  /** Somebody corrects the clock: those who sleep sleep as long as they would have. */
  setBack(ms: number): void {
    this.#now -= ms;
    this.#sleepers = this.#sleepers.map(({ at, wake }) => ({ at: at - ms, wake }));
  }

  /** Moves time on, waking in order whoever is due, and lets what they start settle before the next is woken. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settle();
      const due = this.#sleepers.filter((each) => each.at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#now = Math.max(this.#now, due.at);
      this.#sleepers = this.#sleepers.filter((each) => each !== due);
      due.wake();
    }
    // Somebody else may have moved it further meanwhile.
    this.#now = Math.max(this.#now, end);
    await settle();
  }
}

/** Lets everything that waits for nothing but promises run. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Lets virtual time flow, 5 ms at a time, while nothing is on the wire. */
export function flowing(clock: VirtualClock, inFlight: () => number): { stop(): void } {
  let isOver = false;
  const flow = async () => {
    while (!isOver) {
      await settle();
      if (inFlight() === 0) await clock.advance(5);
    }
  };
  void flow();
  return {
    stop: () => {
      isOver = true;
    },
  };
}
