import {
  type Approver,
  endedPlans,
  isWhole,
  type OpenTenant,
  openPlans,
  type PlanRow,
  provenDecision,
  sealedHandoffs,
  viewOf,
} from '../approval/index.ts';
import { type Clock, type PlanState, ToolError, visible } from '../contract/index.ts';
import type { Board, HandoffEntry, PlanEntry } from './wire.ts';

/** So many plans of the past are listed. */
const most = 30;

/** All that the tenant's approver has to look at. */
export async function boardOf(open: OpenTenant, approver: Approver, clock: Clock): Promise<Board> {
  const { tenant, store } = open;
  const now = clock.now();
  const waiting = await openPlans(store, tenant.tenantId, now);
  const ended = await endedPlans(store, tenant.tenantId, most);
  return {
    now,
    tenant: { id: tenant.tenantId, demo: tenant.demo },
    waiting: await Promise.all(waiting.map((row) => entryOf(open, row, approver))),
    ended: await Promise.all(ended.map((row) => entryOf(open, row, approver))),
    handoffs: await handoffsOf(open, now),
  };
}

/** A plan as a list shows it: of one that was edited, that alone. */
export async function entryOf({ store }: OpenTenant, row: PlanRow, approver: Approver): Promise<PlanEntry> {
  const times = { createdAt: row.created_at, expiresAt: row.expires_at };
  if (!isWhole(row)) {
    const summary = 'This plan was edited after it was made';
    return { id: row.id, tool: '?', risk: [], summary, requester: '?', state: row.state, ...times, edited: true };
  }
  const { id, tool, risk, summary, requester } = viewOf(row);
  const plan = { tenantId: row.tenant_id, planId: id, binding: row.binding };
  const isOpen = row.state === 'pending' || row.state === 'approved';
  const { proven, isUnknown } = isOpen ? await decisionOn(store, plan, approver) : {};
  // A row set to approved by hand is not approved.
  const state: PlanState = row.state === 'approved' && proven?.decision !== 'approve' ? 'pending' : row.state;
  const approvals =
    proven?.approvals === undefined
      ? {}
      : { approvals: { by: proven.approvals.by.map(({ name }) => name), needed: proven.approvals.needed } };
  return {
    id,
    tool,
    risk,
    summary,
    requester,
    state,
    ...times,
    edited: false,
    ...approvals,
    ...(isUnknown === true ? { isUnknown } : {}),
  };
}

interface FoundDecision {
  readonly proven?: Awaited<ReturnType<typeof provenDecision>>;
  readonly isUnknown?: true;
}

/** Where Entra cannot be asked for its keys, all else of a plan can be shown. */
async function decisionOn(...given: Parameters<typeof provenDecision>): Promise<FoundDecision> {
  try {
    return { proven: await provenDecision(...given) };
  } catch (error) {
    if (error instanceof ToolError && (error.code === 'UPSTREAM' || error.code === 'THROTTLED'))
      return { isUnknown: true };
    throw error;
  }
}

/** What was sealed and can still be opened; `planId`: for that plan alone. */
export async function handoffsOf(
  { tenant, store }: OpenTenant,
  now: number,
  planId?: string,
): Promise<readonly HandoffEntry[]> {
  const rows = await sealedHandoffs(store, tenant.tenantId, now);
  return rows
    .filter((row) => planId === undefined || row.plan_id === planId)
    .map(({ id, plan_id, kind, subject, expires_at }) => ({
      ...{ id, kind, subject: visible(subject) },
      ...{ planId: plan_id, expiresAt: expires_at },
    }));
}
