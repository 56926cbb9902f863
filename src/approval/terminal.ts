import { type Clock, type PlanView, ToolError } from '../contract/index.ts';
import { openState, type StateStore, type TenantFolder, tenantFolders } from '../store/index.ts';
import { readApproverKeys } from './approver.ts';
import { appendAudit } from './audit.ts';
import { sha256 } from './canonical.ts';
import { type Decision, signDecision } from './decisions.ts';
import { demoApproverKeys } from './demo-approver.ts';
import { findHandoff, openHandoff } from './handoffs.ts';
import { type ApproverKeys, type UnlockedKeys, unlock } from './keys.ts';
import { expireIfDue, findPlan, movePlan, type PlanRow, viewOf, waitingPlans } from './plans.ts';

/** One tenant's state, opened for a command that needs no credentials. */
export interface OpenTenant {
  readonly tenant: TenantFolder;
  readonly store: StateStore;
}

/** A plan as `entra-mcp plans` lists it. */
export interface WaitingPlan {
  readonly view: PlanView;
  readonly state: PlanRow['state'];
  readonly demo: boolean;
}

/** Every tenant's plans that wait, oldest first. */
export async function listWaitingPlans(stateDir: string, clock: Clock): Promise<WaitingPlan[]> {
  const found: WaitingPlan[] = [];
  for (const tenant of tenantFolders(stateDir)) {
    await withState(tenant, async ({ store }) => {
      const rows = await waitingPlans(store, tenant.tenantId, clock.now());
      found.push(...rows.map((row) => ({ view: viewOf(row), state: row.state, demo: tenant.demo })));
    });
  }
  return found;
}

/** A plan as a human read it. */
export interface ReadPlan {
  readonly view: PlanView;
  /** Hash of all that a decision would bind: what is signed later must still be this. */
  readonly bound: string;
}

/** The plan a human is about to decide, in the server's own words. @throws ToolError NOT_FOUND, CONFLICT. */
export async function planToDecide(stateDir: string, planId: string, clock: Clock): Promise<ReadPlan> {
  return withPlan(stateDir, planId, async (row, { store }) => {
    refuseDecided(await expireIfDue(store, row, clock.now()));
    return { view: viewOf(row), bound: sha256(row.binding) };
  });
}

/** Signs and keeps a human's decision. @throws ToolError NOT_PERMITTED (wrong PIN), NOT_FOUND, CONFLICT, PLAN_EXPIRED. */
export function decidePlan(
  stateDir: string,
  { view, bound }: ReadPlan,
  decision: Decision,
  pin: string,
  clock: Clock,
): Promise<void> {
  return decideWith(stateDir, view.id, decision, (tenant) => unlockFor(stateDir, tenant, pin), clock, bound);
}

/** As `decidePlan`, with keys that are unlocked another way. */
export async function decideWith(
  stateDir: string,
  planId: string,
  decision: Decision,
  unlocked: (tenant: TenantFolder) => Promise<UnlockedKeys>,
  clock: Clock,
  bound?: string,
): Promise<void> {
  await withPlan(stateDir, planId, async (found, { tenant, store }) => {
    if (bound !== undefined && sha256(found.binding) !== bound) throw edited();
    const keys = await unlocked(tenant);
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
        keyId: signed.keyId,
        statement: signed.statement,
        signature: signed.signature,
      };
      await appendAudit(tx, { tenantId: row.tenant_id, at: now, kind: 'decision', planId, body });
    });
  });
}

/** Opens a sealed secret, once. @throws ToolError NOT_PERMITTED, NOT_FOUND, CONFLICT, PLAN_EXPIRED. */
export async function revealHandoff(
  stateDir: string,
  handoffId: string,
  pin: string,
  clock: Clock,
): Promise<{ kind: string; subject: string; secret: string }> {
  return withFirst(stateDir, 'handoff', async ({ tenant, store }) => {
    const row = await findHandoff(store, tenant.tenantId, handoffId, clock.now());
    const keys = await unlockFor(stateDir, tenant, pin);
    return { kind: row.kind, subject: row.subject, secret: await openHandoff(store, row, keys, clock.now()) };
  });
}

/** Runs `work` with a tenant's state open. */
export async function withState<T>(tenant: TenantFolder, work: (open: OpenTenant) => Promise<T>): Promise<T> {
  const store = await openState(tenant);
  try {
    return await work({ tenant, store });
  } finally {
    await store.destroy();
  }
}

/** Runs `work` on the first tenant in which it does not throw NOT_FOUND. */
async function withFirst<T>(stateDir: string, what: string, work: (open: OpenTenant) => Promise<T>): Promise<T> {
  for (const tenant of tenantFolders(stateDir)) {
    try {
      return await withState(tenant, work);
    } catch (error) {
      if (!(error instanceof ToolError && error.code === 'NOT_FOUND')) throw error;
    }
  }
  throw new ToolError('NOT_FOUND', {
    message: `There is no ${what} with this id in ${stateDir}.`,
    fix: 'Check the id, and that ENTRA_MCP_STATE_DIR (or --state-dir) names the folder that the server uses.',
  });
}

async function withPlan<T>(
  stateDir: string,
  planId: string,
  work: (row: PlanRow, open: OpenTenant) => Promise<T>,
): Promise<T> {
  return withFirst(stateDir, 'plan', async (open) => {
    const row = await findPlan(open.store, open.tenant.tenantId, planId);
    refuseEdited(row);
    return work(row, open);
  });
}

/** What the approver reads must be what the signature binds. */
function refuseEdited(row: PlanRow): void {
  const bound = JSON.parse(row.binding);
  const whole =
    bound.shown === sha256(row.view) &&
    bound.args === sha256(row.args) &&
    bound.subjects === sha256(row.subjects) &&
    bound.facts === row.facts_hash &&
    bound.risk === row.risk &&
    bound.expiresAt === row.expires_at &&
    bound.requester === row.requester;
  if (!whole) throw edited();
}

function edited(): ToolError {
  return new ToolError('CONFLICT', {
    message: 'This plan was edited after it was made, so it cannot be approved.',
    fix: 'Treat it as an incident: somebody wrote into the state folder. Run entra-mcp audit verify.',
  });
}

function refuseDecided(row: PlanRow): void {
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

async function unlockFor(stateDir: string, tenant: TenantFolder, pin: string): Promise<UnlockedKeys> {
  const keys: ApproverKeys | undefined = tenant.demo ? demoApproverKeys : readApproverKeys(stateDir);
  if (keys === undefined) {
    throw new ToolError('APPROVAL_UNAVAILABLE', {
      message: 'No approver PIN is set.',
      fix: 'Set one first: entra-mcp approver set-pin.',
    });
  }
  return unlock(keys, pin);
}
