import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type Clock, ToolError } from '../../contract/index.ts';
import { isGone } from '../../store/index.ts';
import { Undelivered } from './sink.ts';

/** The event loop waits this long for another writer; after that the sink does. */
const patienceMs = 100;

/**
 * Where each sink stands in the feed. One process at a time delivers to a sink.
 * All throw Undelivered while a sync writes, and ToolError CONFLICT where another process has the sink.
 */
export interface SinkCursors {
  /** Takes the sink for at least `ms` milliseconds, or keeps it for so long; tells where it stands. */
  take(identity: string, ms: number): Promise<string | undefined>;
  /** Moves a sink on that was taken, and keeps it for at least `ms` milliseconds. */
  set(identity: string, cursor: string, ms: number): Promise<void>;
  /** Lets others have it. */
  free(identity: string): Promise<void>;
}

export interface CursorsOptions {
  /** The file of the mirror. */
  readonly file: string;
  /** This process: `host:pid:nonce`. */
  readonly owner: string;
  readonly clock: Clock;
}

/** The places that the mirror itself keeps. Each is written on a connection of its own, beside the sync's. */
export function sinkCursors({ file, owner, clock }: CursorsOptions): SinkCursors {
  return {
    async take(identity, ms) {
      return writing(file, (db) => {
        const now = clock.now();
        const row = db
          .prepare('SELECT cursor, leaseOwner, leaseUntil FROM internal_sinks WHERE name = ?')
          .get(identity);
        const { cursor = null, leaseOwner = null, leaseUntil = null } = row ?? {};
        const holder = typeof leaseOwner === 'string' && Number(leaseUntil) > now ? leaseOwner : null;
        if (holder !== null && holder !== owner && !isGone(holder, owner)) throw taken();
        db.prepare(
          `INSERT INTO internal_sinks (name, updatedAt, leaseOwner, leaseUntil) VALUES (?, ?, ?, ?)
           ON CONFLICT (name) DO UPDATE SET leaseOwner = excluded.leaseOwner, leaseUntil = excluded.leaseUntil`,
        ).run(identity, now, owner, now + ms);
        return typeof cursor === 'string' ? cursor : undefined;
      });
    },
    async set(identity, cursor, ms) {
      writing(file, (db) => {
        const now = clock.now();
        const { changes } = db
          .prepare(
            'UPDATE internal_sinks SET cursor = ?, updatedAt = ?, leaseUntil = ? WHERE name = ? AND leaseOwner = ?',
          )
          .run(cursor, now, now + ms, identity, owner);
        if (changes === 0) throw taken();
      });
    },
    async free(identity) {
      writing(file, (db) => {
        db.prepare(
          'UPDATE internal_sinks SET leaseOwner = NULL, leaseUntil = NULL WHERE name = ? AND leaseOwner = ?',
        ).run(identity, owner);
      });
    },
  };
}

function writing<T>(file: string, work: (db: DatabaseSync) => T): T {
  if (!existsSync(file)) throw missing();
  const db = new DatabaseSync(file);
  try {
    db.exec(`PRAGMA busy_timeout = ${patienceMs}; PRAGMA synchronous = FULL; BEGIN IMMEDIATE;`);
    const result = work(db);
    db.exec('COMMIT');
    return result;
  } catch (error) {
    throw isBusy(error) ? new Undelivered('waits for a sync to let its place be kept', { cause: error }) : error;
  } finally {
    // What is not committed is rolled back.
    db.close();
  }
}

function isBusy(error: unknown): boolean {
  // SQLITE_BUSY and its kinds [sqlite.org/rescode.html]
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 5;
}

function missing(): ToolError {
  return new ToolError('NOT_FOUND', {
    message: 'There is no mirror of the directory.',
    fix: 'Call delta_sync first: delivery begins with all that stands in the directory.',
  });
}

function taken(): ToolError {
  return new ToolError('CONFLICT', {
    message: 'Another process delivers to the same target.',
    fix: 'Wait for it to end, or stop it. One process at a time delivers to a target.',
  });
}
