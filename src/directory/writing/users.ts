import type { StatementSync } from 'node:sqlite';
import type { Selection } from '../columns.ts';
import type { ParkedLink } from './absence.ts';
import type { Licenses } from './licenses.ts';
import { ObjectTable } from './object-table.ts';
import { Objects, objectOf, type WritingParts } from './objects.ts';
import type { DeltaItem, JsonObject } from './page.ts';
import type { RoundMode, Tally } from './round.ts';
import { Seen } from './seen.ts';

const managerId = { name: 'managerId', type: 'text' } as const;

/** Users, their licenses and their managers. */
export class Users extends Objects {
  readonly #licenses: Licenses;
  readonly #reports: StatementSync;
  readonly #parkedManager: StatementSync;

  constructor(parts: WritingParts, selection: Selection, licenses: Licenses) {
    // Sign-in activity comes by another way, and has no part in the feed.
    super(parts, new ObjectTable(parts.db, 'users', [...selection.columns, managerId]), new Seen(parts.db, 'users'));
    this.#licenses = licenses;
    this.#reports = parts.db.prepare('SELECT id FROM users WHERE managerId = ?');
    this.#parkedManager = parts.db.prepare("DELETE FROM internal_parked WHERE kind = 'manager' AND id = ?");
  }

  protected override load(item: DeltaItem, tally: Tally): void {
    const object = this.merged(item, undefined, 'load');
    this.table.insert(item.id, object);
    this.#licenses.add(item.id, object['assignedLicenses']);
    tally.created += 1;
  }

  protected override merged(item: DeltaItem, before: JsonObject | undefined, mode: RoundMode): JsonObject {
    const known = mode === 'delta' ? before : undefined;
    const manager = this.#managerOf(item, known?.['managerId']);
    const { managerId: _, ...properties } = known ?? {};
    const kept = this.table.kept({ ...properties, ...item.properties });
    return manager === undefined ? kept : { ...kept, managerId: manager };
  }

  /** Who manages the user from now on: entries that leave come in any order with those that come. */
  #managerOf({ id, related }: DeltaItem, before: unknown): string | undefined {
    let manager = typeof before === 'string' ? before : undefined;
    if (related === undefined) return manager;
    this.#parkedManager.run(id);
    if (related.some((one) => one.removed && one.id === manager)) manager = undefined;
    manager = related.findLast((one) => !one.removed)?.id ?? manager;
    if (manager === undefined || !this.parts.absence.has(manager)) return manager;
    this.parts.absence.park({ kind: 'manager', id, otherId: manager, type: '' });
    return undefined;
  }

  protected override inserted(id: string, object: JsonObject): void {
    this.#licenses.add(id, object['assignedLicenses']);
  }

  protected override updated(id: string, object: JsonObject, changed: readonly string[]): void {
    if (changed.includes('assignedLicenses')) this.#licenses.replace(id, object['assignedLicenses']);
  }

  /** Reports are without a manager while theirs is deleted. */
  protected override removed(id: string, isForGood: boolean, tally: Tally): void {
    this.#licenses.clear(id);
    for (const row of this.#reports.all(id)) {
      const report = String(row['id']);
      this.#setManager(report, undefined, tally);
      if (!isForGood) this.parts.absence.park({ kind: 'manager', id: report, otherId: id, type: '' });
    }
  }

  protected override returned(link: ParkedLink, tally: Tally): void {
    if (link.kind === 'manager') this.#setManager(link.id, link.otherId, tally);
    else super.returned(link, tally);
  }

  #setManager(userId: string, manager: string | undefined, tally: Tally): void {
    const row = this.table.find(userId);
    if (row === undefined) return;
    const { managerId: old = null, ...rest } = objectOf(row.json);
    // Another manager was set meanwhile.
    if (manager !== undefined && old !== null) return;
    this.table.update(row.rowid, manager === undefined ? rest : { ...rest, managerId: manager });
    this.parts.log.object('user_updated', userId, { managerId: { old, new: manager ?? null } });
    tally.updated += 1;
  }
}
