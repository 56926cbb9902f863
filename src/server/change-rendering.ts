import { type ChangeAnswer, type PlanView, visible, visibleDeep } from '../contract/index.ts';
import { planExcerpt } from './plan-excerpt.ts';
import { planLines, tenantText } from './plan-rendering.ts';
import { answer, type ToolAnswer } from './rendering.ts';
import { runIn, runLines } from './run-rendering.ts';

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
  if ((plan === undefined || run !== undefined) && safe.tenant !== undefined)
    data.push(`Tenant: ${tenantText(safe.tenant)}`);
  const shown = plan === undefined ? safe : { ...safe, plan: planExcerpt(plan) };
  return answer([`${safe.status}: ${safe.message}`], data.join('\n') || undefined, shown, closing(safe));
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
  const page =
    plan.approve.page === undefined ? [] : [`Or types this address into a browser: ${visible(plan.approve.page)}`];
  return [
    `To approve, a person types in a terminal: ${visible(plan.approve.command)}`,
    ...page,
    ...(plan.stepUp ? ['This plan can only be approved there, not in the chat.'] : []),
    `Show the plan to the user. After the approval call apply_plan with {"planId":"${plan.id}"}.`,
  ];
}
