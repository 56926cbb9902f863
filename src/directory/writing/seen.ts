import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** What a round over everything has met so far: kept in the mirror, since the round may outlive the process. */
export class Seen {
  readonly #collection: 'users' | 'groups';
  readonly #note: StatementSync;
  readonly #forget: StatementSync;
  readonly #clear: StatementSync;

  constructor(db: DatabaseSync, collection: 'users' | 'groups') {
    this.#collection = collection;
    this.#note = db.prepare('INSERT OR IGNORE INTO internal_seen (collection, id, memberId) VALUES (?, ?, ?)');
    this.#forget = db.prepare('DELETE FROM internal_seen WHERE collection = ? AND id = ? AND memberId = ?');
    this.#clear = db.prepare('DELETE FROM internal_seen WHERE collection = ?');
  }

  /** An object, or a membership of it. False where it was met before. */
  note(id: string, memberId = ''): boolean {
    return this.#note.run(this.#collection, id, memberId).changes > 0;
  }

  forget(id: string, memberId = ''): void {
    this.#forget.run(this.#collection, id, memberId);
  }

  clear(): void {
    this.#clear.run(this.#collection);
  }
}
