import {
  type ChangeAnswer,
  canonicalJson,
  type PlanState,
  type PlanView,
  planView,
  ToolError,
} from '../contract/index.ts';
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

/** @throws ToolError LIMIT_REACHED where too many plans of this requester wait already. */
export async function refuseTooMany(db: StateStore, row: PlanRow): Promise<void> {
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
  if (waiting.length < pendingLimit || soonest === undefined) return;
  throw new ToolError('LIMIT_REACHED', {
    message: `${pendingLimit} plans are already waiting for an approval.`,
    fix: 'Have a human approve or deny them (entra-mcp plans lists them), or wait until one expires.',
    retryAfterMs: soonest.expires_at - row.created_at,
  });
}

/**
 * @throws ToolError PLAN_DENIED where a human denied the same change a short while ago: the same arguments, whatever
 * the reason says now, or other arguments that come to the same facts.
 */
export async function refuseDenied(db: StateStore, row: PlanRow): Promise<void> {
  const denials = await db
    .selectFrom('plans')
    .select(['decided_at', 'args', 'facts_hash'])
    .where('tenant_id', '=', row.tenant_id)
    .where('requester', '=', row.requester)
    .where('state', '=', 'denied')
    .where('tool', '=', row.tool)
    .where('decided_at', '>', row.created_at - denialMs)
    .orderBy('decided_at', 'desc')
    .execute();
  const asked = withoutReason(row.args);
  const same = denials.find((one) => one.facts_hash === row.facts_hash || withoutReason(one.args) === asked);
  if (same === undefined || same.decided_at === null) return;
  throw new ToolError('PLAN_DENIED', {
    message: 'A human denied this change a short while ago.',
    fix: 'Ask the user what they want instead. The same change can be asked for again 15 minutes after the denial.',
    retryAfterMs: same.decided_at + denialMs - row.created_at,
  });
}

function withoutReason(args: string): string {
  const { reason: _, ...rest } = JSON.parse(args);
  return canonicalJson(rest);
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

/**
 * Moves a plan from one state to another, if it still is in the first: of two callers only one gets true. With `holder`,
 * only while that process holds the plan's lease.
 */
export async function movePlan(
  db: StateStore,
  row: Pick<PlanRow, 'tenant_id' | 'id'>,
  from: readonly PlanState[],
  to: PlanState,
  also: Partial<Pick<PlanRow, 'decided_at' | 'lease_owner' | 'lease_until' | 'outcome'>> = {},
  holder?: string | null,
): Promise<boolean> {
  const moving = db
    .updateTable('plans')
    .set({ state: to, ...also })
    .where('tenant_id', '=', row.tenant_id)
    .where('id', '=', row.id)
    .where('state', 'in', from);
  const moved = await (holder == null ? moving : moving.where('lease_owner', '=', holder)).executeTakeFirst();
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

/** Plans that wait for a human or are being applied, oldest first; those past their time are over by now. */
export async function openPlans(db: StateStore, tenantId: string, now: number): Promise<PlanRow[]> {
  const rows = await db
    .selectFrom('plans')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('state', 'in', ['pending', 'approved', 'applying'])
    .orderBy('created_at')
    .execute();
  const looked = await Promise.all(rows.map((row) => expireIfDue(db, row, now)));
  return looked.filter(({ state }) => state !== 'expired');
}

/** Plans that came to an end, newest first. */
export async function endedPlans(db: StateStore, tenantId: string, count: number): Promise<PlanRow[]> {
  return db
    .selectFrom('plans')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('state', 'not in', ['pending', 'approved', 'applying'])
    .orderBy('created_at', 'desc')
    .limit(count)
    .execute();
}

/** A plan past its time is over, whoever looks first. */
export async function expireIfDue(db: StateStore, row: PlanRow, now: number): Promise<PlanRow> {
  if (row.expires_at > now || (row.state !== 'pending' && row.state !== 'approved')) return row;
  await movePlan(db, row, ['pending', 'approved'], 'expired');
  return { ...row, state: 'expired' };
}
