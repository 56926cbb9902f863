import type { StateStore } from '../store/index.ts';
import type { WorkflowParts } from './parts.ts';
import { isHeld, type RunRow } from './run-store.ts';

/** Runs whose time has come, or comes: of one person or of many, soonest first. */
export async function scheduledRuns(db: StateStore, tenantId: string): Promise<RunRow[]> {
  return db
    .selectFrom('runs')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('status', '=', 'scheduled')
    .where('parent_id', 'is', null)
    .orderBy('start_at')
    .execute();
}

/** Runs that a process left in the middle: they wait for `resume_run`. */
export async function interruptedRuns(
  parts: Pick<WorkflowParts, 'store' | 'tenantId' | 'clock' | 'owner'>,
): Promise<RunRow[]> {
  const rows = await parts.store
    .selectFrom('runs')
    .selectAll()
    .where('tenant_id', '=', parts.tenantId)
    .where('status', '=', 'running')
    .execute();
  return rows.filter((row) => !isHeld(row, parts));
}

/** Lets a run wait whose time has come and which cannot go on without a human. */
export async function parkRun(db: StateStore, row: RunRow, why: string): Promise<void> {
  await db
    .updateTable('runs')
    .set({ status: 'waiting', waiting_for: why })
    .where('tenant_id', '=', row.tenant_id)
    .where('id', '=', row.id)
    .where('status', '=', 'scheduled')
    .execute();
}
