import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoApproverKeys } from '../../src/approval/demo-approver.ts';
import { withState } from '../../src/approval/index.ts';
import { seal } from '../../src/approval/sealing.ts';
import type { PlanState, PlanView } from '../../src/contract/index.ts';
import { type TenantFolder, tenantFolder } from '../../src/store/index.ts';
import { noon } from './terminal.ts';

export const tenantId = '6f0c1d7e-4b1a-4d52-9a3e-2f8f5f0f9a01';

/** A state folder that is removed by `remove`. */
export function stateFolder(): { readonly dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'entra-mcp-cli-'));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** The demo's folder, in which the PIN `demo` is good; or that of a real tenant. */
export function tenantIn(dir: string, { id = tenantId, demo = true } = {}): TenantFolder {
  return tenantFolder(dir, id, demo);
}

export function planOf(more: Partial<PlanView> = {}): PlanView {
  return {
    id: randomBytes(16).toString('hex'),
    tool: 'disable_user',
    risk: ['destructive'],
    summary: 'Disable Maya Lindqvist (maya@contoso.example)',
    effects: ['New sign-ins are blocked', 'Licenses and group memberships are kept'],
    warnings: ['Easily taken for another account: rnaya@contoso.example'],
    undo: 'enable_user',
    changes: [
      { property: 'accountEnabled', before: 'true', after: 'false' },
      { property: 'city', before: null, after: 'Oslo' },
    ],
    targets: [
      {
        kind: 'user',
        id: '11111111-2222-4333-8444-555555555555',
        touch: 'takeaway',
        name: 'Maya Lindqvist',
        userPrincipalName: 'maya@contoso.example',
        accountEnabled: true,
        privileged: 'yes',
        privilegedBecause: ['Helpdesk Administrator'],
        department: 'Engineering',
        jobTitle: null,
        manager: 'victor@contoso.example',
        createdDateTime: '2024-05-01T08:00:00Z',
        costCenter: '4711',
      },
    ],
    tenant: { id: tenantId, name: 'Contoso', cloud: 'global' },
    reason: 'Laptop stolen; asked by "security"',
    stepUp: true,
    requester: 'os:alice with claude-ai/1.0',
    createdAt: new Date(noon).toISOString(),
    expiresAt: new Date(noon + 15 * 60_000).toISOString(),
    approve: { command: 'entra-mcp approve ?' },
    ...more,
  };
}

/** Keeps a plan as the gate keeps it, without a gate: what an approval binds fits the row. */
export async function keepPlan(
  tenant: TenantFolder,
  more: Partial<PlanView> = {},
  state: PlanState = 'pending',
): Promise<PlanView> {
  const plan = planOf(more);
  const view = JSON.stringify({ ...plan, approve: { command: `entra-mcp approve ${plan.id}` } });
  const risk = JSON.stringify(plan.risk);
  const expiresAt = Date.parse(plan.expiresAt);
  const binding = {
    shown: sha256(view),
    args: sha256('{}'),
    subjects: sha256('[]'),
    facts: 'f',
    risk,
    expiresAt,
    requester: 'os:alice',
  };
  const row = {
    tenant_id: tenant.tenantId,
    id: plan.id,
    tool: plan.tool,
    tool_version: 1,
    args: '{}',
    facts: '{}',
    facts_hash: 'f',
    subjects: '[]',
    risk,
    step_up: 1,
    may_elicit: 0,
    view,
    binding: JSON.stringify(binding),
    requester: 'os:alice',
    client_id: 'claude-ai/1.0',
    state,
    created_at: Date.parse(plan.createdAt),
    expires_at: expiresAt,
    decided_at: null,
    lease_owner: null,
    lease_until: null,
    outcome: null,
  };
  await withState(tenant, ({ store }) => store.insertInto('plans').values(row).execute());
  return plan;
}

export async function planState(tenant: TenantFolder, id: string): Promise<string | undefined> {
  const row = await withState(tenant, ({ store }) =>
    store.selectFrom('plans').select('state').where('id', '=', id).executeTakeFirst(),
  );
  return row?.state;
}

/** A secret sealed to the demo's approver. */
export async function keepHandoff(
  tenant: TenantFolder,
  secret: string,
  subject = 'maya@contoso.example',
): Promise<string> {
  const id = randomBytes(16).toString('hex');
  const context = `entra-mcp handoff ${tenant.tenantId} ${id} ${subject}`;
  const row = {
    tenant_id: tenant.tenantId,
    id,
    plan_id: 'p',
    kind: 'password',
    subject,
    sealed: JSON.stringify(seal(secret, demoApproverKeys.sealing.publicKey, context)),
    created_at: noon,
    expires_at: noon + 1000,
    opened_at: null,
  };
  await withState(tenant, ({ store }) => store.insertInto('handoffs').values(row).execute());
  return id;
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
