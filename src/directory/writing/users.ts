import type { StatementSync } from 'node:sqlite';
import type { Selection } from '../columns.ts';
import { managerId } from '../mirror-file.ts';
import type { ParkedLink } from './absence.ts';
import type { Licenses } from './licenses.ts';
import { ObjectTable, type Values } from './object-table.ts';
import { Objects, type WritingParts } from './objects.ts';
import type { DeltaItem } from './page.ts';
import type { RoundMode, Tally } from './round.ts';
import { Seen } from './seen.ts';

/** Users, their licenses and their managers. */
export class Users extends Objects {
  /** Who is told of may have come back unseen. */
  isUnsettled = false;
  readonly #licenses: Licenses;
  /** Places among the values. */
  readonly #manager: number;
  readonly #assigned: number;
  readonly #reports: StatementSync;
  readonly #parkedManager: StatementSync;
  readonly #managerLeft: StatementSync;

  constructor(parts: WritingParts, selection: Selection, licenses: Licenses) {
    // Sign-in activity comes by another way, and has no part in the feed.
    super(parts, new ObjectTable(parts.db, 'users', [...selection.columns, managerId]), new Seen(parts.db, 'users'));
    this.#licenses = licenses;
    this.#manager = this.table.place(managerId.name);
    this.#assigned = this.table.place('assignedLicenses');
    this.#reports = parts.db.prepare('SELECT id FROM internal_users WHERE managerId = ?');
    this.#managerLeft = parts.db.prepare(
      "INSERT INTO internal_removed (kind, id, mark) SELECT 'manager', ?, coalesce(max(rowid), 0) FROM internal_users",
    );
    this.#parkedManager = parts.db.prepare("DELETE FROM internal_parked WHERE kind = 'manager' AND id = ?");
  }

  override apply(item: DeltaItem, mode: RoundMode, tally: Tally): void {
    super.apply(item, mode, tally);
    if (this.isUnsettled && mode === 'delta' && item.removed === undefined) this.parts.returned.note(item.id, 'user');
  }

  protected override load(item: DeltaItem, tally: Tally): void {
    if (item.related?.every((one) => one.removed)) this.#managerLeft.run(item.id);
    this.table.insert(item.id, this.merged(item, undefined, 'load'));
    this.#licenses.add(item.id, item.properties['assignedLicenses']);
    tally.created += 1;
  }

  protected override merged(item: DeltaItem, before: Values | undefined, mode: RoundMode): Values {
    const values = super.merged(item, before, mode);
    values[this.#manager] = this.#managerOf(item, mode === 'delta' ? (before?.[this.#manager] ?? null) : null, mode);
    return values;
  }

  /** Who manages the user from now on: entries that leave come in any order with those that come. */
  #managerOf({ id, related }: DeltaItem, before: string | number | null, mode: RoundMode): string | number | null {
    if (related === undefined) return before;
    const { absence, knows } = this.parts;
    for (const one of related) if (one.removed) absence.unpark({ kind: 'manager', id, otherId: one.id });
    const manager = related.findLast((one) => !one.removed)?.id;
    if (manager === undefined) return related.some((one) => one.id === before) ? null : before;
    if (mode !== 'load') this.#parkedManager.run(id);
    if (!absence.has(manager) && (mode === 'load' || manager === id || knows('user', manager))) return manager;
    absence.park({ kind: 'manager', id, otherId: manager, type: '' });
    return null;
  }

  protected override inserted(id: string, values: Values): void {
    this.#licenses.add(id, this.#licensesIn(values));
  }

  protected override updated(id: string, values: Values, changed: readonly string[]): void {
    if (changed.includes('assignedLicenses')) this.#licenses.replace(id, this.#licensesIn(values));
  }

  #licensesIn(values: Values): unknown {
    return JSON.parse(String(values[this.#assigned] ?? '[]'));
  }

  /** Reports are without a manager while theirs is deleted. */
  protected override removed(id: string, isForGood: boolean, tally: Tally): void {
    this.#licenses.clear(id);
    for (const row of this.#reports.all(id)) {
      const report = String(row['id']);
      this.#setManager(report, null, tally);
      if (!isForGood) this.parts.absence.park({ kind: 'manager', id: report, otherId: id, type: '' });
    }
  }

  protected override returned(back: string, link: ParkedLink, tally: Tally): void {
    if (link.kind === 'manager') this.#setManager(link.id, link.otherId, tally);
    else super.returned(back, link, tally);
  }

  /** What was read of a user who came back: who reports to them, and whom they report to. */
  settle(id: string, reports: readonly string[], manager: string | undefined, tally: Tally): void {
    if (this.table.find(id) === undefined) return;
    for (const row of this.#reports.all(id)) {
      const report = String(row['id']);
      if (!reports.includes(report)) this.#setManager(report, null, tally);
    }
    for (const report of reports) this.#setManager(report, id, tally, true);
    if (manager === undefined || this.parts.knows('user', manager)) this.#setManager(id, manager ?? null, tally, true);
  }

  #setManager(userId: string, manager: string | null, tally: Tally, isKnown = false): void {
    const row = this.table.find(userId);
    const before = row?.values[this.#manager];
    // Another manager was set meanwhile.
    if (row === undefined || before === manager || (!isKnown && manager !== null && before !== null)) return;
    const values = row.values.with(this.#manager, manager);
    this.table.update(row.rowid, values);
    this.parts.log.object('user_updated', userId, this.table.difference(row.values, values));
    tally.updated += 1;
  }
}
