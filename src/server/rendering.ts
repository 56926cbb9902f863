import { planView, type ToolError, visibleDeep } from '../contract/index.ts';
import { fenced } from './fence.ts';
import { answerLimit } from './lists.ts';
import { withPlanExcerpt } from './plan-excerpt.ts';
import { planLines } from './plan-rendering.ts';
import { runIn, runLines } from './run-rendering.ts';

/** What `tools/call` answers. */
export type ToolAnswer = {
  content: { type: 'text'; text: string }[];
  structuredContent: Record<string, unknown>;
  isError?: true;
  /** For the host and what it shows beside the chat: no model reads it. */
  _meta?: Record<string, unknown>;
};

/** The answer of a read tool: the data once for programs, once between markers for models. `notes` are our own words. */
export function readAnswer(tool: string, data: Record<string, unknown>, notes: readonly string[]): ToolAnswer {
  const safe = visibleDeep(data);
  const lead = [countOf(tool, safe), ...notes];
  if (typeof safe['nextCursor'] === 'string') lead.push(goingOn(safe['more']));
  return answer(lead, textOf(safe), withPlanExcerpt(safe));
}

/** What nextCursor is for. Only a feed says that there is no more: it has no end. */
function goingOn(more: unknown): string {
  return more === false
    ? 'There is no more yet: later, the same call with cursor set to nextCursor tells what came meanwhile.'
    : 'There is more: call again with the same arguments and cursor set to nextCursor.';
}

/** The data as text: JSON; a run, and a plan that is too long for JSON, as lines for people. */
function textOf(data: Record<string, unknown>): string {
  const run = runIn(data);
  if (run !== undefined) return runLines(run).join('\n');
  const json = JSON.stringify(data);
  const plan = json.length < answerLimit / 2 ? undefined : planView.safeParse(data['plan']).data;
  if (plan === undefined) return json;
  const { plan: _, ...rest } = data;
  const done = runIn(rest['result']);
  if (done !== undefined) delete rest['result'];
  const shown = done === undefined ? planLines(plan) : [`Plan: ${plan.summary}`, ...runLines(done)];
  return [...Object.entries(rest).map(([name, value]) => `${name}: ${JSON.stringify(value)}`), ...shown].join('\n');
}

/** The answer for a call that failed: code, message and fix in our words, details as data. */
export function errorAnswer(error: ToolError): ToolAnswer {
  const { detail: given, ...own } = error.toJSON();
  const detail = given === undefined ? undefined : withPlanExcerpt(visibleDeep({ ...given }));
  const safe: Record<string, unknown> = { ...visibleDeep(own), ...(detail === undefined ? {} : { detail }) };
  const lead = [`${error.code}: ${error.message}`, `Fix: ${error.fix}`];
  if (error.retryAfterMs !== undefined) lead.push(`Retry after ${Math.ceil(error.retryAfterMs / 1000)} s.`);
  if (error.requestId !== undefined) lead.push(`Graph's request id: ${error.requestId}`);
  const { fields, ...told } = detail ?? {};
  const rest = Object.keys(told).length === 0 ? undefined : JSON.stringify(told);
  return { ...answer(lead, rest, { error: safe }), isError: true };
}

/** Builds an answer: our lines, then the tenant's text between markers, then our lines again; 64 KB at most. */
export function answer(
  lead: readonly string[],
  data: string | undefined,
  structuredContent: Record<string, unknown>,
  close: readonly string[] = [],
): ToolAnswer {
  const own = [...lead, ...close].join('\n');
  const room = answerLimit - Buffer.byteLength(own, 'utf8') - 512;
  const lines = [...lead];
  if (data !== undefined) lines.push(fenced(cut(data, room)));
  if (data !== undefined && Buffer.byteLength(data, 'utf8') > room) {
    lines.push('The text above stops at 64 KB: ask for fewer fields or parts.');
  }
  return { content: [{ type: 'text', text: [...lines, ...close].join('\n') }], structuredContent };
}

function cut(text: string, room: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= room) return text;
  // A character cut in half reads as U+FFFD.
  return bytes
    .subarray(0, Math.max(0, room))
    .toString('utf8')
    .replace(/\uFFFD+$/, '');
}

function countOf(tool: string, data: Record<string, unknown>): string {
  const { items, total } = data;
  if (!Array.isArray(items)) return `${tool} answers:`;
  const count = `${items.length} ${items.length === 1 ? 'item' : 'items'}`;
  return typeof total === 'number' ? `${tool} answers ${count} of ${total}:` : `${tool} answers ${count}:`;
}
