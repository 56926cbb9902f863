/** Plans, the gate, guards, channels to humans, keys and handoffs, the audit trail. */
export { compareWithEntra, type EntraVerdict } from './against-entra.ts';
export { type Approver, approverOf, canApprove, noPin } from './approver.ts';
export { type AuditRow, auditOfPlan, auditTail, recordAudit, type TrailVerdict, verifyTrail } from './audit.ts';
export { AuditFile, type AuditFileStanding, auditFileStanding } from './audit-file.ts';
export type { Decision } from './decisions.ts';
export { createGate } from './engine.ts';
export type { EntraActivity, EntraIdentity } from './entra-log.ts';
export type * from './gate.ts';
export { sealedHandoffs, sealedToAnother } from './handoffs.ts';
export { type KeptSignIn, keepSignIn, readKeptSignIn } from './kept-sign-in.ts';
export type { ApproverKeys } from './keys.ts';
export {
  decideIn,
  decideSignedIn,
  isWhole,
  type OpenTenant,
  readingOf,
  revealIn,
  signInFor,
  storedPlan,
} from './open-tenant.ts';
export type { ApprovalPage, GateSettings } from './parts.ts';
export { hasPin, type PinChange, setPin } from './pin.ts';
export { unlockCounted } from './pin-attempts.ts';
export { endedPlans, expireIfDue, findPlan, openPlans, type PlanRow, viewOf } from './plans.ts';
export { type Policy, type PolicyPort, type PolicyRemark, policyActions, readPolicyFile } from './policy/index.ts';
export { provenDecision } from './proven.ts';
export type { RecordedWrite } from './recorded-writes.ts';
export {
  decidePlan,
  listWaitingPlans,
  planToDecide,
  revealHandoff,
  withState,
} from './terminal.ts';
export { exportedRows } from './trail-export.ts';
