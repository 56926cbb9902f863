import type { Gate, GateAnswer, GateCall } from '../approval/gate.ts';
import {
  type ApplyTool,
  type ChangeAnswer,
  type ChangeTool,
  changeAnswer,
  type PlanState,
  type PlanView,
  ToolError,
} from '../contract/index.ts';
import { changeAnswerOf } from './change-rendering.ts';
import type { Questions } from './elicitation.ts';
import type { Decision } from './elicitation-form.ts';
import type { Outcome, ToolCall } from './pipeline.ts';
import type { TenantSession } from './ports.ts';

/** A call of a tool that changes the tenant, its input checked. */
export interface ChangeCall {
  readonly tool: ChangeTool | ApplyTool;
  readonly input: Record<string, unknown>;
  readonly call: ToolCall;
  readonly session: TenantSession;
  readonly questions: Questions;
}

/** How long a change that was approved in the client is waited for, before the answer is `running`. */
const waitMs = 20_000;

/** Proposes or applies a change; where the gate allows it and the client can, asks its user first. */
export async function changed(change: ChangeCall): Promise<Outcome> {
  const { call, session } = change;
  if (call.reply !== undefined) return settled(change, call.reply);
  const { answer, mayElicit } =
    change.tool.kind === 'change'
      ? await session.gate.propose(change.tool, change.input, gateCallOf(call))
      : await applied(change.tool, change, call.canAsk);
  if (call.canAsk && mayElicit && answer.status === 'approval_required' && answer.plan !== undefined) {
    return { kind: 'ask', question: change.questions.about(answer.plan, questionCallOf(change)) };
  }
  return rendered(answer);
}

/** Carries out what came back for a question. */
async function settled(change: ChangeCall, reply: { state: string; decision: Decision }): Promise<Outcome> {
  const { call, session, tool } = change;
  const { gate } = session;
  const planId = change.questions.settle(reply.state, questionCallOf(change));
  if (reply.decision === 'approve') {
    await gate.decideByClient(planId, 'approve', call.caller);
    const { answer } =
      tool.kind === 'apply' ? await applied(tool, change, false) : await gate.apply(planId, gateCallOf(call), waitMs);
    return rendered(answer);
  }
  if (reply.decision === 'reject') await gate.decideByClient(planId, 'deny', call.caller);
  const { plan, status } = await gate.report(planId, call.caller);
  if (reply.decision !== 'reject') return rendered(undecided(plan, status, reply.decision));
  if (status !== 'denied') throw tooLate();
  return rendered(denied(plan));
}

/** A human decided elsewhere while the question stood: a rejection takes nothing back. */
function tooLate(): ToolError {
  return new ToolError('CONFLICT', {
    message: 'The plan was already being applied, or over, when it was rejected in the client.',
    fix: 'Call get_plan with the plan id to see what became of it.',
  });
}

function denied(plan: PlanView): ChangeAnswer {
  return { status: 'denied', plan, tenant: tenantOf(plan), message: 'The plan was rejected in the client.' };
}

function undecided(plan: PlanView, state: PlanState, how: 'declined' | 'cancelled'): ChangeAnswer {
  const stands =
    state === 'pending'
      ? 'the plan is still pending and can be approved in a terminal'
      : `the plan is ${state} by now, which get_plan and apply_plan tell more of`;
  const message = `The question in the client was ${how}, which decides nothing: ${stands}.`;
  return { status: 'approval_required', plan, tenant: tenantOf(plan), message };
}

function tenantOf({ tenant }: PlanView) {
  return { id: tenant.id, ...(tenant.name === undefined ? {} : { name: tenant.name }) };
}

/** Runs apply_plan, and keeps whether the gate lets the client be asked. */
async function applied(tool: ApplyTool, { input, call, session }: ChangeCall, canAsk: boolean): Promise<GateAnswer> {
  const { gate } = session;
  let mayElicit = false;
  const answer = await tool.run(input, {
    plans: {
      get: (planId) => gate.report(planId, call.caller),
      apply: async (planId, waitSeconds) => {
        const outcome = await applyOrAsk(gate, planId, call, waitSeconds * 1000, canAsk);
        mayElicit = outcome.mayElicit;
        return outcome.answer;
      },
    },
  });
  return { answer, mayElicit };
}

/** A pending plan that the client's user may decide is not waited for: they are asked at once. */
async function applyOrAsk(
  gate: Gate,
  planId: string,
  call: ToolCall,
  wait: number,
  canAsk: boolean,
): Promise<GateAnswer> {
  if (canAsk && (await gate.report(planId, call.caller)).status === 'pending') {
    const outcome = await gate.apply(planId, gateCallOf(call), 0);
    if (outcome.mayElicit) return outcome;
  }
  return gate.apply(planId, gateCallOf(call), wait);
}

/** The answer as the contract has it: excess properties are dropped. */
function rendered(answer: ChangeAnswer): Outcome {
  return { kind: 'answer', answer: changeAnswerOf(changeAnswer.parse(answer)) };
}

function gateCallOf(call: ToolCall): GateCall {
  return {
    caller: call.caller,
    elicits: call.canAsk,
    signal: call.signal,
    progress: (message) => call.progress(message),
  };
}

function questionCallOf({ call, tool, input }: ChangeCall) {
  return { caller: call.caller, tool: tool.name, input };
}
