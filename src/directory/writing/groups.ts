import { groupColumns } from '../columns.ts';
import { ObjectTable } from './object-table.ts';
import { Objects, type WritingParts } from './objects.ts';
import type { DeltaItem, JsonObject } from './page.ts';
import type { RoundMode, Tally } from './round.ts';
import type { Seen } from './seen.ts';

/** Groups and who is in them. A large group is spread over several items, also of several pages. */
export class Groups extends Objects {
  constructor(parts: WritingParts, seen: Seen) {
    super(parts, new ObjectTable(parts.db, 'groups', groupColumns), seen);
  }

  protected override load(item: DeltaItem, tally: Tally): void {
    const object = this.merged(item, undefined, 'load');
    const row = this.table.find(item.id);
    if (row !== undefined) this.table.update(row.rowid, object);
    else {
      this.table.insert(item.id, object);
      tally.created += 1;
    }
    this.related(item, 'load', tally);
  }

  protected override merged(item: DeltaItem, before: JsonObject | undefined, mode: RoundMode): JsonObject {
    return this.table.kept(mode === 'delta' ? { ...before, ...item.properties } : item.properties);
  }

  protected override related({ id, related }: DeltaItem, mode: RoundMode, tally: Tally): void {
    if (related !== undefined) this.parts.memberships.apply(id, related, mode, tally);
  }
}
