import type { GateAnswer, GateCall } from '../approval/gate.ts';
import {
  type ApplyTool,
  type ChangeAnswer,
  type ChangeTool,
  changeAnswer,
  type PlanState,
  type PlanView,
  ToolError,
} from '../contract/index.ts';
import { type CardNonces, cardMetaKey } from './card.ts';
import { changeAnswerOf } from './change-rendering.ts';
import type { QuestionKind, Questions } from './elicitation.ts';
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
  readonly nonces: CardNonces;
}

/** How long a change that was approved in the client is waited for, before the answer is `running`. */
const waitMs = 20_000;

/** Proposes or applies a change; where the client can, asks its user first: in a form, if the gate allows it, or to open the page. */
export async function changed(change: ChangeCall): Promise<Outcome> {
  const { call, session, tool } = change;
  if (call.reply !== undefined) return settled(change, call.reply);
  const found =
    tool.kind === 'change'
      ? await session.gate.propose(tool, change.input, gateCallOf(call))
      : await applied(tool, change, true);
  const kind = questionFor(found, change);
  const { plan } = found.answer;
  if (kind === undefined || plan === undefined) return rendered(found, change);
  return { kind: 'ask', question: change.questions.about(plan, kind, questionCallOf(change)) };
}

/**
 * How the client's user is asked about a plan that waits, if at all. Who may decide on a card gets that first; who opened the
 * page of the plan once is not asked again.
 */
function questionFor({ answer, mayElicit }: GateAnswer, change: ChangeCall): QuestionKind | undefined {
  const { call, questions, tool } = change;
  if (answer.status !== 'approval_required' || answer.plan === undefined) return undefined;
  if (call.canAsk && mayElicit) return 'form';
  if (call.hasCard === true && mayElicit && tool.kind === 'change') return undefined;
  const { id, approve } = answer.plan;
  return call.canOpen === true && approve.page !== undefined && !questions.wasOpened(id) ? 'page' : undefined;
}

/** Carries out what came back for a question. */
async function settled(change: ChangeCall, reply: { state: string; decision: Decision }): Promise<Outcome> {
  const { call, session, questions } = change;
  const { gate } = session;
  const { plan: planId, kind } = questions.settle(reply.state, questionCallOf(change));
  const { decision } = reply;
  // Of the page a client can only say that it was opened, whatever else it says.
  if (kind === 'page' && decision !== 'declined' && decision !== 'cancelled') {
    questions.keepOpened(planId);
    return rendered(await finished(change, planId), change);
  }
  if (decision === 'approve') {
    await gate.decideByClient(planId, 'approve', call.caller);
    return rendered(await finished(change, planId), change);
  }
  if (decision === 'reject') await gate.decideByClient(planId, 'deny', call.caller);
  const { plan, status } = await gate.report(planId, call.caller);
  if (decision !== 'reject') {
    return rendered(
      { answer: undecided(plan, status, decision), mayElicit: kind === 'form' && status === 'pending' },
      change,
    );
  }
  if (status !== 'denied') throw tooLate();
  return rendered({ answer: denied(plan), mayElicit: false }, change);
}

/** Carries out what a person clicked on the card of a plan. */
async function decidedOnCard(
  change: ChangeCall,
  planId: string,
  nonce: string | undefined,
  decision: 'approve' | 'deny',
): Promise<ChangeAnswer> {
  const { call, nonces } = change;
  const { gate } = change.session;
  nonces.use(nonce, (await gate.report(planId, call.caller)).plan, call.caller);
  await gate.decideByClient(planId, decision, call.caller, 'card');
  if (decision === 'approve') return (await gate.apply(planId, gateCallOf(call), waitMs)).answer;
  const { plan, status } = await gate.report(planId, call.caller);
  if (status !== 'denied') throw tooLate();
  return denied(plan);
}

