import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import {
  type ChangesQuery,
  changeKinds,
  type DirectoryChange,
  type DirectoryChanges,
  fieldChange,
  moment,
  ToolError,
} from '../contract/index.ts';
import { cursorOf, type Place, placeOf } from './cursor.ts';
import { readBase } from './feed-base.ts';
import { FeedPage } from './feed-page.ts';
import { changesKeptMs } from './retention.ts';
import { isComplete, neverSynced } from './standing.ts';

/** Changes that one page looks at: more would hold up the event loop. */
const mostScanned = 50_000;

/** A stretch of the feed, without the age of the mirror. */
export type FeedAnswer = Omit<DirectoryChanges, 'mirror'>;

/**
 * Reads the change feed of a mirror. Page by page from `start`, it tells all that stood there as created, and then each
 * change since: who applies all in order, any number of times, ends up with the mirror. With `kinds` a page may have fewer
 * changes than its limit, even none, while there is more.
 * @throws ToolError INPUT_INVALID, SYNC_RESET; NOT_FOUND where the first sync has not ended.
 */
export function changesIn(db: DatabaseSync | undefined, query: ChangesQuery, now: number): FeedAnswer {
  if (db === undefined) throw neverSynced();
  // One state of the mirror for all that a page reads.
  db.exec('BEGIN');
  try {
    return pageOf(db, query, now);
  } finally {
    db.exec('ROLLBACK');
  }
}

/** Where the feed of a mirror stands. */
interface Standing {
  readonly mirrorId: string;
  /** The last change there ever was. */
  readonly latest: number;
  /** The changes up to this one are erased. */
  readonly erased: number;
  /** Milliseconds since the Unix epoch. */
  readonly syncedAt: number;
}

function pageOf(db: DatabaseSync, { since, kinds, limit }: ChangesQuery, now: number): FeedAnswer {
  if (!isComplete(db)) throw neverSynced();
  const standing = standingOf(db, now);
  const { latest } = standing;
  const start = startOf(db, since, standing);
  const page = new FeedPage(limit);
  const wants = (kind: DirectoryChange['kind']) => kinds === undefined || kinds.includes(kind);
  const time = new Date(standing.syncedAt).toISOString();
  let place = readBase(db, start.place, { page, time, wants });
  if (place.base === undefined && page.room > 0) place = readChanges(db, place, { page, kinds, latest });
  const warnings = [start.warning ?? [], page.isCut ? cutWarning : []].flat();
  return {
    items: page.items,
    nextCursor: cursorOf(place),
    more: place.base !== undefined || place.sequence < latest,
    ...(warnings.length === 0 ? {} : { warnings }),
  };
}

const cutWarning = 'Cut at 64 KB, before pageSize was reached; nextCursor goes on there.';

const standingRow = z.object({
  mirrorId: z.string(),
  erased: z.number(),
  syncedAt: z.number().nullable(),
  latest: z.number(),
});

function standingOf(db: DatabaseSync, now: number): Standing {
  const row = db
    .prepare(
      `SELECT id AS mirrorId, erased, syncedAt,
         max(erased, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'changes'), 0)) AS latest
       FROM internal_mirror`,
    )
    .get();
  const { syncedAt, ...rest } = standingRow.parse(row);
  return { ...rest, syncedAt: syncedAt ?? now };
}

function startOf(
  db: DatabaseSync,
  since: string,
  standing: Standing,
): { readonly place: Place; readonly warning?: string } {
  const { mirrorId, latest, erased } = standing;
  if (since === 'start') return { place: { mirrorId, sequence: latest, base: { table: 'users', rowid: 0 } } };
  const place = placeOf(since);
  if (place === undefined) return sinceMoment(db, since, standing);
  if (place.mirrorId !== mirrorId) throw reset('It belongs to a mirror that is no longer there.');
  if (place.sequence > latest) throw noPlace('cursor');
  if (place.sequence < erased) throw reset('Changes after it are no longer kept.');
  return { place };
}

function sinceMoment(
  db: DatabaseSync,
  since: string,
  { mirrorId, latest, erased, syncedAt }: Standing,
): { readonly place: Place; readonly warning?: string } {
  if (!moment.safeParse(since).success) throw noPlace('since');
  const iso = new Date(since).toISOString();
  const { first } = db.prepare('SELECT min(sequence) AS first FROM changes WHERE time >= ?').get(iso) ?? {};
  const place = { mirrorId, sequence: typeof first === 'number' ? first - 1 : latest };
  const isKept =
    erased === 0 ||
    Date.parse(since) > syncedAt - changesKeptMs ||
    db.prepare('SELECT 1 FROM changes WHERE time < ? LIMIT 1').get(iso) !== undefined;
  return isKept
    ? { place }
    : { place, warning: 'Changes are kept for 90 days: those before the first one here are erased.' };
}

interface ChangesReading {
  readonly page: FeedPage;
  readonly kinds: ChangesQuery['kinds'];
  readonly latest: number;
}

function readChanges(db: DatabaseSync, place: Place, { page, kinds, latest }: ChangesReading): Place {
  const { mirrorId } = place;
  const last = kinds === undefined ? latest : Math.min(latest, place.sequence + mostScanned);
  // By name: Node 22.13 binds a numbered parameter by its name alone.
  const rows = db
    .prepare(
      `SELECT sequence, time, kind, id, memberId, memberType, fields FROM changes
       WHERE sequence > :after AND sequence <= :last AND (:kinds IS NULL OR kind IN (SELECT value FROM json_each(:kinds)))
       ORDER BY sequence LIMIT :limit`,
    )
    .all({
      after: place.sequence,
      last,
      kinds: kinds === undefined ? null : JSON.stringify(kinds),
      limit: page.room + 1,
    });
  let { sequence } = place;
  for (const row of rows) {
    const change = changeOf(row);
    if (!page.add(change)) return { mirrorId, sequence };
    ({ sequence } = change);
  }
  return { mirrorId, sequence: last };
}

const changeRow = z.object({
  sequence: z.number(),
  time: z.string(),
  kind: z.enum(changeKinds),
  id: z.string(),
  memberId: z.string().nullable(),
  memberType: z.string().nullable(),
  fields: z.string().nullable(),
});
const changedFields = z.record(z.string(), fieldChange);

function changeOf(row: unknown): DirectoryChange {
  const { memberId, memberType, fields, ...change } = changeRow.parse(row);
  return {
    ...change,
    ...(memberId === null ? {} : { memberId }),
    ...(memberType === null ? {} : { memberType }),
    ...(fields === null ? {} : { fields: changedFields.parse(JSON.parse(fields)) }),
  };
}

function noPlace(field: 'since' | 'cursor'): ToolError {
  return new ToolError('INPUT_INVALID', {
    message: `${field} is no place in the change feed.`,
    fix: 'Give as cursor one of list_changes or delta_sync unchanged, or as since an ISO 8601 time such as 2026-03-01T08:00:00Z, or start.',
    detail: { field },
  });
}

function reset(why: string): ToolError {
  return new ToolError('SYNC_RESET', {
    message: `The change feed cannot go on from this cursor. ${why}`,
    fix: 'Begin again with since set to start, without a cursor: it tells all that stands in the directory now.',
  });
}
