import { createPipeline, type Outcome, type ToolCall } from '../../src/server/pipeline.ts';
import type { ServerPorts } from '../../src/server/ports.ts';
import type { ToolAnswer } from '../../src/server/rendering.ts';
import { noted } from '../secrets/outputs.ts';

/** A call of alice's client, with what a test changes of it. */
export function callOf(name: string, args: unknown, changes: Partial<ToolCall> = {}): ToolCall {
  return {
    name,
    args,
    caller: { requester: 'os:alice', clientId: 'test/1', transport: 'stdio' },
    signal: new AbortController().signal,
    canAsk: false,
    progress: () => {},
    ...changes,
  };
}

/** The answer of an outcome that must be one. */
export function answerOf(outcome: Outcome): ToolAnswer {
  if (outcome.kind !== 'answer') throw new Error('The call asked instead of answering');
  return outcome.answer;
}

/** The question of an outcome that must be one. */
export function questionOf(outcome: Outcome) {
  if (outcome.kind !== 'ask') throw new Error(`The call answered: ${textOf(outcome.answer)}`);
  return outcome.question;
}

export function textOf(answer: ToolAnswer): string {
  return answer.content.map(({ text }) => text).join('\n');
}

/** One call in a pipeline of its own. */
export async function answered(ports: ServerPorts, name: string, args: unknown, changes: Partial<ToolCall> = {}) {
  return answerOf(await noted(createPipeline(ports).call(callOf(name, args, changes))));
}

/** The `error` of an answer that must be one. */
export function errorOf(answer: ToolAnswer): {
  code: string;
  message: string;
  fix: string;
  detail?: Record<string, unknown>;
} {
  const { error } = answer.structuredContent;
  if (answer.isError !== true || !isError(error)) throw new Error(`Not an error: ${textOf(answer)}`);
  return error;
}

function isError(value: unknown): value is { code: string; message: string; fix: string } {
  return typeof value === 'object' && value !== null && 'code' in value && 'message' in value && 'fix' in value;
}
