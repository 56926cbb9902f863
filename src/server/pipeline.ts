import type { Caller } from '../approval/gate.ts';
import type { ReadTool, Tool } from '../contract/index.ts';
import { CardNonces } from './card.ts';
import { toolNamed } from './catalog.ts';
import { changed } from './change.ts';
import { Questions } from './elicitation.ts';
import type { Decision, Question } from './elicitation-form.ts';
import { failureOf } from './failure.ts';
import { parsedInput } from './input.ts';
import { keptListPortOf, listPortOf } from './lists.ts';
import type { ServerPorts, TenantSession } from './ports.ts';
import { errorAnswer, readAnswer, type ToolAnswer } from './rendering.ts';
import { type Seal, sealOf } from './sealing.ts';

/** One `tools/call`, free of MCP's own types. */
export interface ToolCall {
  readonly name: string;
  readonly args: unknown;
  readonly caller: Caller;
  readonly signal: AbortSignal;
  /** True where the client can show a form to its user. */
  readonly canAsk: boolean;
  /** True where the client can open an address for its user, after asking them. */
  readonly canOpen?: boolean;
  /** True where the client shows cards (MCP Apps). */
  readonly hasCard?: boolean;
  /** What came back for an earlier `ask` of the same call. */
  readonly reply?: { readonly state: string; readonly decision: Decision };
  progress(message: string): void;
}

/** The answer, or the question to put to the client's user before the same call comes again with the reply. */
export type Outcome =
  | { readonly kind: 'answer'; readonly answer: ToolAnswer }
  | { readonly kind: 'ask'; readonly question: Question };

/** Runs tool calls of one process: checks input, plans or reads, renders. Never throws. */
export interface Pipeline {
  call(call: ToolCall): Promise<Outcome>;
}

/** Makes the pipeline that stdio, HTTP and `entra-mcp call` share. */
export function createPipeline(ports: ServerPorts): Pipeline {
  const questions = new Questions(sealOf(ports.sealingKey, 'request state'), ports.clock);
  const nonces = new CardNonces(ports.sealingKey, ports.clock);
  const cursors = sealOf(ports.sealingKey, 'cursor');
  return {
    async call(call) {
      let tool: Tool | undefined;
      try {
        call.signal.throwIfAborted();
        tool = await toolNamed(call.name, ports);
        const input = parsedInput(tool, call.args);
        const session = await openedFor(call, ports);
        if (tool.kind === 'read') return await read(tool, { input, call, session, cursors, ports });
        return await changed({ tool, input, call, session, questions, nonces });
      } catch (thrown) {
        const error = await failureOf(thrown, { name: call.name, tool, signal: call.signal }, ports);
        return { kind: 'answer', answer: errorAnswer(error) };
      }
    },
  };
}

/** The session, unless the call is stopped first: opening one may be a sign-in that takes long, and goes on for the others. */
function openedFor({ signal }: ToolCall, ports: ServerPorts): Promise<TenantSession> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  return Promise.race([ports.session(), stopped]).finally(() => signal.removeEventListener('abort', stop));
}

interface ReadCall {
  readonly input: Record<string, unknown>;
  readonly call: ToolCall;
  readonly session: TenantSession;
  readonly cursors: Seal;
  readonly ports: ServerPorts;
}

async function read(tool: ReadTool, { input, call, session, cursors, ports }: ReadCall): Promise<Outcome> {
  const { signal, caller } = call;
  const { gate, tenantId, access } = session;
  const notes: string[] = [];
  const note = (text: string) => notes.push(text);
  const graph = session.graph.reader({ signal, lane: 'interactive', onWait: (ms) => note(waitedNote(ms)) });
  const listCall = { tool: tool.name, input, tenantId, graph, signal, seal: cursors, note };
  const found = await tool.run(input, {
    graph,
    clock: ports.clock,
    signal,
    list: listPortOf(listCall),
    listKept: keptListPortOf(listCall),
    plans: { get: (planId) => gate.report(planId, caller), apply: refuseApply },
    access,
    runs: session.runs(caller.requester),
    applied: gate.appliedOf(caller),
    directory: session.directory(caller.requester),
    progress: (message) => call.progress(message),
  });
  signal.throwIfAborted();
  return { kind: 'answer', answer: readAnswer(tool.name, parsedOutput(tool, found), notes) };
}

/** Said in an answer that took a while through no fault of its own. */
function waitedNote(ms: number): string {
  return `This waited ${Math.round(ms / 1000)} s for Graph's quota: ask for less at a time, or later.`;
}

/** A read tool that applies plans would be a way around the hints that hosts go by. */
function refuseApply(): Promise<never> {
  return Promise.reject(new TypeError('A read tool cannot apply a plan'));
}

/** Excess properties are dropped; anything else that the tool's own schema refuses is a fault of the tool. */
function parsedOutput(tool: ReadTool, found: unknown): Record<string, unknown> {
  const parsed = tool.output.parse(found);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new TypeError(`The output of ${tool.name} is not an object`);
  }
  return { ...parsed };
}
