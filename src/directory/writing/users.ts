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
  readonly #licenses: Licenses;
  /** Places among the values. */
  readonly #manager: number;
  readonly #assigned: number;
  readonly #reports: StatementSync;
  readonly #parkedManager: StatementSync;

  constructor(parts: WritingParts, selection: Selection, licenses: Licenses) {
    // Sign-in activity comes by another way, and has no part in the feed.
    super(parts, new ObjectTable(parts.db, 'users', [...selection.columns, managerId]), new Seen(parts.db, 'users'));
    this.#licenses = licenses;
    this.#manager = this.table.place(managerId.name);
    this.#assigned = this.table.place('assignedLicenses');
    this.#reports = parts.db.prepare('SELECT id FROM internal_users WHERE managerId = ?');
    this.#parkedManager = parts.db.prepare("DELETE FROM internal_parked WHERE kind = 'manager' AND id = ?");
  }

  protected override load(item: DeltaItem, tally: Tally): void {
    this.table.insert(item.id, this.merged(item, undefined, 'load'));
    this.#licenses.add(item.id, item.properties['assignedLicenses']);
    tally.created += 1;
  }

  protected override merged(item: DeltaItem, before: Values | undefined, mode: RoundMode): Values {
    const values = super.merged(item, before, mode);
    values[this.#manager] = this.#managerOf(item, mode === 'delta' ? (before?.[this.#manager] ?? null) : null);
    return values;
  }

  /** Who manages the user from now on: entries that leave come in any order with those that come. */
  #managerOf({ id, related }: DeltaItem, before: string | number | null): string | number | null {
    if (related === undefined) return before;
    this.#parkedManager.run(id);
    const left = related.some((one) => one.removed && one.id === before);
    const manager = related.findLast((one) => !one.removed)?.id ?? (left ? null : before);
    if (manager === null || !this.parts.absence.has(String(manager))) return manager;
    this.parts.absence.park({ kind: 'manager', id, otherId: String(manager), type: '' });
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

  protected override returned(link: ParkedLink, tally: Tally): void {
    if (link.kind === 'manager') this.#setManager(link.id, link.otherId, tally);
    else super.returned(link, tally);
  }

  #setManager(userId: string, manager: string | null, tally: Tally): void {
    const row = this.table.find(userId);
    // Another manager was set meanwhile.
    if (row === undefined || (manager !== null && row.values[this.#manager] !== null)) return;
    const values = row.values.with(this.#manager, manager);
    this.table.update(row.rowid, values);
    this.parts.log.object('user_updated', userId, this.table.difference(row.values, values));
    tally.updated += 1;
  }
}
