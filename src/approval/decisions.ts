import { z } from 'zod';
import { canonicalJson } from '../contract/canonical.ts';
import type { StateStore } from '../store/index.ts';
import { sha256 } from './canonical.ts';
import { type ApproverKeys, signText, type UnlockedKeys, verifyText } from './keys.ts';

const purpose = 'entra-mcp plan decision';

const statement = z.strictObject({
  purpose: z.literal(purpose),
  version: z.literal(1),
  tenantId: z.string(),
  planId: z.string(),
  decision: z.enum(['approve', 'deny']),
  /** SHA-256 of the plan's binding: everything the decision is about. */
  binding: z.string(),
  keyId: z.string(),
  decidedAt: z.number(),
});

export type Decision = 'approve' | 'deny';

/** A plan, as far as a decision about it goes. */
export interface BoundPlan {
  readonly tenantId: string;
  readonly planId: string;
  /** Canonical JSON of all that an approval binds. */
  readonly binding: string;
}

/** A decision with its proof, ready to be stored. */
export interface SignedDecision {
  readonly decision: Decision;
  readonly keyId: string;
  readonly statement: string;
  readonly signature: string;
  readonly decidedAt: number;
}

/** Signs a decision about a plan. */
export function signDecision(
  plan: BoundPlan,
  decision: Decision,
  keys: UnlockedKeys,
  decidedAt: number,
): SignedDecision {
  const text = canonicalJson({
    purpose,
    version: 1,
    tenantId: plan.tenantId,
    planId: plan.planId,
    decision,
    binding: sha256(plan.binding),
    keyId: keys.keyId,
    decidedAt,
  } satisfies z.output<typeof statement>);
  return { decision, keyId: keys.keyId, statement: text, signature: signText(text, keys), decidedAt };
}

/**
 * The decision on record for a plan, if the approver's key signed it over exactly this plan. A row without a valid
 * signature, or one that was signed for another plan, is no decision.
 */
export async function signedDecisionOf(
  db: StateStore,
  plan: BoundPlan,
  keys: Pick<ApproverKeys, 'signing' | 'keyId'>,
): Promise<SignedDecision | undefined> {
  const row = await db
    .selectFrom('approvals')
    .selectAll()
    .where('tenant_id', '=', plan.tenantId)
    .where('plan_id', '=', plan.planId)
    .executeTakeFirst();
  if (row === undefined || !verifyText(row.statement, row.signature, keys)) return undefined;
  const said = statement.parse(JSON.parse(row.statement));
  const fits =
    said.tenantId === plan.tenantId &&
    said.planId === plan.planId &&
    said.decision === row.decision &&
    said.binding === sha256(plan.binding);
  if (!fits) return undefined;
  return {
    decision: said.decision,
    keyId: said.keyId,
    statement: row.statement,
    signature: row.signature,
    decidedAt: said.decidedAt,
  };
}
