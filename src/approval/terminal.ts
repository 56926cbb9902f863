import { type Clock, type PlanView, ToolError } from '../contract/index.ts';
import { openState, type TenantFolder, tenantFolders } from '../store/index.ts';
import { keysIn, noPin } from './approver.ts';
import type { Decision } from './decisions.ts';
import { sealedToAnother } from './handoffs.ts';
import { type UnlockedKeys, unlock } from './keys.ts';
import {
  decideIn,
  type OpenedHandoff,
  type OpenTenant,
  type ReadPlan,
  readingOf,
  refuseDecided,
  revealIn,
  storedPlan,
} from './open-tenant.ts';
import { type PlanRow, viewOf, waitingPlans } from './plans.ts';
import { handoffKeyId, handoffPrivateKey } from './sealing.ts';

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

/** The plan a human is about to decide, in the server's own words. @throws ToolError NOT_FOUND, CONFLICT. */
export async function planToDecide(stateDir: string, planId: string, clock: Clock): Promise<ReadPlan> {
  return withFirst(stateDir, 'plan', async (open) => {
    const row = await storedPlan(open, planId, clock);
    refuseDecided(row);
    return readingOf(row);
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
  await withFirst(stateDir, 'plan', (open) => {
    const read = bound === undefined ? {} : { bound };
    const deciding = { planId, decision, through: 'terminal' as const, ...read };
    return decideIn(open, deciding, () => unlocked(open.tenant), clock);
  });
}

/** What opens a sealed secret: the PIN, or the private key of ENTRA_MCP_HANDOFF_KEY as the text of a PEM file. */
export type HandoffOpener = { readonly pin: string } | { readonly pem: string };

/** Opens a sealed secret, once. @throws ToolError NOT_PERMITTED, INPUT_INVALID (no key), NOT_FOUND, CONFLICT, PLAN_EXPIRED. */
export async function revealHandoff(
  stateDir: string,
  handoffId: string,
  opener: HandoffOpener,
  clock: Clock,
): Promise<OpenedHandoff> {
  const unlocked = async (tenant: TenantFolder) =>
    'pin' in opener ? unlockFor(stateDir, tenant, opener.pin, sealedToAnother) : keyIn(opener.pem);
  return withFirst(stateDir, 'handoff', (open) => revealIn(open, handoffId, () => unlocked(open.tenant), clock));
}

function keyIn(pem: string): { keyId: string; sealing: Buffer } {
  const sealing = handoffPrivateKey(pem);
  if (sealing !== undefined) return { keyId: handoffKeyId, sealing };
  throw new ToolError('INPUT_INVALID', {
    message: 'The file holds no private X25519 key in PEM, or one with a passphrase.',
    fix: 'Give the private half of ENTRA_MCP_HANDOFF_KEY, as openssl genpkey -algorithm X25519 writes it.',
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

async function unlockFor(
  stateDir: string,
  tenant: TenantFolder,
  pin: string,
  missing: () => ToolError = noPin,
): Promise<UnlockedKeys> {
  const keys = keysIn(stateDir, tenant);
  if (keys === undefined) throw missing();
  return unlock(keys, pin);
}
