import { canonicalJson } from '../contract/canonical.ts';
import {
  type ChangeTool,
  type Json,
  type PlanDraft,
  type PlanView,
  type Risk,
  riskSet,
  ToolError,
  visibleDeep,
} from '../contract/index.ts';
import { sealingKeyOf } from './approver.ts';
import { hashOf, sha256 } from './canonical.ts';
import type { Caller, GateCall } from './gate.ts';
import { type GuardVerdict, guard, unguarded } from './guards.ts';
import { sealingUnavailable } from './handoffs.ts';
import { type Asked, limitWarning, reachedLimit } from './limits.ts';
import { observedIds, shownObservations } from './observing.ts';
import type { GateParts } from './parts.ts';
import { type Headcount, headcountOf, isCrowd } from './people.ts';
import { type PlanRow, viewOf } from './plans.ts';
import { askPolicy, type PolicyDecision, policyDenied, sentenceOf } from './policy/asking.ts';
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
  const draft = { ...planned, ...(await unguarded(planned, parts.settings, graph)) };
  const risk = riskOf(tool, draft);
  // What goes on with an earlier plan goes on for the reason that was given then.
  if (draft.continues === undefined) requireReason(risk, args);
  if ((tool.seals !== undefined || draft.seals === true) && sealingKeyOf(parts.approver) === undefined)
    throw sealingUnavailable();
  const subjects = await Promise.all(draft.targets.map((target) => readSubject(target, graph)));
  const guarded = await guard(subjects, parts.settings, graph);
  const headcount = headcountOf(draft, risk);
  const stepUp = guarded.stepUp || draft.stepUp === true || isCrowd(headcount);
  const policy = await askPolicy(parts, { tool: tool.name, draft, subjects, risk, stepUp }, call.caller, graph);
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

/** True where a kept plan was made under the policies that are followed now. */
export function isUnderPolicy(parts: GateParts, row: PlanRow): boolean {
  return JSON.parse(row.binding).policy === policyVersion(parts);
}

function policyVersion({ policy }: GateParts): string {
  return policy?.version ?? 'none';
}

/** The same of a kept plan, as its row says it. */
function weightOf(row: PlanRow): Weight {
  return { risk: JSON.parse(row.risk), verdict: { stepUp: row.step_up === 1 } };
}

/** True where a kept plan still says what this draft says: the facts, and the words that the approver read. */
export function stillHolds(row: PlanRow, drafted: Drafted): boolean {
  const { summary, effects, undo, changes } = drafted.draft;
  const shown = viewOf(row);
  const words = (of: { summary: string; effects: readonly string[]; undo?: unknown; changes?: unknown }) =>
    hashOf({ summary: of.summary, effects: of.effects, undo: of.undo, changes: of.changes });
  if (drafted.policy?.rule === 'step-up' && row.step_up === 0) return false;
  return (
    row.facts_hash === drafted.factsHash && words(shown) === words(visibleDeep({ summary, effects, undo, changes }))
  );
}

/** The row to keep: what is shown, and what an approval will bind. */
export function planRow(
  parts: GateParts,
  drafted: Drafted,
  args: Readonly<Record<string, unknown>>,
  caller: Caller,
): PlanRow {
  const id = Buffer.from(parts.random.bytes(16)).toString('hex');
  const createdAt = parts.clock.now();
  const expiresAt = createdAt + parts.settings.planTtlMs;
  const view = viewOfDraft(parts, drafted, args, caller, { id, createdAt, expiresAt });
  const row = {
    tenant_id: parts.tenant.id,
    id,
    tool: drafted.tool.name,
    tool_version: drafted.tool.version ?? 1,
    args: canonicalJson(args),
    facts: canonicalJson(drafted.draft.facts),
    facts_hash: drafted.factsHash,
    subjects: canonicalJson(drafted.subjects.map((subject) => subject.judged)),
    risk: canonicalJson(drafted.risk),
    step_up: drafted.verdict.stepUp ? 1 : 0,
    may_elicit: mayElicit(parts, drafted, caller) ? 1 : 0,
    view: canonicalJson(view),
    requester: caller.requester,
    client_id: caller.clientId,
    created_at: createdAt,
    expires_at: expiresAt,
  };
  return {
    ...row,
    binding: bindingOf(parts, row),
    state: 'pending',
    decided_at: null,
    lease_owner: null,
    lease_until: null,
    outcome: null,
  };
}

