import type { DatabaseSync } from 'node:sqlite';
import type { ChangeKind, DirectoryChange } from '../contract/index.ts';
import { type BaseTable, baseTables, type Place } from './cursor.ts';
import type { FeedPage } from './feed-page.ts';

type Row = Readonly<Record<string, unknown>>;

interface BaseReader {
  readonly kind: ChangeKind;
  /** Rows after the first `?`, as many as the second. */
  readonly sql: string;
  told(row: Row): Omit<DirectoryChange, 'sequence' | 'time' | 'kind'>;
}

const readers: Readonly<Record<BaseTable, BaseReader>> = {
  users: {
    kind: 'user_created',
    sql: 'SELECT u.rowid, u.id, object FROM internal_users u JOIN users USING (id) WHERE u.rowid > ? ORDER BY u.rowid LIMIT ?',
    told: ({ id, object }) => ({ id: String(id), fields: created(parsed(object)) }),
  },
  groups: {
    kind: 'group_created',
    sql: 'SELECT g.rowid, g.id, object FROM internal_groups g JOIN groups USING (id) WHERE g.rowid > ? ORDER BY g.rowid LIMIT ?',
    told: ({ id, object }) => ({ id: String(id), fields: created(parsed(object)) }),
  },
  memberships: {
    kind: 'member_added',
    sql: 'SELECT rowid, groupId, memberId, memberType FROM memberships WHERE rowid > ? ORDER BY rowid LIMIT ?',
    told: ({ groupId, memberId, memberType }) => ({
      id: String(groupId),
      memberId: String(memberId),
      memberType: String(memberType),
    }),
  },
};

/** How a base is read on. */
export interface BaseReading {
  readonly page: FeedPage;
  /** Of everything in the base, ISO 8601. */
  readonly time: string;
  wants(kind: ChangeKind): boolean;
}

/**
 * Tells what stands in the mirror, on from where `place` is in the base. A row that changes, comes or goes while the base
 * is told has its change after the place's sequence, so none is missed, whatever becomes of its rowid. Gives the place
 * after it: without a base where it is told to its end.
 */
export function readBase(db: DatabaseSync, place: Place, { page, time, wants }: BaseReading): Place {
  const { mirrorId, sequence, base } = place;
  if (base === undefined || page.room <= 0) return place;
  let { rowid } = base;
  for (const table of baseTables.slice(baseTables.indexOf(base.table))) {
    const { kind, sql, told } = readers[table];
    if (wants(kind)) {
      // One more than fits tells whether the table is at its end.
      for (const row of db.prepare(sql).all(rowid, page.room + 1)) {
        if (!page.add({ sequence: 0, time, kind, ...told(row) })) return { mirrorId, sequence, base: { table, rowid } };
        rowid = Number(row['rowid']);
      }
    }
    rowid = 0;
  }
  return { mirrorId, sequence };
}

function created(object: Row): NonNullable<DirectoryChange['fields']> {
  const present = Object.entries(object).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(present.map(([name, value]) => [name, { old: null, new: value }]));
}

function parsed(object: unknown): Row {
  return { ...JSON.parse(String(object)) };
}
