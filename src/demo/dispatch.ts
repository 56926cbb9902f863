import { GraphFault } from './errors.ts';
import { faultAnswer, withForeignNextLink } from './faults/answers.ts';
import type { Faults } from './faults/faults.ts';
import { effectOf, type FaultRule } from './faults/rule.ts';
import { type Answer, type GraphRequest, type Target, targetOf } from './request.ts';
import { checkRestricted } from './restricted-management.ts';
import type { Router } from './router.ts';
import type { Tenant } from './tenant.ts';
import type { Throttle } from './throttle.ts';

/** What the demo tenant received: one HTTP request, or one request inside a $batch. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path and query as sent, `/v1.0/users?$top=5`; batched ones get the `/v1.0` of their batch. */
  readonly path: string;
  /** What was answered, or would have been where a fault kept the answer back; 0 where nothing was done at all. */
  readonly status: number;
  readonly body?: unknown;
  /** Names in lower case. */
  readonly headers: Record<string, string>;
  /** The fault that struck. */
  readonly fault?: string;
  /** Milliseconds since the epoch, by the tenant's clock. */
  readonly atMs: number;
}

/** What a dispatcher is made of. */
interface DispatcherParts {
  readonly tenant: Tenant;
  readonly router: Router;
  readonly throttle: Throttle;
  readonly faults: Faults;
}

const longestLog = 10_000;

/** Answers requests of one tenant, and remembers the latest ones. */
export class Dispatcher {
  readonly requests: ReceivedRequest[] = [];
  readonly tenant: Tenant;
  readonly faults: Faults;
  readonly #router: Router;
  readonly #throttle: Throttle;

  constructor({ tenant, router, throttle, faults }: DispatcherParts) {
    this.tenant = tenant;
    this.faults = faults;
    this.#router = router;
    this.#throttle = throttle;
  }

  /** Never throws for what the client did: every fault becomes Graph's error answer. `struck` names a fault on the wire. */
  async answer(request: GraphRequest, struck?: FaultRule): Promise<Answer> {
    const target = this.#targetOf(request);
    const { headers, refusal } = this.#throttle.admit(request, 'segments' in target ? target : undefined);
    const all = { ...idsOf(request), ...headers };
    if (refusal !== undefined) {
      this.note(request, refusal.status, struck);
      return withHeaders(refusal, all);
    }
    const fault = this.faults.onAnswer(request);
    const answer = await this.#faulty(request, fault, () => this.#attempt(request, target));
    this.note(request, answer.status, fault ?? struck);
    return withHeaders(answer, all);
  }

  /** The answer to a $batch as a whole, from what answers it without faults. */
  async wholeBatch(request: GraphRequest, run: () => Promise<Answer>, struck?: FaultRule): Promise<Answer> {
    const fault = this.faults.onBatch(request);
    const answer = await this.#faulty(request, fault, run);
    this.note(request, answer.status, fault ?? struck);
    return withHeaders(answer, idsOf(request));
  }

  /** Graph's answer to a request that failed before it was dispatched. */
  fail(request: GraphRequest, error: unknown, struck?: FaultRule): Answer {
    const answer = this.#failure(request, error);
    this.note(request, answer.status, struck);
    return withHeaders(answer, { ...idsOf(request), 'x-ms-resource-unit': '1' });
  }

  /** Writes a request into the log. */
  note({ method, path, body, headers }: GraphRequest, status: number, fault?: FaultRule): void {
    this.requests.push({
      method,
      path,
      status,
      ...(body === undefined ? {} : { body }),
      headers: { ...headers },
      ...(fault === undefined ? {} : { fault: fault.kind }),
      atMs: this.tenant.now(),
    });
    if (this.requests.length > longestLog) this.requests.splice(0, this.requests.length - longestLog);
  }

  async #faulty(request: GraphRequest, fault: FaultRule | undefined, run: () => Promise<Answer>): Promise<Answer> {
    const nowMs = this.tenant.now();
    if (fault === undefined) return run();
    if (!effectOf(fault.kind).after) return faultAnswer(fault, request, nowMs);
    const answer = await run();
    return fault.kind === 'next-foreign'
      ? withForeignNextLink(answer, fault, request)
      : faultAnswer(fault, request, nowMs);
  }

  #targetOf({ path }: GraphRequest): Target | { readonly error: unknown } {
    try {
      return targetOf(path);
    } catch (error) {
      return { error };
    }
  }

  async #attempt(request: GraphRequest, target: Target | { readonly error: unknown }): Promise<Answer> {
    try {
      if ('error' in target) throw target.error;
      const { version, segments, query } = target;
      if (version !== 'v1.0') throw new GraphFault(404, 'ResourceNotFound', `Invalid version: ${version}`);
      const { handler, params } = this.#router.match(request.method, segments);
      this.tenant.authority.checkRequest(request.method, segments, query, request.body);
      checkRestricted(this.tenant, request, segments, params);
      return await handler({ tenant: this.tenant, request, query, params, segments });
    } catch (error) {
      return this.#failure(request, error);
    }
  }

  #failure({ requestId, clientRequestId }: GraphRequest, error: unknown): Answer {
    const fault =
      error instanceof GraphFault
        ? error
        : new GraphFault(500, 'InternalServerError', `The demo tenant failed: ${String(error)}`);
    const date = new Date(this.tenant.now()).toISOString().slice(0, 19);
    return {
      status: fault.status,
      headers: fault.headers,
      body: fault.toBody({ date, requestId, clientRequestId }),
    };
  }
}

const withHeaders = (answer: Answer, headers: Readonly<Record<string, string>>): Answer => ({
  ...answer,
  headers: { ...headers, ...answer.headers },
});

const idsOf = ({ requestId, clientRequestId }: GraphRequest): Record<string, string> => ({
  'request-id': requestId,
  'client-request-id': clientRequestId,
});
