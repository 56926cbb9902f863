import { resourceUnits } from './cost.ts';
import { GraphFault } from './errors.ts';
import { type Answer, type GraphRequest, targetOf } from './request.ts';
import type { Router } from './router.ts';
import type { Tenant } from './tenant.ts';

/** What the demo tenant received: one HTTP request, or one request inside a $batch. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path and query as sent, `/v1.0/users?$top=5`; batched ones get the `/v1.0` of their batch. */
  readonly path: string;
  readonly status: number;
  readonly body?: unknown;
  /** Names in lower case. */
  readonly headers: Record<string, string>;
}

const longestLog = 10_000;

/** Answers requests of one tenant, and remembers the latest ones. */
export class Dispatcher {
  readonly requests: ReceivedRequest[] = [];
  readonly tenant: Tenant;
  readonly #router: Router;

  constructor(tenant: Tenant, router: Router) {
    this.tenant = tenant;
    this.#router = router;
  }

  /** Never throws for what the client did: every fault becomes Graph's error answer. */
  async answer(request: GraphRequest): Promise<Answer> {
    try {
      const answer = await this.#attempt(request);
      this.note(request, answer.status);
      return answer;
    } catch (error) {
      return this.fail(request, error);
    }
  }

  /** Graph's answer to a request that failed. */
  fail(request: GraphRequest, error: unknown): Answer {
    const fault =
      error instanceof GraphFault
        ? error
        : new GraphFault(500, 'InternalServerError', `The demo tenant failed: ${String(error)}`);
    this.note(request, fault.status);
    const date = new Date(this.tenant.now()).toISOString().slice(0, 19);
    const { requestId, clientRequestId } = request;
    return {
      status: fault.status,
      headers: { ...idsOf(request), 'x-ms-resource-unit': '1' },
      body: fault.toBody({ date, requestId, clientRequestId }),
    };
  }

  /** Writes a request into the log. */
  note({ method, path, body, headers }: GraphRequest, status: number): void {
    this.requests.push({ method, path, status, ...(body === undefined ? {} : { body }), headers: { ...headers } });
    if (this.requests.length > longestLog) this.requests.splice(0, this.requests.length - longestLog);
  }

  async #attempt(request: GraphRequest): Promise<Answer> {
    const { version, segments, query } = targetOf(request.path);
    if (version !== 'v1.0') throw new GraphFault(404, 'ResourceNotFound', `Invalid version: ${version}`);
    const { handler, params } = this.#router.match(request.method, segments);
    const answer = await handler({ tenant: this.tenant, request, query, params, segments });
    const units = String(resourceUnits(request.method, segments, query));
    return { ...answer, headers: { ...answer.headers, ...idsOf(request), 'x-ms-resource-unit': units } };
  }
}

const idsOf = ({ requestId, clientRequestId }: GraphRequest): Record<string, string> => ({
  'request-id': requestId,
  'client-request-id': clientRequestId,
});
