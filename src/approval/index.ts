/** Plans, the gate, guards, channels to humans, keys and handoffs, the audit trail. */
export { compareWithEntra, type EntraVerdict } from './against-entra.ts';
export { type Approver, approverOf } from './approver.ts';
export { type AuditRow, auditTail, recordAudit, type TrailVerdict, verifyTrail } from './audit.ts';
export { AuditFile, type AuditFileStanding, auditFileStanding } from './audit-file.ts';
export { createGate } from './engine.ts';
export type { EntraActivity, EntraIdentity } from './entra-log.ts';
export type * from './gate.ts';
export type { GateSettings } from './parts.ts';
export { hasPin, type PinChange, setPin } from './pin.ts';
export type { RecordedWrite } from './recorded-writes.ts';
export {
  decidePlan,
  listWaitingPlans,
  planToDecide,
  revealHandoff,
  withState,
} from './terminal.ts';
export { exportedRows } from './trail-export.ts';
