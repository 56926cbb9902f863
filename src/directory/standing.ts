import type { DatabaseSync } from 'node:sqlite';
import type { MirrorAge } from '../contract/index.ts';

/** How old a mirror is; of a tenant that was never synced, where there is no mirror. */
export function ageOf(db: DatabaseSync | undefined, now: number): MirrorAge {
  if (db === undefined) return { complete: false };
  const { syncedAt } = db.prepare('SELECT syncedAt FROM internal_mirror').get() ?? {};
  const complete = isComplete(db);
  if (typeof syncedAt !== 'number') return { complete };
  const ageSeconds = Math.max(0, Math.round((now - syncedAt) / 1000));
  return { syncedAt: new Date(syncedAt).toISOString(), ageSeconds, complete };
}

/** Whether the first sync has ended for users and for groups. */
export function isComplete(db: DatabaseSync): boolean {
  return (
    db.prepare('SELECT usersComplete AND groupsComplete AS complete FROM internal_mirror').get()?.['complete'] === 1
  );
}
