import { join } from 'node:path';
import { Kysely } from 'kysely';
import { keyFolder, privateFile, type TenantFolder } from './folders.ts';
import { sqliteDialect } from './sqlite.ts';

/** Wrong approver PINs in a row, on the approval pages of all who share a key. No row: none. */
interface PinAttemptTable {
  /** Always 1: a key has one count. */
  id: number;
  failures: number;
  /** Milliseconds since the Unix epoch: no PIN is looked at before that. 0 where nothing is locked. */
  locked_until: number;
}

export type PinAttemptStore = Kysely<{ pin_attempts: PinAttemptTable }>;

/**
 * Opens the count of wrong PINs that lies beside the key they were tried on, made where it is missing. Several processes may
 * have it open. Close it with `destroy`.
 */
export async function openPinAttempts(tenant: TenantFolder): Promise<PinAttemptStore> {
  const file = privateFile(join(keyFolder(tenant), 'pin-attempts.db'));
  const db: PinAttemptStore = new Kysely({ dialect: sqliteDialect(file) });
  await db.schema
    .createTable('pin_attempts')
    .ifNotExists()
    .addColumn('id', 'integer', (c) => c.primaryKey())
    .addColumn('failures', 'integer', (c) => c.notNull())
    .addColumn('locked_until', 'bigint', (c) => c.notNull())
    .execute();
  return db;
}
