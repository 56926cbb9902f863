import { unlessStopped } from './failure.ts';

/** What Graph takes in one $batch. [learn.microsoft.com/graph/json-batching] */
export const mostInBatch = 20;

/** Writes of one crowd that leave together. Counts those that still wait for their turn. */
export interface Chunk {
  left: number;
}

/** One write of a crowd. */
export interface Member {
  /** Waits until a $batch is full, or everybody who still comes is here. */
  arrive(signal: AbortSignal): Promise<Chunk>;
  /** It does not come, or has come and gone. */
  leave(): void;
}

/** Independent writes that one caller sends at once: each waits for the others, so that they can travel together. */
export class Crowd {
  /** Those who have not arrived yet, and may. */
  #expected: number;
  #here: ((chunk: Chunk) => void)[] = [];

  constructor(size: number) {
    this.#expected = size;
  }

  member(): Member {
    let expected = true;
    const arrived = () => {
      if (expected) this.#expected -= 1;
      expected = false;
    };
    return {
      arrive: async (signal) => {
        const { promise, resolve } = Promise.withResolvers<Chunk>();
        this.#here.push(resolve);
        arrived();
        this.#depart();
        try {
          return await unlessStopped(promise, signal);
        } catch (stopped) {
          this.#here = this.#here.filter((each) => each !== resolve);
          throw stopped;
        }
      },
      leave: () => {
        arrived();
        this.#depart();
      },
    };
  }

  #depart(): void {
    if (this.#here.length < mostInBatch && this.#expected > 0) return;
    const leaving = this.#here.splice(0, mostInBatch);
    const chunk = { left: leaving.length };
    for (const go of leaving) go(chunk);
  }
}
