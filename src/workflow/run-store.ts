import { type RunKind, type RunStatus, type RunUser, ToolError } from '../contract/index.ts';
import { isGone, leaseMs, type RunTable, type StateStore } from '../store/index.ts';
import type { WorkflowParts } from './parts.ts';

/** A stored run. */
export type RunRow = RunTable;

/** What is read of a run to say whose it is and where it stands: nothing that is long. */
export const headColumns = [
  'tenant_id',
  'id',
  'kind',
  'subject',
  'user',
  'status',
  'waiting_for',
  'created_at',
  'start_at',
  'ended_at',
  'lease_owner',
  'lease_until',
] as const satisfies readonly (keyof RunRow)[];
export type RunHead = Pick<RunRow, (typeof headColumns)[number]>;

/** Statuses of runs that are not over. */
export const openStatuses: readonly RunStatus[] = ['scheduled', 'running', 'waiting'];

/** A run to be kept. */
export interface NewRun {
  readonly kind: RunKind;
  readonly planId: string;
  readonly requester: string;
  readonly subject: string;
  readonly user?: Partial<RunUser>;
  readonly facts: unknown;
  readonly status: 'scheduled' | 'running' | 'waiting';
  readonly parentId?: string;
  readonly undoesId?: string;
  /** Milliseconds since the epoch. */
  readonly startAt?: number;
}

/**
 * Keeps a run. Only one may be open for a subject; the run that an undo takes back is closed in the same transaction.
 * @throws ToolError CONFLICT where another is open.
 */
export async function createRun(parts: WorkflowParts, run: NewRun): Promise<RunRow> {
  const row = rowOf(parts, run);
  await insertRuns(parts, [row]);
  return row;
}

/** Keeps a run of many together with its single runs: all of them or none. @throws ToolError CONFLICT. */
export async function createRuns(parts: WorkflowParts, whole: NewRun, singles: readonly NewRun[]): Promise<RunRow> {
  const parent = rowOf(parts, whole);
  await insertRuns(parts, [parent, ...singles.map((run) => rowOf(parts, { ...run, parentId: parent.id }))]);
  return parent;
}

async function insertRuns({ store, tenantId, clock }: WorkflowParts, rows: readonly RunRow[]): Promise<void> {
  await store.transaction().execute(async (tx) => {
    for (const row of rows) {
      if (row.undoes_id !== null) await closeForUndo(tx, tenantId, row.undoes_id, clock.now());
      const open = await openRunOf(tx, tenantId, row.subject);
      if (open !== undefined) throw alreadyOpen(open);
      await tx.insertInto('runs').values(row).execute();
    }
  });
}

function rowOf(parts: WorkflowParts, run: NewRun): RunRow {
  const { clock, random, tenantId } = parts;
  return {
    tenant_id: tenantId,
    id: Buffer.from(random.bytes(16)).toString('hex'),
    kind: run.kind,
    plan_id: run.planId,
    parent_id: run.parentId ?? null,
    undoes_id: run.undoesId ?? null,
    requester: run.requester,
    subject: run.subject.toLowerCase(),
    user: run.user === undefined ? null : JSON.stringify(run.user),
    status: run.status,
    facts: JSON.stringify(run.facts),
    decisions: '{}',
    waiting_for: null,
    closing: '{}',
    created_at: clock.now(),
    start_at: run.startAt ?? null,
    ended_at: null,
    stop_asked: 0,
    ...(run.status === 'running' ? leaseOf(parts) : { lease_owner: null, lease_until: null }),
  };
}

/** The lease of this process, from now. */
export function leaseOf({ owner, clock }: WorkflowParts): Pick<RunRow, 'lease_owner' | 'lease_until'> {
  return { lease_owner: owner, lease_until: clock.now() + leaseMs };
}

/** The open run of a subject, if there is one. */
export async function openRunOf(db: StateStore, tenantId: string, subject: string): Promise<RunRow | undefined> {
  return db
    .selectFrom('runs')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('subject', '=', subject.toLowerCase())
    .where('status', 'in', openStatuses)
    .executeTakeFirst();
}