/**
 * Canonical JSON of everything that an approval is about. It is worked out from the columns and from this process's
 * own tenant and identity, so that a row edited afterwards, or read by another tenant's server, binds something else.
 */
export function bindingOf(
  parts: GateParts,
  row: Omit<PlanRow, 'binding' | 'state' | 'decided_at' | 'lease_owner' | 'lease_until' | 'outcome'>,
): string {
  return canonicalJson({
    version: 1,
    planId: row.id,
    tool: row.tool,
    toolVersion: row.tool_version,
    args: sha256(row.args),
    facts: row.facts_hash,
    subjects: sha256(row.subjects),
    shown: sha256(row.view),
    tenantId: parts.tenant.id,
    cloud: parts.tenant.cloud,
    hosts: parts.tenant.foreignHosts,
    identity: parts.tenant.identity,
    clientId: row.client_id,
    requester: row.requester,
    policy: policyVersion(parts),
    risk: row.risk,
    stepUp: row.step_up,
    mayElicit: row.may_elicit,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  });
}

function viewOfDraft(
  parts: GateParts,
  { tool, draft, subjects, risk, verdict, policy }: Drafted,
  args: Readonly<Record<string, unknown>>,
  caller: Caller,
  times: { id: string; createdAt: number; expiresAt: number },
): PlanView {
  const { tenant } = parts;
  const reason = args['reason'];
  const stepUpNote =
    parts.approver.signIn === undefined
      ? 'Needs step-up: only a terminal (or the approval page) counts; with a PIN alone, one approver decides'
      : 'Needs step-up: two approvers have to sign in, neither of them whoever asks';
  return visibleDeep({
    id: times.id,
    tool: tool.name,
    risk: [...risk],
    summary: draft.summary,
    effects: [...draft.effects],
    warnings: [
      ...(draft.warnings ?? []),
      ...verdict.warnings,
      ...subjects.filter((subject) => 'lookalikes' in subject.shown).map(lookalikeWarning),
      ...(verdict.stepUp ? [stepUpNote] : []),
      ...(policy === undefined || policy.policies.length === 0 ? [] : [policyNote(policy)]),
      ...tenant.foreignHosts.map((host) => `This server talks to ${host}, which is not a known Microsoft host`),
    ],
    ...(draft.undo === undefined ? {} : { undo: draft.undo }),
    ...(draft.changes === undefined ? {} : { changes: draft.changes.map((change) => ({ ...change })) }),
    ...(draft.observations === undefined ? {} : { observations: shownObservations(draft.observations) }),
    targets: subjects.map((subject) => ({ ...subject.judged, ...subject.shown })),
    tenant: {
      id: tenant.id,
      ...(tenant.name === undefined ? {} : { name: tenant.name }),
      cloud: tenant.cloud,
      ...(tenant.foreignHosts.length === 0 ? {} : { hosts: [...tenant.foreignHosts] }),
    },
    ...(typeof reason === 'string' ? { reason } : {}),
    stepUp: verdict.stepUp,
    ...(policy === undefined || policy.policies.length === 0
      ? {}
      : { policy: { rule: policy.rule, policies: policy.policies.map(({ id }) => id) } }),
    requester: `${caller.requester} with ${caller.clientId}`,
    createdAt: new Date(times.createdAt).toISOString(),
    expiresAt: new Date(times.expiresAt).toISOString(),
    approve: { command: parts.approveCommand(times.id) },
  });
}

function policyNote({ rule, policies, beyondPolicy }: PolicyDecision): string {
  const said = sentenceOf(policies);
  if (beyondPolicy !== undefined)
    return `Policy would let this pass, and a human decides, since ${beyondPolicy}: ${said}`;
  return rule === 'without-approval' ? `No human was asked, by policy: ${said}` : `Policy asks for a human: ${said}`;
}

function lookalikeWarning(subject: Subject): string {
  const others = subject.shown['lookalikes'];
  return `Easily taken for another account: ${Array.isArray(others) ? others.join(', ') : ''}`;
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
