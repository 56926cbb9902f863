import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Absence, ParkedLink } from './absence.ts';
import type { ChangeLog, FieldChanges } from './change-log.ts';
import type { Memberships } from './memberships.ts';
import type { ObjectTable, Values } from './object-table.ts';
import type { DeltaItem } from './page.ts';
import type { Returned } from './returned.ts';
import type { RoundMode, Tally } from './round.ts';
import type { Seen } from './seen.ts';

/** What the writers of users and of groups share. */
export interface WritingParts {
  readonly db: DatabaseSync;
  readonly log: ChangeLog;
  readonly absence: Absence;
  readonly returned: Returned;
  readonly memberships: Memberships;
  /** Whether a user or a group is in the mirror; true while that is not known. */
  knows(type: string, id: string): boolean;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** What users and groups have in common: rows that come, change, go, and come back. */
export abstract class Objects {
  protected readonly parts: WritingParts;
  protected readonly table: ObjectTable;
  /** Properties that a round brings for the first time. */
  silent: readonly string[] = [];
  readonly #kind: 'user' | 'group';
  readonly #seen: Seen;
  readonly #leftOut: StatementSync;
  readonly #unseen: StatementSync;

  constructor(parts: WritingParts, table: ObjectTable, seen: Seen) {
    const { db } = parts;
    this.parts = parts;
    this.table = table;
    this.#kind = table.name === 'users' ? 'user' : 'group';
    this.#seen = seen;
    this.#leftOut = db.prepare(
      `INSERT INTO internal_removed (kind, id, mark) SELECT '${this.#kind}', ?, coalesce(max(rowid), 0) FROM internal_${table.name}`,
    );
    this.#unseen = db.prepare(
      `SELECT id FROM internal_${table.name} o WHERE NOT EXISTS (SELECT 1 FROM internal_seen s WHERE s.collection = '${table.name}' AND s.id = o.id AND s.memberId = '')`,
    );
  }

  /** Takes one item of a page in. An item may come any number of times. */
  apply(item: DeltaItem, mode: RoundMode, tally: Tally): void {
    if (item.removed !== undefined) this.#gone(item.id, item.removed, mode, tally);
    else if (mode === 'load') this.load(item, tally);
    else this.#present(item, mode, tally);
  }

  /** Fills in an object of the first load, where nothing is compared. */
  protected abstract load(item: DeltaItem, tally: Tally): void;

  /** The values of the object as it is now: in a `delta` round, what is not told has not changed. */
  protected merged({ properties }: DeltaItem, before: Values | undefined, mode: RoundMode): Values {
    return this.table.merged(properties, mode === 'delta' ? before : undefined);
  }

  /** After a new row. */
  protected inserted(_id: string, _values: Values): void {}

  /** After a row has changed. */
  protected updated(_id: string, _values: Values, _changed: readonly string[]): void {}

  /** Before a row goes. */
  protected removed(_id: string, _isForGood: boolean, _tally: Tally): void {}

  /** After the row itself: what the item tells of relations that have rows of their own. */
  protected related(_item: DeltaItem, _mode: RoundMode, _tally: Tally): void {}

  #present(item: DeltaItem, mode: RoundMode, tally: Tally): void {
    const { id } = item;
    // What a round tells again may leave out what it told before.
    const isAgain = mode === 'full' && !this.#seen.note(id);
    const row = this.table.find(id);
    const after = this.merged(item, row?.values, isAgain ? 'delta' : mode);
    if (row === undefined) this.#come(item, after, tally);
    else {
      const fields = this.table.difference(row.values, after);
      if (Object.keys(fields).length > 0) {
        this.table.update(row.rowid, after);
        this.updated(id, after, Object.keys(fields));
        this.#tell(id, fields, tally);
      }
    }
    this.related(item, mode, tally);
  }

  /** A property that is only mirrored from now on did not change. */
  #tell(id: string, fields: FieldChanges, tally: Tally): void {
    for (const name of this.silent) delete fields[name];
    if (Object.keys(fields).length === 0) return;
    this.parts.log.object(`${this.#kind}_updated`, id, fields);
    tally.updated += 1;
  }

  #come(item: DeltaItem, values: Values, tally: Tally): void {
    const { absence, log, returned } = this.parts;
    const { id } = item;
    if (this.#kind === 'user' && absence.has(id)) returned.note(id, 'user');
    this.table.insert(id, values);
    this.inserted(id, values);
    log.object(`${this.#kind}_created`, id, this.table.difference(undefined, values));
    tally.created += 1;
    for (const link of absence.end(id)) {
      // The item itself tells of its own links.
      if (link.id !== id || item.related === undefined) this.returned(id, link, tally);
    }
  }

  /** A link that waited for this object, or for the other one. */
  protected returned(back: string, { kind, id, otherId, type }: ParkedLink, tally: Tally): void {
    if (kind === 'member') this.parts.memberships.resume(back, id, otherId, type, tally);
  }

  #gone(id: string, reason: 'changed' | 'deleted', mode: RoundMode, tally: Tally): void {
    if (mode === 'load') {
      // Rows have no index yet: it is taken out at the end.
      this.leaveOut(id);
      if (reason === 'changed') this.parts.absence.note(id, this.#kind, this.parts.now(), false);
      else this.parts.absence.purge(id);
      return;
    }
    if (mode === 'full') this.#seen.forget(id);
    this.#remove(id, reason, tally);
  }

  /** Remembers that what the first load brought of it so far does not count. */
  protected leaveOut(id: string): void {
    this.#leftOut.run(id);
  }

  /** It is gone for good: what is kept of it is erased. */
  purge(id: string, tally: Tally): void {
    this.#remove(id, 'deleted', tally);
  }

  /** Takes an object out. Gone for good, what the feed tells of a person is erased with it. */
  #remove(id: string, why: 'changed' | 'deleted' | 'missing', tally: Tally): void {
    const isForGood = why === 'deleted';
    const { absence, log, memberships, returned } = this.parts;
    const row = this.table.find(id);
    returned.forget(id);
    // Also of who never came: others may have told of them.
    memberships.suspend(id, isForGood, tally);
    this.removed(id, isForGood, tally);
    if (row !== undefined) {
      log.object(`${this.#kind}_deleted`, id, this.table.difference(row.values, undefined));
      this.table.remove(row.rowid);
      tally.deleted += 1;
    }
    if (!isForGood) {
      absence.note(id, this.#kind, this.parts.now(), why === 'missing');
      return;
    }
    if (!absence.purge(id) && row === undefined) return;
    if (this.#kind === 'user') log.eraseUser(id);
    log.object(`${this.#kind}_purged`, id, undefined);
    tally.purged += 1;
  }

  /** At the end of a round over everything: what it did not meet is gone. */
  sweep(tally: Tally): void {
    for (const row of this.#unseen.all()) this.#remove(String(row['id']), 'missing', tally);
    this.#seen.clear();
  }
}
