/** What is followed by a delta query. */
export type Collection = 'users' | 'groups';

/**
 * How a round goes: `load` fills an empty table, and nothing is compared or told; `full` goes through everything once more
 * and what it does not meet is gone; `delta` takes what changed.
 */
export type RoundMode = 'load' | 'full' | 'delta';

/** What a sync did so far, for its report. */
export interface Tally {
  created: number;
  updated: number;
  deleted: number;
  purged: number;
  /** Memberships. */
  added: number;
  removed: number;
}

export function emptyTally(): Tally {
  return { created: 0, updated: 0, deleted: 0, purged: 0, added: 0, removed: 0 };
}

/** Adds what one page, or one list, brought to what others did. */
export function addTally(to: Tally, more: Tally): void {
  to.created += more.created;
  to.updated += more.updated;
  to.deleted += more.deleted;
  to.purged += more.purged;
  to.added += more.added;
  to.removed += more.removed;
}

/** What a page brought. */
export interface AppliedPage {
  readonly tally: Tally;
  /** Where the round goes on; undefined at its end. */
  readonly next: string | undefined;
  /** Where the next round begins, at its end. */
  readonly delta: string | undefined;
}
