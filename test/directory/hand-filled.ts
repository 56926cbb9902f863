import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { ChangeKind, DirectoryChanges } from '../../src/contract/index.ts';
import { changesIn } from '../../src/directory/feed.ts';
import { mirrorFile, openMirror, readMirror } from '../../src/directory/mirror-file.ts';
import { selectionOf } from '../../src/directory/selection.ts';
import { contentsOf, type Replayed } from './replay.ts';

export const noon = Date.UTC(2026, 0, 1, 12);

type Properties = Readonly<Record<string, unknown>>;
type Fields = Readonly<Record<string, { readonly old: unknown; readonly new: unknown }>>;

/** A mirror that a test fills by hand, row by row, with the changes that a sync would note. */
export class HandFilled {
  readonly folder = mkdtempSync(join(tmpdir(), 'entra-mcp-mirror-'));
  readonly file = mirrorFile(this.folder);
  readonly db: DatabaseSync;
  /** Moves on with every change, unless it is set. */
  time = noon;
  #logs = false;

  constructor() {
    this.db = openMirror(this.file, selectionOf());
    this.db.exec('PRAGMA synchronous = OFF');
  }

  get id(): string {
    return String(this.db.prepare('SELECT id FROM internal_mirror').get()?.['id']);
  }

  get latest(): number {
    return Number(this.db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'changes'").get()?.['seq'] ?? 0);
  }

  /** Ends the first sync: from now on changes are noted. */
  completed(): this {
    this.db.exec(
      "UPDATE internal_mirror SET usersMode = 'delta', usersComplete = 1, groupsMode = 'delta', groupsComplete = 1",
    );
    this.db.prepare('UPDATE internal_mirror SET syncedAt = ?').run(this.time);
    this.#logs = true;
    return this;
  }

  put(table: 'users' | 'groups', id: string, object: Properties): void {
    const kind = table === 'users' ? 'user' : 'group';
    const before = this.#object(table, id);
    // A row that changes keeps its place.
    const gone = this.db.prepare(`DELETE FROM internal_${table} WHERE id = ? RETURNING rowid`).get(id);
    const names = ['rowid', 'id', ...Object.keys(object)];
    this.db
      .prepare(`INSERT INTO internal_${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`)
      .run(columnValue(gone?.['rowid']), id, ...Object.values(object).map(columnValue));
    const fields = difference(before ?? {}, object);
    if (before === undefined) this.note(`${kind}_created`, id, { fields });
    else if (Object.keys(fields).length > 0) this.note(`${kind}_updated`, id, { fields });
  }

  /** Deletes; for good, what is told of a user is erased with it. */
  take(table: 'users' | 'groups', id: string, isForGood = false): void {
    const kind = table === 'users' ? 'user' : 'group';
    const before = this.#object(table, id);
    if (before !== undefined) {
      const all = this.db.prepare('SELECT groupId, memberId FROM memberships WHERE groupId = ?1 OR memberId = ?1');
      for (const { groupId, memberId } of all.all(id)) this.leave(String(groupId), String(memberId));
      this.note(`${kind}_deleted`, id, { fields: difference(before, {}) });
      this.db.prepare(`DELETE FROM internal_${table} WHERE id = ?`).run(id);
    }
    if (!isForGood) return;
    if (table === 'users') {
      this.db.prepare("DELETE FROM changes WHERE (id = ?1 AND kind LIKE 'user_%') OR memberId = ?1").run(id);
    }
    this.note(`${kind}_purged`, id);
  }

  join(groupId: string, memberId: string, memberType = 'user'): void {
    const has = this.db.prepare('SELECT 1 FROM memberships WHERE groupId = ? AND memberId = ?');
    if (has.get(groupId, memberId) !== undefined) return;
    this.db
      .prepare('INSERT INTO memberships (groupId, memberId, memberType) VALUES (?, ?, ?)')
      .run(groupId, memberId, memberType);
    this.note('member_added', groupId, { memberId, memberType });
  }

  leave(groupId: string, memberId: string): void {
    const gone = this.db
      .prepare('DELETE FROM memberships WHERE groupId = ? AND memberId = ? RETURNING memberType')
      .get(groupId, memberId);
    if (gone !== undefined) {
      this.note('member_removed', groupId, { memberId, memberType: String(gone['memberType']) });
    }
  }

  note(kind: ChangeKind, id: string, more: { fields?: Fields; memberId?: string; memberType?: string } = {}): void {
    if (!this.#logs) return;
    this.time += 1000;
    const { fields, memberId = null, memberType = null } = more;
    this.db
      .prepare('INSERT INTO changes (time, kind, id, memberId, memberType, fields) VALUES (?, ?, ?, ?, ?, ?)')
      .run(
        ...[new Date(this.time).toISOString(), kind, id, memberId, memberType],
        fields === undefined ? null : JSON.stringify(fields),
      );
  }

  /** Erases the changes up to a sequence, as those are that are too old. */
  erase(sequence: number): void {
    this.db.prepare('DELETE FROM changes WHERE sequence <= ?').run(sequence);
    this.db.prepare('UPDATE internal_mirror SET erased = ?').run(sequence);
  }

  /** As a directory answers it. */
  readonly changes = async (query: Parameters<typeof changesIn>[1]): Promise<DirectoryChanges> => {
    const db = readMirror(this.file);
    try {
      return { ...changesIn(db, query, this.time), mirror: { complete: true } };
    } finally {
      db?.close();
    }
  };

  /** What who follows the feed must end up with. */
  contents(): Replayed {
    return contentsOf(this.db);
  }

  remove(): void {
    this.db.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #object(table: 'users' | 'groups', id: string): Properties | undefined {
    const row = this.db.prepare(`SELECT object FROM ${table} WHERE id = ?`).get(id);
    return row === undefined ? undefined : JSON.parse(String(row['object']));
  }
}

function columnValue(value: unknown): string | number | null {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'object' && value !== null) return JSON.stringify(value);
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

function difference(before: Properties, after: Properties): Fields {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  return Object.fromEntries(changed.map((name) => [name, { old: before[name] ?? null, new: after[name] ?? null }]));
}
