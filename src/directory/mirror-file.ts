import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { refuseShared } from '../store/folders.ts';
import { type Column, groupColumns, type Selection, userColumns } from './columns.ts';

const version = 2;

/** Not a property of Graph: a relation that is kept with the user. */
export const managerId: Column = { name: 'managerId', type: 'text' };

/** Where the mirror of a tenant lies: beside its state, in a file of its own. */
export function mirrorFile(folder: string): string {
  return join(folder, 'directory.db');
}

/** Opens the mirror to write, making it where it is missing. One connection of all processes writes at a time: see `Lease`. */
export function openMirror(file: string, selection: Selection): DatabaseSync {
  // Made by us first, so that it is never readable by others, not even for a moment.
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
  refuseShared(file);
  const db = new DatabaseSync(file);
  // Users are wide rows: fewer, larger pages load and scan faster. Kept for good by the first statement that writes.
  db.exec(
    'PRAGMA page_size = 8192; PRAGMA wal_autocheckpoint = 8000; PRAGMA busy_timeout = 15000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON;',
  );
  db.exec('BEGIN IMMEDIATE');
  try {
    if (db.prepare('PRAGMA user_version').get()?.['user_version'] !== version) {
      empty(db);
      create(db, selection);
    }
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    db.close();
    throw error;
  }
  return db;
}

/** Opens a mirror that is there, to read what this server itself reads of it; undefined where there is none yet. */
export function readMirror(file: string): DatabaseSync | undefined {
  if (!existsSync(file)) return undefined;
  refuseShared(file);
  const db = new DatabaseSync(file, { readOnly: true });
  db.exec('PRAGMA busy_timeout = 5000; PRAGMA query_only = ON;');
  if (db.prepare('PRAGMA user_version').get()?.['user_version'] === version) return db;
  db.close();
  return undefined;
}

/** Takes out what another version of this program has made: the tenant has it all, and the next sync brings it. */
function empty(db: DatabaseSync): void {
  const made = db.prepare(
    "SELECT type, name FROM sqlite_schema WHERE type IN ('view', 'table') AND name NOT LIKE 'sqlite_%'",
  );
  for (const { type, name } of made.all()) db.exec(`DROP ${type} "${name}"`);
}

