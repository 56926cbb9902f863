import { type Risk, ToolError } from '../contract/index.ts';
import type { Caller } from './gate.ts';
import type { GuardVerdict } from './guards.ts';
import { observedIds } from './observing.ts';
import type { GateParts } from './parts.ts';
import type { Drafted } from './planning.ts';
import { type PlanRow, viewOf } from './plans.ts';

/** What tells whether a human has to agree. */
interface Weight {
  readonly risk: readonly Risk[];
  readonly verdict: Pick<GuardVerdict, 'stepUp'>;
  readonly policy?: { readonly rule: string } | undefined;
}

/** True where a human has to agree before the plan is applied: as policies say, else as the settings do. */
export function needsApproval(parts: GateParts, weight: Weight): boolean {
  return isTightened(weight.policy) || (waitsBySettings(parts, weight) && weight.policy?.rule !== 'without-approval');
}

/** True where a human would have to agree by the settings, and a policy agrees in their place. */
export function isFreedByPolicy(parts: GateParts, weight: Weight): boolean {
  return weight.policy?.rule === 'without-approval' && waitsBySettings(parts, weight);
}

/** As `needsApproval`, of a plan as it was kept. That a policy agreed to it then counts for nothing. */
export function neededApproval(parts: GateParts, row: PlanRow): boolean {
  return isTightened(viewOf(row).policy) || waitsBySettings(parts, weightOf(row));
}

/** For the risks that the settings name, and for every step-up that is no mere write. */
function waitsBySettings({ settings }: GateParts, { risk, verdict }: Weight): boolean {
  if (verdict.stepUp && risk.some((member) => member !== 'write')) return true;
  return risk.some((member) => settings.confirm.includes(member));
}

function isTightened(policy: { readonly rule: string } | undefined): boolean {
  return policy?.rule === 'approval' || policy?.rule === 'step-up';
}

/** The weight of a kept plan, as its row says it. */
function weightOf(row: PlanRow): Weight {
  return { risk: JSON.parse(row.risk), verdict: { stepUp: row.step_up === 1 } };
}

/**
 * Whether the client may be asked at all: never for step-up or what cannot be taken back; otherwise as
 * ENTRA_MCP_TRUST_ELICITATION says, `auto` meaning one unprivileged object over stdio.
 */
export function mayElicit(parts: GateParts, { draft, risk, subjects, verdict }: Drafted, caller: Caller): boolean {
  if (verdict.stepUp || risk.includes('irreversible')) return false;
  if (parts.settings.trustElicitation !== 'auto') return parts.settings.trustElicitation === 'true';
  const objects = draft.targets.length + (draft.references?.length ?? 0) + observedIds(draft.observations ?? []).length;
  const unprivileged = subjects.every((subject) => subject.judged.privileged === 'no');
  const kinds = new Set(draft.targets.map(({ kind }) => kind));
  // A creation touches no object that exists, a membership one group and one member.
  return caller.transport === 'stdio' && unprivileged && kinds.size === draft.targets.length && objects <= 2;
}

/** Said where nobody could ever approve. */
export function approvalUnavailable(): ToolError {
  return new ToolError('APPROVAL_UNAVAILABLE', {
    message: 'This change needs the approval of a human, and no approver is set up.',
    fix: 'A person sets the approver PIN in a terminal: entra-mcp approver set-pin; or the settings name the sign-in of approvers, ENTRA_MCP_APPROVER_SIGN_IN. Then ask for the change again.',
  });
}
