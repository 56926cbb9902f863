import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Another object, as a list of Graph tells of it. */
export interface Link {
  readonly id: string;
  /** As `user`, `device`. */
  readonly type: string;
}

/** Who came back, and is to be asked for. */
export interface Back {
  readonly id: string;
  readonly kind: 'user' | 'group';
}

/** What was read of who came back. */
export type Links =
  | {
      readonly kind: 'user';
      readonly id: string;
      readonly groups: readonly string[];
      readonly reports: readonly string[];
      readonly manager: string | undefined;
    }
  | { readonly kind: 'group'; readonly id: string; readonly members: readonly Link[] };

/**
 * Users and groups that came back from deletion. Their memberships and reports were never told of as removed, are not told
 * of as added, and may have changed unseen: they are read once. [learn.microsoft.com/graph/delta-query-groups]
 *
 * A round over everything tells of users while groups are told of, and takes its time: who is deleted and restored meanwhile
 * is missing from some pages and not from others. All that is known of them is that the next round of changes tells of them:
 * so whoever it tells of counts as come back.
 */
export class Returned {
  readonly #note: StatementSync;
  readonly #forget: StatementSync;
  readonly #all: StatementSync;

  constructor(db: DatabaseSync) {
    this.#note = db.prepare('INSERT OR IGNORE INTO internal_returned (id, kind) VALUES (?, ?)');
    this.#forget = db.prepare('DELETE FROM internal_returned WHERE id = ?');
    this.#all = db.prepare('SELECT id, kind FROM internal_returned ORDER BY id');
  }

  note(id: string, kind: Back['kind']): void {
    this.#note.run(id, kind);
  }

  forget(id: string): void {
    this.#forget.run(id);
  }

  all(): readonly Back[] {
    return this.#all.all().map(({ id, kind }) => ({ id: String(id), kind: kind === 'user' ? 'user' : 'group' }));
  }
}
