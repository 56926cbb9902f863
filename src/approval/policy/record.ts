import type { ToolError } from '../../contract/index.ts';
import { type appendAudit, recordAudit } from '../audit.ts';
import { hashOf } from '../canonical.ts';
import type { Caller } from '../gate.ts';
import type { GateParts } from '../parts.ts';
import type { Drafted } from '../planning.ts';
import type { PlanRow } from '../plans.ts';

/** The audit row of a plan that policies let pass. */
export function decisionByPolicy(
  { policy: port }: GateParts,
  row: PlanRow,
  { policy }: Pick<Drafted, 'policy'>,
): Parameters<typeof appendAudit>[1] {
  const ids = policy?.policies.map(({ id }) => id) ?? [];
  const body = {
    decision: 'approve',
    by: `policy ${ids.join(', ')}`,
    policies: ids,
    policyVersion: port?.version ?? 'none',
  };
  return { tenantId: row.tenant_id, at: row.created_at, kind: 'decision', planId: row.id, body };
}

/** Records that a policy forbade a change, of which no plan is kept. */
export async function recordDenial(
  { store, clock, tenant, policy }: GateParts,
  denied: {
    readonly tool: string;
    readonly args: Readonly<Record<string, unknown>>;
    readonly caller: Caller;
    readonly error: ToolError;
    readonly planId: string | undefined;
  },
): Promise<void> {
  const { tool, args, caller, error, planId } = denied;
  const policies = error.detail?.['policies'];
  const ids = Array.isArray(policies) ? policies.map(({ id }) => String(id)) : [];
  await recordAudit(store, clock, {
    tenantId: tenant.id,
    kind: 'decision',
    ...(planId === undefined ? {} : { planId }),
    body: {
      decision: 'deny',
      by: `policy ${ids.join(', ')}`,
      policies: ids,
      policyVersion: policy?.version ?? 'none',
      tool,
      args: hashOf(args),
      requester: caller.requester,
      clientId: caller.clientId,
    },
  });
}
