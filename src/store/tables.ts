import type { PlanState, RunKind, RunStatus } from '../contract/index.ts';

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

/** A decision of an approver who signed in with Entra. */
export interface SignedInDecisionTable {
  tenant_id: string;
  plan_id: string;
  /** Object id, in lower case. */
  approver: string;
  decision: 'approve' | 'deny';
  /** The ID token, kept as evidence: it opens nothing. */
  id_token: string;
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

/** Somebody whom a plan without a second approver changed: what limits count. */
export interface ChangedPersonTable {
  tenant_id: string;
  plan_id: string;
  /** Object id in lower case; `plan <id>` for somebody who had none. */
  person: string;
  requester: string;
  kind: 'access' | 'containment';
  at: number;
}

/** A durable run. */
export interface RunTable {
  tenant_id: string;
  id: string;
  kind: RunKind;
  plan_id: string;
  /** The run of many that this one belongs to. */
  parent_id: string | null;
  /** The run that this one takes back. */
  undoes_id: string | null;
  requester: string;
  /** Whom it is about: an object id, or a userPrincipalName that is not there yet. One run at a time may be open for it. */
  subject: string;
  /** JSON of a `RunUser`; null for a run of many. */
  user: string | null;
  status: RunStatus;
  /** JSON of what the workflow needs to go on. */
  facts: string;
  /** JSON of what was decided on the way, as what became of the mailbox. */
  decisions: string;
  waiting_for: string | null;
  /** JSON of follow-ups and the like, written at its end. */
  closing: string;
  created_at: number;
  start_at: number | null;
  ended_at: number | null;
  /** 1 once somebody asked it to stop after the step under way. */
  stop_asked: number;
  lease_owner: string | null;
  lease_until: number | null;
}

/** One entry of a run's journal: committed before an act, and after it. */
export interface JournalTable {
  tenant_id: string;
  run_id: string;
  seq: number;
  at: number;
  step: string;
  phase: 'begin' | 'end';
  /** JSON: the work that begins, or what came of it. */
  body: string;
}

/** The state database. */
export interface StateTables {
  plans: PlanTable;
  approvals: ApprovalTable;
  signed_in_decisions: SignedInDecisionTable;
  handoffs: HandoffTable;
  audit: AuditTable;
  runs: RunTable;
  journal: JournalTable;
  changed_people: ChangedPersonTable;
}
