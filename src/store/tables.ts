import type { PlanState } from '../contract/index.ts';

/** Moments are milliseconds since the Unix epoch; JSON stands as text. */
export interface PlanTable {
  tenant_id: string;
  id: string;
  tool: string;
  tool_version: number;
  args: string;
  facts: string;
  facts_hash: string;
  /** What an approver judges of each target, hashed together with the facts. */
  subjects: string;
  risk: string;
  step_up: number;
  may_elicit: number;
  /** The `PlanView` shown. */
  view: string;
  /** Canonical JSON of all that an approval binds. */
  binding: string;
  requester: string;
  client_id: string;
  state: PlanState;
  created_at: number;
  expires_at: number;
  decided_at: number | null;
  /** The process that applies, and until when it is trusted to be alive. */
  lease_owner: string | null;
  lease_until: number | null;
  /** JSON of a `ChangeAnswer`, or of a `ToolError`. */
  outcome: string | null;
}

/** A decision that a human signed. */
export interface ApprovalTable {
  tenant_id: string;
  plan_id: string;
  decision: 'approve' | 'deny';
  key_id: string;
  /** Canonical JSON of what was signed. */
  statement: string;
  /** Ed25519, base64. */
  signature: string;
  decided_at: number;
}

/** A secret made by us, sealed to the approver. */
export interface HandoffTable {
  tenant_id: string;
  id: string;
  plan_id: string;
  kind: string;
  /** Whose it is, as UPN. */
  subject: string;
  /** JSON of a `SealedBox`; null once opened. */
  sealed: string | null;
  created_at: number;
  expires_at: number;
  opened_at: number | null;
}

/** One row of the hash chain. */
export interface AuditTable {
  tenant_id: string;
  seq: number;
  at: number;
  kind: string;
  plan_id: string | null;
  body: string;
  prev_hash: string;
  hash: string;
}

/** The state database. */
export interface StateTables {
  plans: PlanTable;
  approvals: ApprovalTable;
  handoffs: HandoffTable;
  audit: AuditTable;
}
