/** Plans, the gate, guards, channels to humans, keys and handoffs, the audit trail. */
export { type Approver, approverOf } from './approver.ts';
export { type AuditRow, auditTail, recordAudit, type TrailVerdict, verifyTrail } from './audit.ts';
export { createGate } from './engine.ts';
export type * from './gate.ts';
export type { GateSettings } from './parts.ts';
export { hasPin, type PinChange, setPin } from './pin.ts';
export { type Policy, type PolicyPort, type PolicyRemark, policyActions, readPolicyFile } from './policy/index.ts';
export {
  decidePlan,
  listWaitingPlans,
  planToDecide,
  revealHandoff,
  withState,
} from './terminal.ts';
