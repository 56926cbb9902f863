import type { DirectoryChange } from '../../contract/index.ts';

/** A stretch of the feed that is delivered as one. */
export interface Batch {
  /** Id of the mirror: another mirror counts anew. */
  readonly mirror: string;
  /** The place before it: a cursor, or `start` where a base begins, which tells all that stands in the directory. */
  readonly from: string;
  /** The place after it: a cursor. */
  readonly to: string;
  readonly changes: readonly DirectoryChange[];
}

/** Somewhere that changes are delivered to. */
export interface Sink {
  /** Its target as people see it: without what may be secret. */
  readonly name: string;
  /** Its target, told from every other one: under this its place in the feed is kept. */
  readonly identity: string;
  /** Changes of a batch. */
  readonly most: number;
  /**
   * Resolves once the batch is safe on the other side. It may be the same as the one before.
   * @throws Undelivered where the same may go well later; the signal's reason when it aborts. Anything else stops the sink.
   */
  deliver(batch: Batch, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** A delivery that failed and may go well later. The message goes on after the name of the sink: `answered 503`. */
export class Undelivered extends Error {
  override readonly name = 'Undelivered';
  /** How long the other side asks to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: { readonly retryAfterMs?: number | undefined; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
  }
}
