import { type ChangeTool, type Json, type PlanDraft, type Risk, riskSet, ToolError } from '../contract/index.ts';
import { mayElicit, needsApproval } from './approval-need.ts';
import { sealingKeyOf } from './approver.ts';
import { hashOf } from './canonical.ts';
import type { Caller, GateCall } from './gate.ts';
import { type GuardVerdict, guard, unguarded } from './guards.ts';
import { sealingUnavailable } from './handoffs.ts';
import { type Asked, limitWarning, reachedLimit } from './limits.ts';
import type { GateParts } from './parts.ts';
import { type Headcount, headcountOf, isCrowd } from './people.ts';
import { askPolicy, type PolicyDecision, policyDenied } from './policy/asking.ts';
import { Protection } from './protection.ts';
import { readSubject, type Subject } from './subjects.ts';

/** A plan as it was worked out from the tenant, before it is kept. */
export interface Drafted {
  readonly tool: ChangeTool;
  readonly draft: PlanDraft<Json>;
  readonly subjects: readonly Subject[];
  readonly risk: readonly Exclude<Risk, 'read'>[];
  readonly verdict: GuardVerdict;
  /** Whom limits count. */
  readonly headcount: Headcount;
  /** Absent where there are no policies. */
  readonly policy?: PolicyDecision;
  /** Hash over what the tool found and what approvers judge. */
  readonly factsHash: string;
}

/** Told to the client, for whom the call took so long. */
export function waitedFor(ms: number): string {
  return `Waited ${Math.round(ms / 1000)} s for Graph's quota`;
}

/** As `workOut`. @throws ToolError POLICY_DENIED too. */
export async function draftPlan(...given: Parameters<typeof workOut>): ReturnType<typeof workOut> {
  const drafted = await workOut(...given);
  if ('policy' in drafted && drafted.policy?.rule === 'deny') throw policyDenied(drafted.policy.policies);
  return drafted;
}

/** Plans anew: reads the tenant, raises the risk, asks the guards, then the policies. Nothing is kept. */
export async function workOut(
  parts: GateParts,
  tool: ChangeTool,
  args: Readonly<Record<string, unknown>>,
  call: Pick<GateCall, 'signal' | 'progress' | 'caller'>,
): Promise<Drafted | { readonly unchanged: string }> {
  const { signal } = call;
  const onWait = (ms: number) => call.progress(waitedFor(ms));
  const graph = parts.graph.reader({ signal, lane: tool.lane ?? 'interactive', onWait });
  const { clock, lifecycle } = parts;
  const granted = await parts.granted?.();
  const planned = await tool.plan(args, {
    graph,
    clock,
    signal,
    requester: call.caller.requester,
    identity: parts.tenant.identity,
    ...(granted === undefined ? {} : { granted }),
    lifecycle,
  });
  if ('unchanged' in planned) return planned;
  const protection = new Protection(parts.settings, graph);
  const draft = { ...planned, ...(await unguarded(planned, protection, graph)) };
  const risk = riskOf(tool, draft);
  // What goes on with an earlier plan goes on for the reason that was given then.
  if (draft.continues === undefined) requireReason(risk, args);
  if ((tool.seals !== undefined || draft.seals === true) && sealingKeyOf(parts.approver) === undefined)
    throw sealingUnavailable();
  const subjects = await Promise.all(draft.targets.map((target) => readSubject(target, graph)));
  const guarded = await guard(subjects, protection, graph);
  const headcount = headcountOf(draft, risk);
  const stepUp = guarded.stepUp || draft.stepUp === true || isCrowd(headcount);
  const told = { tool: tool.name, draft, subjects, risk, stepUp, protection };
  const policy = await askPolicy(parts, told, call.caller, graph);
  const verdict = { ...guarded, stepUp: stepUp || policy?.rule === 'step-up' };
  const judged = subjects.map((subject) => subject.judged);
  // Without what policies ask for: that may change with the hour, and only stricter is another plan.
  const factsHash = hashOf({ facts: draft.facts, judged, risk, stepUp });
  const ruled = policy === undefined ? {} : { policy };
  const drafted = { tool, draft, subjects, risk, verdict, headcount, factsHash, ...ruled };
  const warnings = [...verdict.warnings, ...(await limitWarnings(parts, drafted, call.caller))];
  return { ...drafted, verdict: { ...verdict, warnings } };
}

/** Told where somebody could let the plan through without signing, and the limit leaves no room for it now. */
async function limitWarnings(parts: GateParts, drafted: Drafted, caller: Caller): Promise<string[]> {
  if (needsApproval(parts, drafted) && !mayElicit(parts, drafted, caller)) return [];
  const reached = await reachedLimit(parts.store, limitsOf(parts, drafted, caller.requester), parts.clock.now());
  return reached === undefined ? [] : [limitWarning(reached)];
}

/** What limits are asked about a plan. */
export function limitsOf(parts: GateParts, { draft, headcount }: Drafted, requester: string): Asked {
  return { tenantId: parts.tenant.id, requester, headcount, continues: draft.continues?.planId };
}

/** The tool's own risk and what this plan raises it to. */
function riskOf(tool: ChangeTool, draft: PlanDraft<Json>): Exclude<Risk, 'read'>[] {
  const own = typeof tool.risk === 'string' ? [tool.risk] : tool.risk;
  const raised = draft.raise ?? [];
  const undeclared = raised.find((risk) => !own.some((r) => r === risk) && !tool.mayRaiseTo?.some((r) => r === risk));
  if (undeclared !== undefined)
    throw new TypeError(`${tool.name} raised its risk to ${undeclared} without declaring it`);
  // A plan that gives access or takes it away is no longer the mere write that its tool may be.
  const all = riskSet(...own, ...raised).filter((risk) => risk !== 'read');
  return all.length > 1 ? all.filter((risk) => risk !== 'write') : all;
}

/** What takes access or data away says why, also where only this plan raises the tool's risk so far. */
function requireReason(risk: readonly Risk[], args: Readonly<Record<string, unknown>>): void {
  if (args['reason'] !== undefined || !risk.some((member) => member === 'destructive' || member === 'irreversible'))
    return;
  throw new ToolError('INPUT_INVALID', {
    message: 'This change takes access or data away, so it needs a reason.',
    fix: 'Call again with reason: why the change is made, in 3 to 500 characters.',
    detail: { fields: [{ field: 'reason', problem: 'is required' }] },
  });
}
