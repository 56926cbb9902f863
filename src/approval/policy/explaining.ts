import { type ChangeTool, type Risk, visible } from '../../contract/index.ts';
import { needsApproval } from '../approval-need.ts';
import type { GateCall } from '../gate.ts';
import type { GateParts } from '../parts.ts';
import { workOut } from '../planning.ts';
import type { NamedPolicy, PolicyVerdict } from './rule.ts';

/** What would be decided about a plan, if it were asked for now. */
export interface PlanExplanation {
  /** `nothing`: the tenant already is as asked. `step-up`: a human decides, at the terminal or on the page. */
  readonly decision: 'nothing' | 'applied' | 'human' | 'step-up' | 'denied';
  /** What it would do; or why there is nothing to do. */
  readonly summary: string;
  readonly risk: readonly Risk[];
  /** Why, in our own words. */
  readonly because: string;
  readonly policies: readonly NamedPolicy[];
  /** What policies say of each object. Empty where there are none. */
  readonly objects: readonly ExplainedObject[];
}

/** One object of the plan, and what policies say of it. */
export interface ExplainedObject extends PolicyVerdict {
  readonly kind: string;
  readonly name: string;
  readonly touch: string;
}

/** Plans a change for the eye only: reads, keeps nothing. @throws ToolError as planning does, PROTECTED_TARGET among them. */
export async function explainPlan(
  parts: GateParts,
  tool: ChangeTool,
  args: Readonly<Record<string, unknown>>,
  call: Pick<GateCall, 'caller' | 'signal' | 'progress'>,
): Promise<PlanExplanation> {
  const drafted = await workOut(parts, tool, args, call);
  if ('unchanged' in drafted) {
    const summary = visible(drafted.unchanged);
    return { decision: 'nothing', summary, risk: [], because: 'nothing to do', policies: [], objects: [] };
  }
  const { policy, verdict, risk } = drafted;
  const needsHuman = needsApproval(parts, drafted);
  return {
    decision: policy?.rule === 'deny' ? 'denied' : needsHuman ? (verdict.stepUp ? 'step-up' : 'human') : 'applied',
    summary: visible(drafted.draft.summary),
    risk,
    because: reasonOf(parts, drafted),
    policies: policy?.policies ?? [],
    objects: (policy?.objects ?? []).map(({ object, rule, policies }) => ({
      kind: object === undefined ? 'tenant' : object.subject.judged.kind,
      name: visible(object?.subject.judged.userPrincipalName ?? object?.subject.judged.name ?? parts.tenant.id),
      touch: object?.touch ?? 'change',
      ...{ rule, policies },
    })),
  };
}

function reasonOf(
  parts: GateParts,
  { policy, risk, verdict }: Exclude<Awaited<ReturnType<typeof workOut>>, { readonly unchanged: string }>,
): string {
  if (policy?.beyondPolicy !== undefined) return `policies would let it pass, but ${policy.beyondPolicy}`;
  if (policy !== undefined && policy.rule !== 'unmentioned') return 'policies say so';
  const mention =
    parts.policy === undefined ? 'there are no policies' : 'no policy loosens it for every object, none tightens it';
  const waits = risk.filter((one) => parts.settings.confirm.includes(one));
  if (waits.length > 0) return `${mention}; ENTRA_MCP_CONFIRM asks a human for the risk ${waits.join(', ')}`;
  if (verdict.stepUp && risk.some((one) => one !== 'write')) return `${mention}; it needs step-up`;
  return `${mention}; ENTRA_MCP_CONFIRM asks nobody for the risk ${risk.join(', ')}`;
}
