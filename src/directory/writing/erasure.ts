import type { DatabaseSync } from 'node:sqlite';
import { changesKeptMs } from '../retention.ts';

/** Erases changes that are too old. The feed tells from `erased` whether a reader missed some. */
export function eraseOldChanges(db: DatabaseSync, now: number): void {
  const before = new Date(now - changesKeptMs).toISOString();
  const { last } = db.prepare('SELECT max(sequence) AS last FROM changes WHERE time < ?').get(before) ?? {};
  if (typeof last !== 'number') return;
  db.prepare('DELETE FROM changes WHERE sequence <= ?').run(last);
  db.prepare('UPDATE internal_mirror SET erased = max(erased, ?), leavesBytes = 1').run(last);
}

/**
 * What was erased is still in the log that the file is written from: it is emptied now. While somebody reads it cannot be,
 * and the next sync does it.
 */
export function emptyLog(db: DatabaseSync): void {
  if (db.prepare('SELECT leavesBytes FROM internal_mirror').get()?.['leavesBytes'] === 0) return;
  db.exec('PRAGMA busy_timeout = 0');
  const done = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  db.exec('PRAGMA busy_timeout = 15000');
  if (done?.['busy'] === 0) db.exec('UPDATE internal_mirror SET leavesBytes = 0');
}
