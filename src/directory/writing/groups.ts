import { groupColumns } from '../columns.ts';
import { ObjectTable } from './object-table.ts';
import { Objects, type WritingParts } from './objects.ts';
import type { DeltaItem } from './page.ts';
import type { RoundMode, Tally } from './round.ts';
import type { Seen } from './seen.ts';

/** Groups and who is in them. A large group is spread over several items, also of several pages. */
export class Groups extends Objects {
  constructor(parts: WritingParts, seen: Seen) {
    super(parts, new ObjectTable(parts.db, 'groups', groupColumns), seen);
  }

  protected override leaveOut(id: string): void {
    this.parts.memberships.leaveOut(id);
    // Groups have their index from the start.
    const row = this.table.find(id);
    if (row !== undefined) this.table.remove(row.rowid);
  }

  protected override load(item: DeltaItem, tally: Tally): void {
    const row = this.table.find(item.id);
    // What comes again may tell of members alone.
    const values = this.table.merged(item.properties, row?.values);
    if (row === undefined) {
      this.table.insert(item.id, values);
      tally.created += 1;
    } else if (Object.keys(this.table.difference(row.values, values)).length > 0) this.table.update(row.rowid, values);
    this.related(item, 'load', tally);
  }

  protected override related({ id, related }: DeltaItem, mode: RoundMode, tally: Tally): void {
    if (related !== undefined) this.parts.memberships.apply(id, related, mode, tally);
  }
}
