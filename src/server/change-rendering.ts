import { type ChangeAnswer, type Observation, type PlanView, visible, visibleDeep } from '../contract/index.ts';
import { answer, type ToolAnswer } from './rendering.ts';
import { runIn, runLines } from './run-rendering.ts';

const mostTargets = 20;
const mostNames = 30;

/**
 * The answer of a tool that changes the tenant. Plans and results name people, so they stand between markers; the message is
 * the gate's own words, as that of an error is. Where a run came of a plan, the run is told of: the plan was shown before.
 */
export function changeAnswerOf(given: ChangeAnswer): ToolAnswer {
  const safe: ChangeAnswer = visibleDeep(given);
  const { plan, result } = safe;
  const run = runIn(result);
  const data = plan === undefined ? [] : run === undefined ? planLines(plan) : [`Plan: ${plan.summary}`];
  if (run !== undefined) data.push(...runLines(run));
  else if (result !== undefined) data.push(`Result: ${JSON.stringify(result)}`);
  if (plan === undefined && safe.tenant !== undefined) data.push(`Tenant: ${tenantText(safe.tenant)}`);
  return answer([`${safe.status}: ${safe.message}`], data.join('\n') || undefined, safe, closing(safe));
}

/** What a plan says, a line each, for a person who decides. Every name in it is made visible. */
export function planLines(given: PlanView): string[] {
  const plan: PlanView = visibleDeep(given);
  return [
    `Plan: ${plan.summary}`,
    ...targetLines(plan.targets ?? []),
    ...observationLines(plan.observations ?? []),
    ...plan.effects.map((effect) => `Effect: ${effect}`),
    ...plan.warnings.map((warning) => `Warning: ${warning}`),
    ...(plan.changes ?? []).map(
      ({ property, before, after }) => `Change: ${property}: ${before ?? '(not set)'} → ${after ?? '(not set)'}`,
    ),
    `Undo: ${plan.undo ?? 'cannot be taken back'}`,
    `Risk: ${plan.risk.join(', ')}`,
    `Tenant: ${tenantText(plan.tenant)}, ${plan.tenant.cloud} cloud`,
    ...(plan.tenant.hosts ?? []).map((host) => `Outside the known clouds: ${host}`),
    ...(plan.reason === undefined ? [] : [`The agent says: ${JSON.stringify(plan.reason)}`]),
  ];
}

/** What is taken away, with names as far as they go, and what stays with its reason. */
function observationLines(lists: readonly Observation[]): string[] {
  return lists.flatMap(({ name, of, title, items, more = 0 }) => {
    const taken = items.filter(({ kept }) => kept === undefined);
    const kept = items.filter((item) => item.kept !== undefined);
    const names = taken.slice(0, mostNames).map((item) => (item.privileged ? `${item.name} (privileged)` : item.name));
    const rest = taken.length - names.length + more;
    const whose = of === undefined ? name : `${of}, ${name}`;
    return [
      ...(taken.length + more === 0
        ? []
        : [`${title} [${whose}], ${taken.length + more}: ${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`]),
      ...kept.slice(0, mostNames).map((item) => `Left alone [${whose}]: ${item.name}: ${item.kept}`),
    ];
  });
}

/** Who is touched, as the server read them: what an approver judges by. */
function targetLines(targets: readonly Readonly<Record<string, unknown>>[]): string[] {
  const lines = targets.slice(0, mostTargets).map((target) => {
    const facts = Object.entries(target).filter(([, value]) => value !== null && value !== undefined);
    return `Target: ${facts.map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`).join(' · ')}`;
  });
  return targets.length > mostTargets ? [...lines, `Target: and ${targets.length - mostTargets} more`] : lines;
}

function tenantText(tenant: { readonly id: string; readonly name?: string | undefined }): string {
  return tenant.name === undefined ? tenant.id : `${tenant.name} (${tenant.id})`;
}

function closing({ status, plan, runId, auditHead }: ChangeAnswer): string[] {
  const lines: string[] = [];
  if (plan !== undefined) lines.push(`Plan id: ${plan.id} · tool: ${plan.tool} · expires: ${plan.expiresAt}`);
  if (plan !== undefined && status === 'approval_required') lines.push(...approvalLines(plan));
  if (runId !== undefined) lines.push(`Run id: ${runId}`);
  if (status === 'running' && plan !== undefined && runId === undefined)
    lines.push('Call get_plan with the plan id later to see the end.');
  if (auditHead !== undefined) lines.push(`Audit head: ${auditHead}`);
  return lines;
}

function approvalLines(plan: PlanView): string[] {
  const page = plan.approve.page === undefined ? [] : [`To approve on a page: ${visible(plan.approve.page)}`];
  return [
    `To approve, a person types in a terminal: ${visible(plan.approve.command)}`,
    ...page,
    ...(plan.stepUp ? ['This plan can only be approved there, not in the chat.'] : []),
    `Show the plan to the user. After the approval call apply_plan with {"planId":"${plan.id}"}.`,
  ];
}
