import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type Clock, ToolError } from '../../contract/index.ts';
import { readMirror } from '../mirror-file.ts';
import { Undelivered } from './sink.ts';

/** The event loop waits this long for another writer; after that the sink does. */
const patienceMs = 100;

/** Where each sink stands in the feed. */
export interface SinkCursors {
  get(identity: string): Promise<string | undefined>;
  /**
   * Moves a sink on from `before`.
   * @throws ToolError CONFLICT where it stands elsewhere: another process delivers to it. Undelivered while a sync writes.
   */
  set(identity: string, cursor: string, before: string | undefined): Promise<void>;
}

/** The places that the mirror itself keeps. Each is written on a connection of its own, beside the sync's. */
export function sinkCursors(file: string, clock: Clock): SinkCursors {
  return {
    async get(identity) {
      const db = readMirror(file);
      try {
        return db === undefined ? undefined : cursorIn(db, identity);
      } finally {
        db?.close();
      }
    },
    async set(identity, cursor, before) {
      if (!existsSync(file)) throw gone();
      const db = new DatabaseSync(file);
      try {
        db.exec(`PRAGMA busy_timeout = ${patienceMs}; PRAGMA synchronous = FULL; BEGIN IMMEDIATE;`);
        if (cursorIn(db, identity) !== before) throw taken();
        db.prepare('INSERT OR REPLACE INTO internal_sinks (name, cursor, updatedAt) VALUES (?, ?, ?)').run(
          ...[identity, cursor, clock.now()],
        );
        db.exec('COMMIT');
      } catch (error) {
        throw isBusy(error) ? new Undelivered('waits for a sync to let its place be kept', { cause: error }) : error;
      } finally {
        // What is not committed is rolled back.
        db.close();
      }
    },
  };
}

function cursorIn(db: DatabaseSync, identity: string): string | undefined {
  const row = db.prepare('SELECT cursor FROM internal_sinks WHERE name = ?').get(identity);
  return row === undefined ? undefined : String(row['cursor']);
}

function isBusy(error: unknown): boolean {
  // SQLITE_BUSY and its kinds [sqlite.org/rescode.html]
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 5;
}

function gone(): ToolError {
  return new ToolError('CONFLICT', {
    message: 'The mirror of the directory was removed while changes were delivered.',
    fix: 'Start again: the next sync makes a new one, and delivery begins with all that stands in the directory.',
  });
}

function taken(): ToolError {
  return new ToolError('CONFLICT', {
    message: 'Another process delivers to the same target.',
    fix: 'Let one process deliver to each target.',
  });
}
