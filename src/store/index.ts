import { join } from 'node:path';
import { Kysely } from 'kysely';
import { privateFile, type TenantFolder } from './folders.ts';
import { migrate } from './migrations.ts';
import { sqliteDialect } from './sqlite.ts';
import type { StateTables } from './tables.ts';

export * from './folders.ts';
export { isGone, leaseMs } from './owner.ts';
export { openPinAttempts, type PinAttemptStore } from './pin-attempts.ts';
export type * from './tables.ts';
export { holdsString } from './text-search.ts';

/** The state of one tenant: plans, approvals, handoffs, audit. */
export type StateStore = Kysely<StateTables>;

/** Opens a tenant's state, in the newest shape. Several processes may have it open. Close it with `destroy`. `committed` is called after each transaction. */
export async function openState(tenant: TenantFolder, committed?: () => void): Promise<StateStore> {
  const file = privateFile(join(tenant.folder, 'state.db'));
  const db = new Kysely<StateTables>({ dialect: sqliteDialect(file, committed) });
  await migrate(db);
  return db;
}
