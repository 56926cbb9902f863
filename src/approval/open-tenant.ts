import { type Clock, type PlanView, ToolError } from '../contract/index.ts';
import type { HandoffTable, StateStore, TenantFolder } from '../store/index.ts';
import { appendAudit } from './audit.ts';
import { sha256 } from './canonical.ts';
import { type Decision, signDecision } from './decisions.ts';
import { findHandoff, openHandoff } from './handoffs.ts';
import type { UnlockedKeys } from './keys.ts';
import { expireIfDue, findPlan, movePlan, type PlanRow, viewOf } from './plans.ts';

/** One tenant's state, opened for a human who decides: it needs no credentials. */
export interface OpenTenant {
  readonly tenant: TenantFolder;
  readonly store: StateStore;
}

/** A plan as a human read it. */
export interface ReadPlan {
  readonly view: PlanView;
  /** Hash of all that a decision would bind: what is signed later must still be this. */
  readonly bound: string;
}

/** Where a human decides. Both come to the same signature; the audit trail says which it was. */
export type HumanChannel = 'terminal' | 'page';

/** A decision that a human is about to sign. */
export interface Deciding {
  readonly planId: string;
  readonly decision: Decision;
  readonly through: HumanChannel;
  /** `bound` of what they read; a plan that is another by now is not decided. */
  readonly bound?: string;
  /** Opens the keys for the moment of signing. Asked only where the plan still is what they read. */
  unlocked(): Promise<UnlockedKeys>;
}

/** A plan as it stands now. @throws ToolError NOT_FOUND, CONFLICT (edited). */
export async function storedPlan({ tenant, store }: OpenTenant, planId: string, clock: Clock): Promise<PlanRow> {
  const row = await findPlan(store, tenant.tenantId, planId);
  if (!isWhole(row)) throw edited();
  return expireIfDue(store, row, clock.now());
}

/** What a human reads of a plan, and what their decision would bind. */
export function readingOf(row: PlanRow): ReadPlan {
  return { view: viewOf(row), bound: sha256(row.binding) };
}

/** Signs and keeps a human's decision. @throws ToolError NOT_PERMITTED (wrong PIN), NOT_FOUND, CONFLICT, PLAN_EXPIRED. */
export async function decideIn(open: OpenTenant, deciding: Deciding, clock: Clock): Promise<void> {
  const { tenant, store } = open;
  const { planId, decision } = deciding;
  const found = await storedPlan(open, planId, clock);
  if (deciding.bound !== undefined && sha256(found.binding) !== deciding.bound) throw edited();
  const keys = await deciding.unlocked();
  const now = clock.now();
  const row = await expireIfDue(store, found, now);
  refuseDecided(row);
  const plan = { tenantId: tenant.tenantId, planId, binding: row.binding };
  const signed = signDecision(plan, decision, keys, now);
  await store.transaction().execute(async (tx) => {
    const to = decision === 'approve' ? 'approved' : 'denied';
    // `approved` again: a row that nobody signed for is not approved, whatever it says.
    if (!(await movePlan(tx, row, ['pending', 'approved'], to, { decided_at: now }))) throw decidedMeanwhile();
    await tx.deleteFrom('approvals').where('tenant_id', '=', row.tenant_id).where('plan_id', '=', planId).execute();
    await tx
      .insertInto('approvals')
      .values({
        tenant_id: row.tenant_id,
        plan_id: planId,
        decision,
        key_id: signed.keyId,
        statement: signed.statement,
        signature: signed.signature,
        decided_at: now,
      })
      .execute();
    const body = {
      decision,
      by: 'approver PIN',
      through: deciding.through,
      keyId: signed.keyId,
      statement: signed.statement,
      signature: signed.signature,
    };
    await appendAudit(tx, { tenantId: row.tenant_id, at: now, kind: 'decision', planId, body });
  });
}

/** A sealed secret, opened. */
export interface OpenedHandoff {
  readonly kind: string;
  readonly subject: string;
  readonly secret: string;
}

/** Opens a sealed secret, once. @throws ToolError NOT_PERMITTED (wrong PIN), NOT_FOUND, CONFLICT, PLAN_EXPIRED. */
export async function revealIn(
  { tenant, store }: OpenTenant,
  handoffId: string,
  unlocked: () => Promise<UnlockedKeys>,
  clock: Clock,
): Promise<OpenedHandoff> {
  const row: HandoffTable = await findHandoff(store, tenant.tenantId, handoffId, clock.now());
  const keys = await unlocked();
  return { kind: row.kind, subject: row.subject, secret: await openHandoff(store, row, keys, clock.now()) };
}

/** What the approver reads must be what the signature binds: false where the row was edited after it was made. */
export function isWhole(row: PlanRow): boolean {
  const bound = JSON.parse(row.binding);
  return (
    bound.shown === sha256(row.view) &&
    bound.args === sha256(row.args) &&
    bound.subjects === sha256(row.subjects) &&
    bound.facts === row.facts_hash &&
    bound.risk === row.risk &&
    bound.expiresAt === row.expires_at &&
    bound.requester === row.requester
  );
}

function edited(): ToolError {
  return new ToolError('CONFLICT', {
    message: 'This plan was edited after it was made, so it cannot be approved.',
    fix: 'Treat it as an incident: somebody wrote into the state folder. Run entra-mcp audit verify.',
  });
}

/** @throws ToolError PLAN_EXPIRED, CONFLICT where nothing is left to decide. */
export function refuseDecided(row: PlanRow): void {
  if (row.state === 'pending' || row.state === 'approved') return;
  if (row.state === 'expired') {
    throw new ToolError('PLAN_EXPIRED', { message: 'This plan has expired.', fix: 'Ask for the change again.' });
  }
  throw new ToolError('CONFLICT', {
    message: `This plan is already ${row.state.replace('_', ' ')}.`,
    fix: 'Nothing is left to decide.',
  });
}

function decidedMeanwhile(): ToolError {
  return new ToolError('CONFLICT', {
    message: 'This plan was decided or applied a moment ago.',
    fix: 'Run entra-mcp plans to see what still waits.',
  });
}
