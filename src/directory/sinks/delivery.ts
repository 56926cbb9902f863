import { type Clock, type DirectoryPort, type Random, ToolError } from '../../contract/index.ts';
import { placeOf } from '../cursor.ts';
import type { SinkCursors } from './cursors.ts';
import { type Sink, Undelivered } from './sink.ts';

const firstBackoffMs = 1000;
const longestBackoffMs = 5 * 60_000;
/** A sink is taken for this long beyond what is planned: a batch and its answer fit in. */
const leaseMs = 2 * 60_000;

/** What a delivery works with. */
export interface DeliveryParts {
  readonly sink: Sink;
  readonly feed: Pick<DirectoryPort, 'changes'>;
  readonly cursors: SinkCursors;
  readonly clock: Clock;
  readonly random: Random;
  /** Tells a person what happens: a sentence. */
  tell(message: string): void;
}

/**
 * Delivers the feed to one sink, in order and at least once: a batch is delivered, then the place after it kept, then the
 * next one is read. A process that ends in between delivers the batch again.
 */
export class Delivery {
  readonly #parts: DeliveryParts;
  #bell = Promise.withResolvers<void>();

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.sink.name;
  }

  /**
   * Delivers all there is; gives the number of changes. Of a mirror whose first sync has not ended, nothing.
   * @throws ToolError CONFLICT where another process delivers to the same target; what stops the sink; the signal's reason
   * when it aborts.
   */
  async drain(signal: AbortSignal): Promise<number> {
    let delivered = 0;
    try {
      for (let at: string | undefined = await this.#place(signal); at !== undefined; ) {
        const { cursor, changes } = await this.#deliverFrom(at, signal);
        delivered += changes;
        at = cursor;
      }
    } catch (error) {
      if (!isCode(error, 'NOT_FOUND')) throw error;
    } finally {
      const { sink, cursors } = this.#parts;
      // It runs out by itself where it cannot be freed.
      await cursors.free(sink.identity).catch(() => undefined);
    }
    return delivered;
  }

  /**
   * Delivers all there is now, and whenever it is woken; while another process delivers, it leaves the target to it.
   * @throws as `drain` otherwise: it ends only so.
   */
  async follow(signal: AbortSignal, told: (changes: number) => void): Promise<never> {
    for (;;) {
      await this.#woken(signal);
      try {
        told(await this.drain(signal));
      } catch (error) {
        if (!isCode(error, 'CONFLICT')) throw error;
        this.#parts.tell(`Another process delivers to ${this.name}: the next round looks again.`);
      }
    }
  }

  /** There may be more. */
  wake(): void {
    this.#bell.resolve();
  }

  async close(): Promise<void> {
    await this.#parts.sink.close();
  }

  async #woken(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const stop = () => this.#bell.reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    try {
      await this.#bell.promise;
      this.#bell = Promise.withResolvers<void>();
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** One batch; then where to go on, undefined at the end. */
  async #deliverFrom(at: string, signal: AbortSignal): Promise<{ cursor: string | undefined; changes: number }> {
    const { sink, feed, cursors, tell } = this.#parts;
    signal.throwIfAborted();
    const page = await feed.changes({ since: at, limit: sink.most }).catch((error: unknown) => {
      if (isCode(error, 'SYNC_RESET')) return undefined;
      throw error;
    });
    if (page === undefined) {
      tell(`${sink.name} was without deliveries for so long that changes are erased: it gets everything again.`);
      return { cursor: await this.#begin(signal), changes: 0 };
    }
    const { items: changes, nextCursor: to, more } = page;
    if (changes.length > 0) {
      const batch = { mirror: placeOf(to)?.mirrorId ?? '', from: isBeginning(at) ? 'start' : at, to, changes };
      await this.#again(signal, () => sink.deliver(batch, signal));
    }
    if (to !== at) await this.#again(signal, () => cursors.set(sink.identity, to, leaseMs));
    return { cursor: more ? to : undefined, changes: changes.length };
  }

  async #place(signal: AbortSignal): Promise<string> {
    const { sink, cursors } = this.#parts;
    const place = await this.#again(signal, () => cursors.take(sink.identity, leaseMs));
    return place ?? (await this.#begin(signal));
  }

  /**
   * Where a base begins, kept before any of it is delivered: were it begun anew after a crash, whoever was deleted in
   * between would never be told of.
   */
  async #begin(signal: AbortSignal): Promise<string> {
    const { sink, feed, cursors } = this.#parts;
    const { nextCursor } = await feed.changes({ since: 'start', limit: 0 });
    await this.#again(signal, () => cursors.set(sink.identity, nextCursor, leaseMs));
    return nextCursor;
  }

  /** Tries until it goes well, for as long as it may. */
  async #again<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof Undelivered)) throw error;
        const { sink, clock, tell } = this.#parts;
        const waitMs = error.retryAfterMs || this.#backoffMs(attempt);
        tell(`${sink.name} ${error.message}; it is tried again in ${Math.ceil(waitMs / 1000)} s.`);
        await this.#keepFor(waitMs);
        await clock.sleep(waitMs, signal);
      }
    }
  }

  async #keepFor(ms: number): Promise<void> {
    const { sink, cursors } = this.#parts;
    await cursors.take(sink.identity, ms + leaseMs).catch((error: unknown) => {
      // The next attempt may keep it.
      if (!(error instanceof Undelivered)) throw error;
    });
  }

  /** Doubles with each attempt; half of it is left to chance. */
  #backoffMs(attempt: number): number {
    const ceiling = Math.min(longestBackoffMs, firstBackoffMs * 2 ** (attempt - 1));
    const [byte = 0] = this.#parts.random.bytes(1);
    return Math.round(ceiling / 2 + (ceiling / 2) * (byte / 255));
  }
}

function isBeginning(cursor: string): boolean {
  const base = placeOf(cursor)?.base;
  return base?.table === 'users' && base.rowid === 0;
}

function isCode(error: unknown, code: ToolError['code']): boolean {
  return error instanceof ToolError && error.code === code;
}
