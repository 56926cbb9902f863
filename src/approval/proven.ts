import type { SignedInPerson } from '../contract/index.ts';
import type { StateStore } from '../store/index.ts';
import type { Approver } from './approver.ts';
import { type BoundPlan, type Decision, signedDecisionOf } from './decisions.ts';
import { quorumOf, signedInDecisionsOf } from './signed-in.ts';

/** What humans have decided about a plan, as everybody can prove. */
export interface Proven {
  /** `undefined` while more people have to agree. */
  readonly decision: Decision | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Where approvers sign in: those who agreed, and how many have to. */
  readonly approvals?: { readonly by: readonly SignedInPerson[]; readonly needed: number };
}

/**
 * The proven decision about a plan; `undefined` where nobody has decided. With sign-in the PIN can deny, since that is always
 * safe, and approves nothing. @throws ToolError UPSTREAM, THROTTLED where Entra's keys cannot be read; APPROVAL_UNAVAILABLE
 */
export async function provenDecision(
  store: StateStore,
  plan: BoundPlan,
  { keys, signIn }: Approver,
): Promise<Proven | undefined> {
  const pinned = keys();
  const signed = pinned === undefined ? undefined : await signedDecisionOf(store, plan, pinned);
  if (signIn === undefined || signed?.decision === 'deny')
    return signed === undefined ? undefined : { decision: signed.decision, at: signed.decidedAt };
  const { decision, at, approvedBy } = await signedInDecisionsOf(store, plan, signIn);
  if (decision === undefined && approvedBy.length === 0) return undefined;
  return { decision, at, approvals: { by: approvedBy, needed: quorumOf(plan.binding).approvers } };
}
