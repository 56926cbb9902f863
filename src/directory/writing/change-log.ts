import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ChangeKind } from '../../contract/index.ts';

/** A property before and after, by name. */
export type FieldChanges = Record<string, { readonly old: unknown; readonly new: unknown }>;

/** Writes the feed: one row for each change that can be seen in the mirror. */
export class ChangeLog {
  /** ISO 8601 moment of the rows that follow. */
  time = '';
  readonly #insert: StatementSync;
  readonly #eraseUser: StatementSync;
  readonly #leavesBytes: StatementSync;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare(
      'INSERT INTO changes (time, kind, id, memberId, memberType, fields) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#eraseUser = db.prepare("DELETE FROM changes WHERE (id = ? AND kind LIKE 'user_%') OR memberId = ?");
    this.#leavesBytes = db.prepare('UPDATE internal_mirror SET leavesBytes = 1');
  }

  object(kind: ChangeKind, id: string, fields: FieldChanges | undefined): void {
    this.#insert.run(this.time, kind, id, null, null, fields === undefined ? null : JSON.stringify(fields));
  }

  member(kind: 'member_added' | 'member_removed', groupId: string, memberId: string, type: string): void {
    this.#insert.run(this.time, kind, groupId, memberId, type, null);
  }

  /** Forgets everything about a user who is gone for good. */
  eraseUser(id: string): void {
    this.#eraseUser.run(id, id);
    this.#leavesBytes.run();
  }
}