/** Said where a subject has an open run already. */
export function alreadyOpen(open: RunRow): ToolError {
  return new ToolError('CONFLICT', {
    message: `Another run for this account is ${open.status}; one at a time may be open.`,
    fix:
      open.status === 'running'
        ? 'Wait for its end: get_run tells how far it is.'
        : 'See it with get_run, then go on with it (resume_run) or end it (cancel_run).',
    detail: { runId: open.id, status: open.status },
  });
}

async function closeForUndo(db: StateStore, tenantId: string, id: string, now: number): Promise<void> {
  await db
    .updateTable('runs')
    .set({ status: 'cancelled', waiting_for: null, ended_at: now, lease_owner: null, lease_until: null })
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .where('status', 'in', ['scheduled', 'waiting', 'failed', 'running'])
    .execute();
}

/** A run of this requester; anyone else's does not exist for them. @throws ToolError NOT_FOUND. */
export async function findRun(db: StateStore, tenantId: string, id: string, requester?: string): Promise<RunRow> {
  const row = await db
    .selectFrom('runs')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined || (requester !== undefined && row.requester !== requester)) {
    throw new ToolError('NOT_FOUND', {
      message: 'There is no run with this id.',
      fix: 'Use a runId that a change answered, or find it with list_runs.',
    });
  }
  return row;
}

/** The run that a plan began, or the one that holds its runs. */
export async function runOfPlan(db: StateStore, tenantId: string, planId: string): Promise<RunRow | undefined> {
  return db
    .selectFrom('runs')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('plan_id', '=', planId)
    .where('parent_id', 'is', null)
    .executeTakeFirst();
}

/** The single runs of a run of many, in the order they were made. */
export async function childrenOf(db: StateStore, tenantId: string, id: string): Promise<RunRow[]> {
  return db
    .selectFrom('runs')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('parent_id', '=', id)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

/** Changes a run while this process holds it. False where another has taken it over. */
export async function updateRun(
  parts: Pick<WorkflowParts, 'store' | 'owner'>,
  row: Pick<RunRow, 'tenant_id' | 'id'>,
  change: Partial<RunRow>,
): Promise<boolean> {
  const changed = await parts.store
    .updateTable('runs')
    .set(change)
    .where('tenant_id', '=', row.tenant_id)
    .where('id', '=', row.id)
    .where('lease_owner', '=', parts.owner)
    .executeTakeFirst();
  return changed.numUpdatedRows === 1n;
}

/**
 * Takes a run that nobody runs: it waits, is scheduled, has failed, or its process is gone. Of two callers one gets it.
 * @throws ToolError CONFLICT where another process runs it.
 */
export async function claimRun(parts: WorkflowParts, row: RunRow): Promise<RunRow> {
  if (isHeld(row, parts)) throw underWay(row);
  if (row.status === 'cancelled' || row.stop_asked === 1) throw wasCancelled();
  const lease = leaseOf(parts);
  const then = { ...lease, status: 'running' as const, waiting_for: null, stop_asked: 0, ended_at: null };
  const claimed = await parts.store
    .updateTable('runs')
    .set(then)
    .where('tenant_id', '=', row.tenant_id)
    .where('id', '=', row.id)
    .where('status', '=', row.status)
    .where('stop_asked', '=', 0)
    .where('lease_owner', 'is', row.lease_owner)
    .where('lease_until', 'is', row.lease_until)
    .executeTakeFirst();
  if (claimed.numUpdatedRows === 1n) return { ...row, ...then };
  throw underWay(row);
}

/** Said of a run that somebody ended. */
export function wasCancelled(): ToolError {
  return new ToolError('CONFLICT', {
    message: 'This run was cancelled or taken back, so it does not go on.',
    fix: 'Ask for the change anew; undo_offboarding takes back what an offboarding did.',
  });
}

/** Said of a run that a process is busy with. */
export function underWay(row: RunRow): ToolError {
  return new ToolError('CONFLICT', {
    message: 'The run is under way.',
    fix: 'Wait for its end: get_run tells how far it is. cancel_run stops it after the step under way.',
    detail: { runId: row.id },
  });
}

/** True while a process that is alive runs it. */
export function isHeld(row: RunHead, { clock, owner }: Pick<WorkflowParts, 'clock' | 'owner'>): boolean {
  if (row.status !== 'running') return false;
  return (row.lease_until ?? 0) > clock.now() && !isGone(row.lease_owner, owner);
}
