import { createHash } from 'node:crypto';
import {
  type CallToolRequest,
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Caller } from '../approval/gate.ts';
import { visible } from '../contract/text.ts';
import { type Decision, decisionForm, type Question } from './elicitation-form.ts';
import type { Pipeline, ToolCall } from './pipeline.ts';
import type { ServerPorts } from './ports.ts';
import { planCard } from './resources.ts';

/** What the calls of one process share. */
export interface CallHost {
  readonly ports: ServerPorts;
  pipeline(): Promise<Pipeline>;
  /** Calls under way. */
  readonly running: Set<Promise<unknown>>;
}

type Answer = CallToolResult | InputRequiredResult;
const requestKey = 'decision';
const questionTimeoutMs = 600_000;
const heartbeatMs = 15_000;

/** The handler of `tools/call`: MCP's request in, the pipeline's outcome out. */
export function toolCallHandler(host: CallHost, server: Server, era: 'legacy' | 'modern') {
  return (request: CallToolRequest, context: ServerContext): Promise<Answer> => {
    return tracked(host, handled(request, context, host, { server, era }));
  };
}

/** Work under way, which is waited for when the client goes. */
export function tracked<T>({ running }: CallHost, work: Promise<T>): Promise<T> {
  running.add(work);
  const done = () => running.delete(work);
  work.then(done, done);
  return work;
}

interface Peer {
  readonly server: Server;
  readonly era: 'legacy' | 'modern';
}

async function handled(request: CallToolRequest, context: ServerContext, host: CallHost, peer: Peer): Promise<Answer> {
  const pipeline = await host.pipeline();
  const call = toolCallOf(request, context, host, peer);
  const outcome = await pipeline.call(call);
  if (outcome.kind === 'answer') return outcome.answer;
  if (peer.era === 'modern') return asked(outcome.question);
  const decision = await asking(outcome.question, context, call, host.ports);
  const { state } = outcome.question;
  const settled = await pipeline.call({ ...call, reply: { state, decision } });
  if (settled.kind === 'ask') throw new TypeError('A call asks once');
  const isOver = settled.answer.structuredContent['status'] !== 'approval_required';
  if (outcome.question.url !== undefined && isOver) tellOpened(outcome.question, context);
  return settled.answer;
}

function toolCallOf(request: CallToolRequest, context: ServerContext, { ports }: CallHost, peer: Peer): ToolCall {
  const { name, arguments: args } = request.params;
  const { mcpReq } = context;
  const state = mcpReq.requestState();
  return {
    name,
    args,
    caller: callerOf(context, ports, peer.server),
    signal: mcpReq.signal,
    ...powersOf(fieldOf(mcpReq.envelope, CLIENT_CAPABILITIES_META_KEY) ?? peer.server.getClientCapabilities()),
    ...(typeof state === 'string' ? { reply: { state, decision: decisionOf(mcpReq.inputResponses) } } : {}),
    progress: progressOf(context),
  };
}

/** The client's name is its own claim: shown, never trusted. */
export function callerOf({ mcpReq }: ServerContext, ports: ServerPorts, server: Server): Caller {
  const info = fieldOf(mcpReq.envelope, CLIENT_INFO_META_KEY) ?? server.getClientVersion();
  const named = `${fieldOf(info, 'name') ?? 'unknown'}/${fieldOf(info, 'version') ?? '?'}`;
  return { requester: ports.requester, clientId: visible(named.slice(0, 100)), transport: 'stdio' };
}

/** What the client can do. Form mode is there unless it names URL mode alone. [modelcontextprotocol.io/specification, elicitation] */
function powersOf(capabilities: unknown): Pick<ToolCall, 'canAsk' | 'canOpen' | 'hasCard'> {
  const mimeTypes = fieldOf(fieldOf(fieldOf(capabilities, 'extensions'), 'io.modelcontextprotocol/ui'), 'mimeTypes');
  const hasCard = Array.isArray(mimeTypes) && mimeTypes.includes(planCard.mimeType);
  const elicitation = fieldOf(capabilities, 'elicitation');
  if (typeof elicitation !== 'object' || elicitation === null) return { canAsk: false, hasCard };
  const canOpen = fieldOf(elicitation, 'url') !== undefined;
  return { canAsk: fieldOf(elicitation, 'form') !== undefined || !canOpen, canOpen, hasCard };
}

/** A field of what the client sent, if there is one. */
function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

function decisionOf(responses: Record<string, unknown> | undefined): Decision {
  const view = inputResponse(responses, requestKey);
  if (view.kind !== 'elicit') return 'cancelled';
  if (view.action === 'decline') return 'declined';
  if (view.action !== 'accept') return 'cancelled';
  const decision = view.content?.['decision'];
  return decision === 'approve' || decision === 'reject' ? decision : 'accepted';
}

/** 2026-07-28: the question is the answer, and the call comes again. */
function asked({ message, state, url }: Question): InputRequiredResult {
  const request =
    url === undefined
      ? inputRequired.elicit({ mode: 'form', message, requestedSchema: decisionForm })
      : inputRequired.elicitUrl({ message, url });
  return inputRequired({ inputRequests: { [requestKey]: request }, requestState: state });
}

/** Until 2025-11-25: the server asks while the call waits, telling the client now and then that it does. */
async function asking(
  question: Question,
  context: ServerContext,
  call: ToolCall,
  ports: ServerPorts,
): Promise<Decision> {
  const answered = new AbortController();
  heartbeat(call, ports, answered.signal);
  try {
    const result = await context.mcpReq.send(
      { method: 'elicitation/create', params: elicitationOf(question) },
      { timeout: questionTimeoutMs, signal: call.signal },
    );
    return decisionOf({ [requestKey]: result });
  } catch {
    // A client that fails to ask has decided nothing; a cancelled call says so by its own signal.
    return 'cancelled';
  } finally {
    answered.abort();
  }
}

function elicitationOf(question: Question) {
  const { message, url } = question;
  if (url === undefined) return { message, requestedSchema: decisionForm };
  return { mode: 'url' as const, message, url, elicitationId: elicitationIdOf(question) };
}

/** Names the opening of a page. Made from the question's state, which says nothing to anyone else and comes once. */
function elicitationIdOf({ state }: Question): string {
  return createHash('sha256').update(state).digest('hex').slice(0, 32);
}

/** Until 2025-11-25: the client learns that nothing is left to do on the page that it opened. */
function tellOpened(question: Question, { mcpReq }: ServerContext): void {
  const params = { elicitationId: elicitationIdOf(question) };
  mcpReq.notify({ method: 'notifications/elicitation/complete', params }).catch(() => {});
}

async function heartbeat(call: ToolCall, { clock }: ServerPorts, until: AbortSignal): Promise<void> {
  try {
    while (!until.aborted) {
      call.progress('Waiting for the decision in the client');
      await clock.sleep(heartbeatMs, until);
    }
  } catch {
    // The wait is over.
  }
}

function progressOf({ mcpReq }: ServerContext): (message: string) => void {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return () => {};
  let progress = 0;
  return (message) => {
    progress += 1;
    const params = { progressToken, progress, message: visible(message) };
    mcpReq.notify({ method: 'notifications/progress', params }).catch(() => {});
  };
}
