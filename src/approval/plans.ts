import { type ChangeAnswer, type PlanState, type PlanView, planView, ToolError } from '../contract/index.ts';
import type { PlanTable, StateStore } from '../store/index.ts';

/** A stored plan. */
export type PlanRow = PlanTable;

/** A requester may have this many plans waiting. */
const pendingLimit = 10;

/** A denied change cannot be asked for again for this long. */
const denialMs = 15 * 60 * 1000;

/** How a plan ended: the answer of the tool, or the error. */
export type Outcome =
  | { readonly kind: 'answer'; readonly answer: ChangeAnswer }
  | { readonly kind: 'error'; readonly error: Readonly<Record<string, unknown>> };

/** What the client is shown of a stored plan. */
export function viewOf(row: PlanRow): PlanView {
  return planView.parse(JSON.parse(row.view));
}

/** Keeps a new plan. @throws ToolError LIMIT_REACHED, PLAN_DENIED. */
export async function insertPlan(db: StateStore, row: PlanRow): Promise<void> {
  const waiting = await db
    .selectFrom('plans')
    .select(['id', 'expires_at'])
    .where('tenant_id', '=', row.tenant_id)
    .where('requester', '=', row.requester)
    .where('state', '=', 'pending')
    .where('expires_at', '>', row.created_at)
    .orderBy('expires_at')
    .execute();
  const [soonest] = waiting;
  if (waiting.length >= pendingLimit && soonest !== undefined) {
    throw new ToolError('LIMIT_REACHED', {
      message: `${pendingLimit} plans are already waiting for an approval.`,
      fix: 'Have a human approve or deny them (entra-mcp plans lists them), or wait until one expires.',
      retryAfterMs: soonest.expires_at - row.created_at,
    });
  }
  await db.insertInto('plans').values(row).execute();
}

/** @throws ToolError PLAN_DENIED where a human denied the same change a short while ago. */
export async function refuseDenied(
  db: StateStore,
  asked: { tenantId: string; requester: string; tool: string; args: string; now: number },
): Promise<void> {
  const denied = await db
    .selectFrom('plans')
    .select('decided_at')
    .where('tenant_id', '=', asked.tenantId)
    .where('requester', '=', asked.requester)
    .where('state', '=', 'denied')
    .where('tool', '=', asked.tool)
    .where('args', '=', asked.args)
    .where('decided_at', '>', asked.now - denialMs)
    .orderBy('decided_at', 'desc')
    .executeTakeFirst();
  if (denied === undefined || denied.decided_at === null) return;
  throw new ToolError('PLAN_DENIED', {
    message: 'A human denied this change a short while ago.',
    fix: 'Ask the user what they want instead. The same change can be asked for again 15 minutes after the denial.',
    retryAfterMs: denied.decided_at + denialMs - asked.now,
  });
}

/** A plan of this requester; anyone else's does not exist for them. */
export async function findPlan(db: StateStore, tenantId: string, id: string, requester?: string): Promise<PlanRow> {
  const row = await db
    .selectFrom('plans')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined || (requester !== undefined && row.requester !== requester)) {
    throw new ToolError('NOT_FOUND', {
      message: 'There is no plan with this id.',
      fix: 'Use the id of a plan that a change tool answered, or ask for the change again.',
    });
  }
  return row;
}

/** Moves a plan from one state to another, if it still is in the first: of two callers only one gets true. */
export async function movePlan(
  db: StateStore,
  row: Pick<PlanRow, 'tenant_id' | 'id'>,
  from: readonly PlanState[],
  to: PlanState,
  also: Partial<Pick<PlanRow, 'decided_at' | 'lease_owner' | 'lease_until' | 'outcome'>> = {},
): Promise<boolean> {
  const moved = await db
    .updateTable('plans')
    .set({ state: to, ...also })
    .where('tenant_id', '=', row.tenant_id)
    .where('id', '=', row.id)
    .where('state', 'in', from)
    .executeTakeFirst();
  return moved.numUpdatedRows === 1n;
}

/** Plans that wait for a human, oldest first. */
export async function waitingPlans(db: StateStore, tenantId: string, now: number): Promise<PlanRow[]> {
  return db
    .selectFrom('plans')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('state', 'in', ['pending', 'approved', 'applying'])
    .where('expires_at', '>', now)
    .orderBy('created_at')
    .execute();
}

/** A plan past its time is over, whoever looks first. */
export async function expireIfDue(db: StateStore, row: PlanRow, now: number): Promise<PlanRow> {
  if (row.expires_at > now || (row.state !== 'pending' && row.state !== 'approved')) return row;
  await movePlan(db, row, ['pending', 'approved'], 'expired');
  return { ...row, state: 'expired' };
}
