import { type ChangeAnswer, errorCodes, type PlanView, ToolError, visible } from '../contract/index.ts';
import type { GateAnswer } from './gate.ts';
import type { GateParts } from './parts.ts';
import { type Outcome, type PlanRow, viewOf } from './plans.ts';

/** The tenant as answers name it. */
export function tenantOf(parts: GateParts): { id: string; name?: string } {
  return { id: parts.tenant.id, ...(parts.tenant.name === undefined ? {} : { name: parts.tenant.name }) };
}

/** The recorded end of a plan, as its answer; thrown where it ended in an error. */
export function answerOf(outcome: Outcome, row: PlanRow): GateAnswer {
  if (outcome.kind === 'answer') return { answer: { ...outcome.answer, plan: viewOf(row) }, mayElicit: false };
  throw errorFrom(outcome.error);
}

export function outcomeOf(row: PlanRow): Outcome {
  return JSON.parse(row.outcome ?? '{}');
}

export function recorded(row: PlanRow): GateAnswer {
  return answerOf(outcomeOf(row), row);
}

function errorFrom(error: Readonly<Record<string, unknown>>): ToolError {
  const code = errorCodes.find((known) => known === error['code']) ?? 'INTERNAL';
  const { message, fix, requestId, detail } = error;
  return new ToolError(code, {
    message: String(message),
    fix: String(fix),
    ...(typeof requestId === 'string' ? { requestId } : {}),
    ...(typeof detail === 'object' && detail !== null ? { detail: { ...detail } } : {}),
  });
}

/** Nothing to do; `sentence` is the tool's own, and may name people. */
export function unchangedAnswer(parts: GateParts, sentence: string): ChangeAnswer {
  return {
    status: 'unchanged',
    result: { unchanged: visible(sentence) },
    tenant: tenantOf(parts),
    message: 'Nothing to do: the tenant already is as asked.',
  };
}

/**
 * A plan that waits, with the address of the page where it can be approved. The address ends with this process, so it is none
 * of what is kept, nor of what an approval binds.
 */
export async function waitingView(parts: GateParts, row: PlanRow): Promise<PlanView> {
  const view = viewOf(row);
  const page = await parts.page?.addressOf(row.id);
  return page === undefined ? view : { ...view, approve: { page, ...view.approve } };
}

export async function waitingAnswer(parts: GateParts, row: PlanRow): Promise<ChangeAnswer> {
  const plan = await waitingView(parts, row);
  const page =
    plan.approve.page === undefined ? '' : ' Or they type the address in plan.approve.page into their browser.';
  return {
    status: 'approval_required',
    plan,
    tenant: tenantOf(parts),
    message:
      'Nothing was changed yet. A human has to approve this plan: show it to them with the command in plan.approve.command, ' +
      `which they type in a terminal.${page} Then call apply_plan with this plan id.`,
  };
}

/** The run that a plan began, or goes on with. */
export async function runIdOf(parts: GateParts, { id, tool, args }: PlanRow): Promise<string | undefined> {
  return (await parts.runOf(id)) ?? (await parts.tool(tool))?.runOf?.(JSON.parse(args));
}

export async function stillWaiting(parts: GateParts, row: PlanRow): Promise<ChangeAnswer> {
  if (row.state !== 'applying') return waitingAnswer(parts, row);
  const runId = await runIdOf(parts, row);
  return {
    status: 'running',
    plan: viewOf(row),
    ...(runId === undefined ? {} : { runId }),
    tenant: tenantOf(parts),
    message:
      runId === undefined
        ? 'The plan is being applied. Call get_plan or apply_plan with this plan id to learn how it ends.'
        : 'The run is under way. Call get_run with this run id to see its steps, or apply_plan again to wait for its end.',
  };
}

export function deniedAnswer(parts: GateParts): ChangeAnswer {
  return { status: 'denied', tenant: tenantOf(parts), message: 'A human denied the plan. Nothing was changed.' };
}

/** Said of what was under way when the server stopped. */
export function stopped(): ToolError {
  return new ToolError('CANCELLED', {
    message: 'The server is stopping.',
    fix: 'Call again once it runs; get_plan and get_run tell what became of what was under way.',
  });
}

export function denied(): ToolError {
  return new ToolError('PLAN_DENIED', {
    message: 'A human denied this plan.',
    fix: 'Ask the user what they want instead. The same change can be asked for again 15 minutes after the denial.',
  });
}

export function expired(): ToolError {
  return new ToolError('PLAN_EXPIRED', {
    message: 'This plan expired before it was applied. Nothing was changed.',
    fix: 'Ask for the change again: it makes a new plan.',
  });
}

export function stale(fresh?: PlanView): ToolError {
  return new ToolError('PLAN_STALE', {
    message: 'What the plan was made from has changed since. Nothing was changed by this server.',
    fix:
      fresh === undefined
        ? 'Ask for the change again: it makes a new plan.'
        : 'A new plan is in detail.plan: show it to a human for approval, or apply it where it needs none.',
    ...(fresh === undefined ? {} : { detail: { plan: fresh } }),
  });
}

/** The trail knows how the plan ended, its row does not: somebody edited it, and what was approved once is done once. */
export function usedUp(): ToolError {
  return new ToolError('CONFLICT', {
    message: 'This plan was applied before, and its row was edited since. It is not applied again.',
    fix: 'Treat it as an incident: somebody wrote into the state folder. Run entra-mcp audit verify.',
  });
}

export function notByClient(): ToolError {
  return new ToolError('APPROVAL_UNAVAILABLE', {
    message: 'This plan cannot be approved through the client.',
    fix: 'A human approves it with the command in plan.approve.command, or on the page at plan.approve.page where there is one.',
  });
}
