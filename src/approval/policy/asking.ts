import { type GraphReader, type Json, type PlanDraft, type Risk, ToolError, visible } from '../../contract/index.ts';
import type { Caller } from '../gate.ts';
import { guard } from '../guards.ts';
import type { GateParts } from '../parts.ts';
import { mostWithoutStepUp } from '../people.ts';
import type { Protection } from '../protection.ts';
import type { Subject } from '../subjects.ts';
import type { ObjectVerdict } from './judge.ts';
import type { NamedPolicy, PolicyVerdict } from './rule.ts';
import { readTouched, type Touched } from './touched.ts';

/** What the policies say of a plan, once the limits of what they may loosen are kept. */
export interface PolicyDecision extends PolicyVerdict {
  /** Of each object alone, for who wants to know why. */
  readonly objects: readonly ObjectVerdict[];
  /** Why a human decides although policies would let the plan pass. */
  readonly beyondPolicy?: string;
}

/** A plan as far as it is worked out when policies are asked: the guards have let it pass. */
interface Guarded {
  readonly tool: string;
  readonly draft: PlanDraft<Json>;
  readonly subjects: readonly Subject[];
  readonly risk: readonly Risk[];
  readonly stepUp: boolean;
  /** What the settings protect. */
  readonly protection: Protection;
}

/** Asks the policies about a plan; `undefined` where there are none. */
export async function askPolicy(
  { policy, tenant, clock }: GateParts,
  plan: Guarded,
  caller: Caller,
  graph: GraphReader,
): Promise<PolicyDecision | undefined> {
  if (policy === undefined) return undefined;
  const { tool, draft, subjects, risk, stepUp } = plan;
  const touched = await readTouched(draft, subjects, graph);
  const { whole, objects } = policy.verdictOn({
    ...{ tool, risk, stepUp, caller, touched },
    ...{ tenantId: tenant.id, identity: tenant.identity, now: clock.now() },
  });
  if (whole.rule !== 'without-approval') return { ...whole, objects };
  const why =
    limitOf(plan, touched) ??
    ((await namesGuarded(touched, plan.protection, graph)) ? 'it names what is protected' : undefined);
  if (why === undefined) return { ...whole, objects };
  return { rule: 'unmentioned', policies: whole.policies, objects, beyondPolicy: why };
}

/** What no policy loosens. Kept in code, so that no policy can be written that does. */
function limitOf(
  { risk, stepUp }: Guarded,
  { objects, people, isUnread, takesPrivilege }: Touched,
): string | undefined {
  if (risk.includes('irreversible')) return 'it cannot be taken back';
  if (stepUp) return 'it needs step-up';
  if (takesPrivilege || objects.some(({ subject }) => subject.judged.privileged !== 'no'))
    return 'it is about power over the directory';
  if (isUnread) return 'it names something that this server cannot read';
  return people > mostWithoutStepUp ? `it is about more than ${mostWithoutStepUp} people` : undefined;
}

/** Guards let a plan name what is protected, as long as that is not changed. A human should see it all the same. */
async function namesGuarded({ objects }: Touched, protection: Protection, graph: GraphReader): Promise<boolean> {
  const named = objects.filter(({ touch }) => touch === 'reference').map(({ subject }) => subject);
  try {
    await guard(named, protection, graph);
    return false;
  } catch (error) {
    if (error instanceof ToolError && error.code === 'PROTECTED_TARGET') return true;
    throw error;
  }
}

/** Said where a policy forbids a plan. */
export function policyDenied(policies: readonly NamedPolicy[]): ToolError {
  return new ToolError('POLICY_DENIED', {
    message: `A policy of this server forbids the change: ${sentenceOf(policies)}.`,
    fix: 'Do not look for a way around it. Tell the user; whoever administers this server keeps its policies.',
    detail: { policies: policies.map(visiblePolicy) },
  });
}

/** Policies in a line: their ids, each with its reason. */
export function sentenceOf(policies: readonly NamedPolicy[]): string {
  return policies
    .map(visiblePolicy)
    .map(({ id, reason }) => (reason === undefined ? id : `${id} (${reason})`))
    .join(', ');
}

function visiblePolicy({ id, reason }: NamedPolicy): NamedPolicy {
  return { id, ...(reason === undefined ? {} : { reason: visible(reason) }) };
}