/** Waits for the decision where there is none yet, and for the end. */
function finished(change: ChangeCall, planId: string): Promise<GateAnswer> {
  const { call, session, tool } = change;
  return tool.kind === 'apply' ? applied(tool, change, false) : session.gate.apply(planId, gateCallOf(call), waitMs);
}

/** A human decided elsewhere while the question stood: a rejection takes nothing back. */
function tooLate(): ToolError {
  return new ToolError('CONFLICT', {
    message: 'The plan was already being applied, or over, when it was denied in the client.',
    fix: 'Call get_plan with the plan id to see what became of it.',
  });
}

function denied(plan: PlanView): ChangeAnswer {
  return { status: 'denied', plan, tenant: tenantOf(plan), message: 'The plan was denied in the client.' };
}

function undecided(plan: PlanView, state: PlanState, how: 'accepted' | 'declined' | 'cancelled'): ChangeAnswer {
  const where = plan.approve.page === undefined ? '' : ', or on the page at plan.approve.page';
  const stands =
    state === 'pending'
      ? `the plan is still pending, and a person can approve it in a terminal with plan.approve.command${where}`
      : `the plan is ${state} by now, which get_plan and apply_plan tell more of`;
  const came = how === 'accepted' ? 'came back without a decision' : `was ${how}`;
  const message = `The question in the client ${came}, which decides nothing: ${stands}.`;
  return { status: 'approval_required', plan, tenant: tenantOf(plan), message };
}

function tenantOf({ tenant }: PlanView) {
  return { id: tenant.id, ...(tenant.name === undefined ? {} : { name: tenant.name }) };
}

/** Runs apply_plan, and keeps whether the gate lets the client be asked in a form. */
async function applied(tool: ApplyTool, change: ChangeCall, mayAsk: boolean): Promise<GateAnswer> {
  const { input, call, session } = change;
  const { gate } = session;
  let mayElicit = false;
  const answer = await tool.run(input, {
    plans: {
      get: (planId) => gate.report(planId, call.caller),
      apply: async (planId, waitSeconds) => {
        const outcome = await applyOrAsk(change, planId, waitSeconds * 1000, mayAsk);
        mayElicit = outcome.mayElicit;
        return outcome.answer;
      },
    },
    card: { decide: (...clicked) => decidedOnCard(change, ...clicked) },
  });
  return { answer, mayElicit };
}

/** A pending plan that the client's user can be asked about is not waited for: they are asked at once. */
async function applyOrAsk(change: ChangeCall, planId: string, wait: number, mayAsk: boolean): Promise<GateAnswer> {
  const { call, session } = change;
  const { gate } = session;
  const canAsk = mayAsk && (call.canAsk || call.canOpen === true);
  if (canAsk && (await gate.report(planId, call.caller)).status === 'pending') {
    const outcome = await gate.apply(planId, gateCallOf(call), 0);
    if (questionFor(outcome, change) !== undefined) return outcome;
  }
  return gate.apply(planId, gateCallOf(call), wait);
}

/** The answer as the contract has it: excess properties are dropped. The card of a plan that the client may decide gets its nonce. */
function rendered({ answer: given, mayElicit }: GateAnswer, { call, nonces }: ChangeCall): Outcome {
  const answer = changeAnswerOf(changeAnswer.parse(given));
  const { plan, status } = given;
  const isForCard = call.hasCard === true && mayElicit && status === 'approval_required';
  if (!isForCard || plan === undefined) return { kind: 'answer', answer };
  return { kind: 'answer', answer: { ...answer, _meta: { [cardMetaKey]: { nonce: nonces.of(plan, call.caller) } } } };
}

function gateCallOf(call: ToolCall): GateCall {
  return {
    caller: call.caller,
    elicits: call.canAsk,
    opensPage: call.canOpen === true,
    signal: call.signal,
    progress: (message) => call.progress(message),
  };
}

function questionCallOf({ call, tool, input }: ChangeCall) {
  return { caller: call.caller, tool: tool.name, input };
}