function create(db: DatabaseSync, selection: Selection): void {
  db.exec(`
    CREATE TABLE internal_users (id TEXT NOT NULL, ${definitions(userColumns(selection))}, managerId TEXT);
    CREATE TABLE internal_groups (id TEXT NOT NULL, ${definitions(groupColumns)});
    CREATE TABLE memberships (groupId TEXT NOT NULL, memberId TEXT NOT NULL, memberType TEXT NOT NULL);
    CREATE TABLE licenses (userId TEXT NOT NULL, skuId TEXT NOT NULL, skuPartNumber TEXT, disabledPlans TEXT NOT NULL);
    CREATE UNIQUE INDEX groups_by_id ON internal_groups (id);
    ${viewOfGroups};
    ${viewOfUsers(selection)};
    CREATE VIEW managers AS SELECT id AS userId, managerId FROM internal_users WHERE managerId IS NOT NULL;
    CREATE TABLE changes (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
      memberId TEXT, memberType TEXT, fields TEXT
    );
    CREATE INDEX changes_by_id ON changes (id, sequence);
    CREATE INDEX changes_by_member ON changes (memberId) WHERE memberId IS NOT NULL;
    CREATE INDEX changes_by_time ON changes (time);

    -- One row. 'fields': JSON list, the selection; 'adding': those of it that a round is still to bring;
    -- 'erased': sequence up to which changes are erased.
    CREATE TABLE internal_mirror (
      id TEXT NOT NULL, fields TEXT NOT NULL, adding TEXT NOT NULL DEFAULT '[]', syncedAt INTEGER, erased INTEGER NOT NULL DEFAULT 0,
      -- Something was erased whose bytes may still lie in the log that the file is written from.
      leavesBytes INTEGER NOT NULL DEFAULT 0,
      leaseOwner TEXT, leaseUntil INTEGER, signInsLink TEXT, signInsAt INTEGER,
      -- Where each collection stands. Mode: load, full or delta; link: where its round goes on (under way), or the next one begins.
      usersMode TEXT NOT NULL DEFAULT 'load', usersLink TEXT, usersUnderWay INTEGER NOT NULL DEFAULT 0, usersComplete INTEGER NOT NULL DEFAULT 0,
      groupsMode TEXT NOT NULL DEFAULT 'load', groupsLink TEXT, groupsUnderWay INTEGER NOT NULL DEFAULT 0, groupsComplete INTEGER NOT NULL DEFAULT 0,
      -- Rounds of users in which those who are told may have come back unseen: see Returned.
      unsettled INTEGER NOT NULL DEFAULT 0,
      -- JSON: names of products by their ids, as the licenses have them.
      products TEXT NOT NULL DEFAULT '{}'
    );
    -- What a round over everything met: the rest is gone. Users and groups by id, memberships by group and member.
    CREATE TABLE internal_seen (
      collection TEXT NOT NULL, id TEXT NOT NULL, memberId TEXT NOT NULL, PRIMARY KEY (collection, id, memberId)
    ) WITHOUT ROWID;
    -- What the first load was told to leave out, of rows up to 'mark'.
    CREATE TABLE internal_removed (kind TEXT NOT NULL, id TEXT NOT NULL, memberId TEXT, mark INTEGER NOT NULL);
    -- Deleted, and not yet for good. Their memberships and reports wait for their return.
    CREATE TABLE internal_deleted (
      id TEXT PRIMARY KEY, kind TEXT NOT NULL, deletedAt INTEGER NOT NULL, inDoubt INTEGER NOT NULL
    );
    -- Users and groups that came back, of whom Graph may not have told all links: these are still to be read.
    CREATE TABLE internal_returned (id TEXT PRIMARY KEY, kind TEXT NOT NULL);
    CREATE TABLE internal_parked (kind TEXT NOT NULL, id TEXT NOT NULL, otherId TEXT NOT NULL, type TEXT, PRIMARY KEY (kind, id, otherId));
    CREATE INDEX internal_parked_by_other ON internal_parked (otherId);
    -- Where each target of the feed stands ('cursor': nowhere yet), and which process delivers to it now.
    CREATE TABLE internal_sinks (
      name TEXT PRIMARY KEY, cursor TEXT, updatedAt INTEGER NOT NULL, leaseOwner TEXT, leaseUntil INTEGER
    );
    PRAGMA user_version = ${version};
  `);
  db.prepare('INSERT INTO internal_mirror (id, fields) VALUES (?, ?)').run(
    randomBytes(6).toString('hex'),
    JSON.stringify(selection.fields),
  );
}

function definitions(columns: readonly Column[]): string {
  return columns.map(definition).join(', ');
}

/** Names come from the column tables alone. */
export function definition({ name, type }: Column): string {
  return `${name} ${type === 'boolean' || type === 'integer' ? 'INTEGER' : 'TEXT'}`;
}

/**
 * What SQL sees of users. `object`, all properties that are not null as JSON, is made when it is asked for: every one has a
 * column, and kept beside the columns it would double the mirror.
 */
export function viewOfUsers(selection: Selection): string {
  const names = ['id', ...userColumns(selection).map(({ name }) => name), 'managerId'];
  return `CREATE VIEW users AS SELECT ${names.join(', ')}, ${objectOf([...selection.columns, managerId])} FROM internal_users`;
}

const viewOfGroups = `CREATE VIEW groups AS SELECT *, ${objectOf(groupColumns)} FROM internal_groups`;

function objectOf(columns: readonly Column[]): string {
  const pairs = columns.map(({ name, type }) => `'${name}', ${jsonOf(name, type)}`);
  return `json_patch('{}', json_object(${pairs.join(', ')})) AS object`;
}

function jsonOf(name: string, type: Column['type']): string {
  if (type === 'boolean') return `json(iif(${name}, 'true', iif(${name} IS NULL, 'null', 'false')))`;
  return type === 'json' ? `json(${name})` : name;
}

/** The fields of the settings that a mirror was last brought to. */
export function fieldsIn(db: DatabaseSync): readonly string[] {
  return namesIn(db.prepare('SELECT fields AS names FROM internal_mirror').get());
}

/** Those of them that users do not all have yet. */
export function addingIn(db: DatabaseSync): readonly string[] {
  return namesIn(db.prepare('SELECT adding AS names FROM internal_mirror').get());
}

function namesIn(row: Record<string, unknown> | undefined): readonly string[] {
  const names: unknown = JSON.parse(String(row?.['names'] ?? '[]'));
  return Array.isArray(names) ? names.map(String) : [];
}
