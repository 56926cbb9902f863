import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ChangeKind } from '../../contract/index.ts';
import type { JsonObject } from './page.ts';

/** A property before and after, by name. */
export type FieldChanges = Record<string, { readonly old: unknown; readonly new: unknown }>;

/** Writes the feed: one row for each change that can be seen in the mirror. */
export class ChangeLog {
  /** ISO 8601 moment of the rows that follow. */
  time = '';
  readonly #insert: StatementSync;
  readonly #eraseUser: StatementSync;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare(
      'INSERT INTO changes (time, kind, id, memberId, memberType, fields) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#eraseUser = db.prepare("DELETE FROM changes WHERE (id = ? AND kind LIKE 'user_%') OR memberId = ?");
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
  }
}

/** What differs between two objects; order within a list tells nothing. Absent is null. */
export function difference(before: JsonObject, after: JsonObject): FieldChanges {
  const fields: FieldChanges = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old = null, now = null] = [before[name], after[name]];
    if (old !== now && canonical(old) !== canonical(now)) fields[name] = { old, new: now };
  }
  return fields;
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).toSorted().join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const parts = Object.entries(value).map(([name, part]) => `${JSON.stringify(name)}:${canonical(part)}`);
  return `{${parts.toSorted().join(',')}}`;
}
