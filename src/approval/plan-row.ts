import { canonicalJson } from '../contract/canonical.ts';
import { type PlanView, visibleDeep } from '../contract/index.ts';
import { mayElicit } from './approval-need.ts';
import { hashOf, sha256 } from './canonical.ts';
import type { Caller } from './gate.ts';
import { shownObservations } from './observing.ts';
import type { GateParts } from './parts.ts';
import type { Drafted } from './planning.ts';
import { type PlanRow, viewOf } from './plans.ts';
import { type PolicyDecision, sentenceOf } from './policy/asking.ts';
import type { Subject } from './subjects.ts';

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

/** True where a kept plan was made under the policies that are followed now. */
export function isUnderPolicy(parts: GateParts, row: PlanRow): boolean {
  return JSON.parse(row.binding).policy === policyVersion(parts);
}

function policyVersion({ policy }: GateParts): string {
  return policy?.version ?? 'none';
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
