import type { BudgetReport } from '../../src/graph/budget/ledger.ts';
import type { GraphRequest, GraphResponse, Headers, Next } from '../../src/graph/request.ts';
import { Waits } from '../../src/graph/waits.ts';

/** A request as the port would make it. */
export function requestOf(parts: Partial<GraphRequest> = {}): GraphRequest {
  return {
    method: 'GET',
    template: '/users/{}',
    values: ['ann'],
    target: '/v1.0/users/ann',
    body: undefined,
    headers: {},
    repeat: 'repeatable',
    grant: undefined,
    lane: 'interactive',
    cost: { quota: 'directory', units: 1, writes: 0 },
    signal: new AbortController().signal,
    deadlineAt: undefined,
    clientRequestId: 'c-1',
    attempt: 1,
    together: false,
    member: undefined,
    waits: new Waits(),
    ...parts,
  };
}

export function responseOf(status: number, headers: Headers = {}, body: unknown = undefined): GraphResponse {
  return { status, headers, body, unreadable: false };
}

/** The body of a refusal. */
export function errorBody(code: string, more: Record<string, unknown> = {}): unknown {
  return { error: { code, message: 'words of Graph', ...more } };
}

/** A budget that nobody has used yet. */
export const quietBudget: BudgetReport = {
  queued: 0,
  inFlight: 0,
  unitsPerSecond: 350,
  unitsInWindow: 0,
  learnedUnitsPerSecond: undefined,
  closedClasses: 0,
  closedForMs: 0,
};

/** Answers in turn with what is given, an error being thrown; the last one stays. Keeps what it was asked. */
export class FakeNext {
  readonly seen: GraphRequest[] = [];
  readonly #answers: readonly (GraphResponse | Error)[];
  constructor(...answers: readonly (GraphResponse | Error)[]) {
    this.#answers = answers;
  }
  readonly next: Next = async (request) => {
    const answer = this.#answers[Math.min(this.seen.length, this.#answers.length - 1)];
    this.seen.push(request);
    if (answer === undefined || answer instanceof Error) throw answer ?? new Error('No answer was given');
    return answer;
  };
}
