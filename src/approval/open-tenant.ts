import { type ApproverSignIn, type Clock, type PlanView, ToolError } from '../contract/index.ts';
import type { HandoffTable, StateStore, TenantFolder } from '../store/index.ts';
import { appendAudit } from './audit.ts';
import { sha256 } from './canonical.ts';
import { type Decision, signDecision } from './decisions.ts';
import { findHandoff, openHandoff } from './handoffs.ts';
import type { UnlockedKeys } from './keys.ts';
import { expireIfDue, findPlan, movePlan, type PlanRow, viewOf } from './plans.ts';
import { checkSignedIn, nonceOf, quorumOf, signedInDecisionsOf } from './signed-in.ts';

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

/** Where a human decides. The audit trail says which it was. */
export type HumanChannel = 'terminal' | 'page';

/** A decision that a human is about to make. */
export interface Deciding {
  readonly planId: string;
  readonly decision: Decision;
  readonly through: HumanChannel;
  /** `bound` of what they read; a plan that is another by now is not decided. */
  readonly bound?: string;
}

/** Opens the keys for the moment of signing. Asked only where the plan still is what they read. */
export type Unlocking = () => Promise<UnlockedKeys>;

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

/** A plan that is about to be decided: still what was read. @throws ToolError NOT_FOUND, CONFLICT. */
async function planOf(open: OpenTenant, { planId, bound }: Deciding, clock: Clock): Promise<PlanRow> {
  const found = await storedPlan(open, planId, clock);
  if (bound !== undefined && sha256(found.binding) !== bound) throw edited();
  return found;
}

/** Signs and keeps a human's decision. @throws ToolError NOT_PERMITTED (wrong PIN), NOT_FOUND, CONFLICT, PLAN_EXPIRED. */
export async function decideIn(open: OpenTenant, deciding: Deciding, unlocked: Unlocking, clock: Clock): Promise<void> {
  const { tenant, store } = open;
  const { planId, decision, through } = deciding;
  const found = await planOf(open, deciding, clock);
  const keys = await unlocked();
  const now = clock.now();
  const row = await expireIfDue(store, found, now);
  refuseDecided(row);
  const plan = { tenantId: tenant.tenantId, planId, binding: row.binding };
  const { keyId, statement, signature } = signDecision(plan, decision, keys, now);
  await store.transaction().execute(async (tx) => {
    await moveDecided(tx, row, decision === 'approve' ? 'approved' : 'denied', now);
    await tx.deleteFrom('approvals').where('tenant_id', '=', row.tenant_id).where('plan_id', '=', planId).execute();
    await tx
      .insertInto('approvals')
      .values({
        tenant_id: row.tenant_id,
        plan_id: planId,
        decision,
        key_id: keyId,
        statement,
        signature,
        decided_at: now,
      })
      .execute();
    const body = { decision, by: 'approver PIN', through, keyId, statement, signature };
    await appendAudit(tx, { tenantId: row.tenant_id, at: now, kind: 'decision', planId, body });
  });
}

/** What a sign-in for a decision is asked with. @throws ToolError NOT_FOUND, CONFLICT, PLAN_EXPIRED. */
export async function signInFor(
  open: OpenTenant,
  deciding: Deciding,
  clock: Clock,
): Promise<{ readonly nonce: string; readonly isFresh: boolean }> {
  const row = await planOf(open, deciding, clock);
  refuseDecided(row);
  const plan = { tenantId: open.tenant.tenantId, planId: row.id, binding: row.binding };
  return { nonce: nonceOf(plan, deciding.decision), isFresh: quorumOf(row.binding).isStepUp };
}

/**
 * Keeps the decision of an approver who signed in for exactly this, with the ID token as its proof. Where two have to agree, the plan
 * waits on after the first.
 * @throws ToolError AUTH_REQUIRED, NOT_PERMITTED (may not approve, or asked for it), NOT_FOUND, CONFLICT, PLAN_EXPIRED, UPSTREAM.
 */
export async function decideSignedIn(
  open: OpenTenant,
  deciding: Deciding,
  { idToken, signIn }: { readonly idToken: string; readonly signIn: ApproverSignIn },
  clock: Clock,
): Promise<void> {
  const { tenant, store } = open;
  const { planId, decision, through } = deciding;
  // Entra may take its time, and the plan ends meanwhile.
  const person = await signIn.verify(idToken);
  const row = await planOf(open, deciding, clock);
  refuseDecided(row);
  const plan = { tenantId: tenant.tenantId, planId, binding: row.binding };
  const now = clock.now();
  checkSignedIn(person, plan, decision, now);
  await store.transaction().execute(async (tx) => {
    const kept = { decision, id_token: idToken, decided_at: now };
    await tx
      .insertInto('signed_in_decisions')
      .values({ tenant_id: row.tenant_id, plan_id: planId, approver: person.oid, ...kept })
      .onConflict((on) => on.columns(['tenant_id', 'plan_id', 'approver']).doUpdateSet(kept))
      .execute();
    const { decision: come } = await signedInDecisionsOf(tx, plan, signIn);
    const to = come === undefined ? 'pending' : come === 'approve' ? 'approved' : 'denied';
    await moveDecided(tx, row, to, now);
    const { oid, name, authenticatedAt } = person;
    const body = { decision, by: 'Entra sign-in', through, approver: { oid, name }, proof: sha256(idToken) };
    const proven = authenticatedAt === undefined ? {} : { authenticatedAt: new Date(authenticatedAt).toISOString() };
    await appendAudit(tx, { tenantId: row.tenant_id, at: now, kind: 'decision', planId, body: { ...body, ...proven } });
  });
}

/** `approved` again: a row that nobody signed for is not approved, whatever it says. @throws ToolError CONFLICT */
async function moveDecided(
  tx: StateStore,
  row: PlanRow,
  to: 'pending' | 'approved' | 'denied',
  now: number,
): Promise<void> {
  if (!(await movePlan(tx, row, ['pending', 'approved'], to, { decided_at: now }))) throw decidedMeanwhile();
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
  unlocked: () => Promise<Pick<UnlockedKeys, 'keyId' | 'sealing'>>,
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
