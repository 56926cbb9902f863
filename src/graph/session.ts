import type { Clock, Grant, GraphCall, Random, Repeat } from '../contract/index.ts';
import { type CostlyQuery, costOf } from './cost.ts';
import type { Member } from './crowd.ts';
import { toolErrorOf, toolErrorOfFailure } from './errors.ts';
import { TransportFailure } from './failure.ts';
import { type GraphRequest, type GraphResponse, isRead, type Method, type Next } from './request.ts';
import type { UsageCounter } from './usage.ts';
import { uuid } from './uuid.ts';
import { Waits } from './waits.ts';

const interactiveDeadlineMs = 30_000;

/** What all sessions of a port share. */
export interface SessionPorts {
  readonly chain: Next;
  readonly clock: Clock;
  readonly random: Random;
  readonly usage: UsageCounter;
}

/** What differs from request to request. */
export interface RequestParts {
  readonly method: Method;
  readonly template: string;
  readonly values: readonly string[];
  readonly target: string;
  readonly body?: Readonly<Record<string, unknown>> | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly repeat?: Repeat;
  readonly costly?: CostlyQuery;
  /** True for a read whose answer is small. */
  readonly together?: boolean;
  /** The body of a success is wanted as it came. */
  readonly raw?: boolean;
  /** For a write of a batch. */
  readonly member?: Member;
}

/** An answer together with the request that it answers. */
export interface Exchanged {
  readonly request: GraphRequest;
  readonly response: GraphResponse;
}

/** One piece of work: its requests share a signal, a lane, a deadline that began with it, and a grant or none. */
export class Session {
  readonly #ports: SessionPorts;
  readonly #call: GraphCall;
  readonly #fixed: Pick<GraphRequest, 'signal' | 'lane' | 'deadlineAt' | 'grant'>;

  constructor(ports: SessionPorts, call: GraphCall, grant: Grant | undefined) {
    this.#ports = ports;
    this.#call = call;
    const { signal, lane = 'interactive' } = call;
    const deadlineMs = call.deadlineMs ?? (lane === 'interactive' ? interactiveDeadlineMs : undefined);
    const hasEnd = deadlineMs !== undefined && Number.isFinite(deadlineMs);
    const deadlineAt = !hasEnd ? undefined : ports.clock.now() + deadlineMs;
    this.#fixed = { signal, lane, deadlineAt, grant };
  }

  get clock(): Clock {
    return this.#ports.clock;
  }

  get signal(): AbortSignal {
    return this.#fixed.signal;
  }

  /** The object is covered by the grant of this work from now on: it was created under it. */
  cover(createdId: string): void {
    this.#fixed.grant?.cover(createdId);
  }

  /** The same piece of work with a deadline that begins now. */
  anew(): Session {
    return new Session(this.#ports, this.#call, this.#fixed.grant);
  }

  /** Sends a request and answers what came, whatever its status. @throws ToolError where nothing came. */
  async exchange(parts: RequestParts): Promise<Exchanged> {
    const { chain, random, usage } = this.#ports;
    const { method, template, values, target, body, headers = {}, repeat = 'repeatable', costly, member } = parts;
    const { raw = false } = parts;
    const cost = costOf(method, template, isRead(parts), costly);
    const clientRequestId = uuid(random);
    // What has a quota of its own is slow to answer: nobody waits for it in a batch.
    const together = cost.quota === 'directory' && (parts.together === true || member !== undefined);
    const own = { clientRequestId, attempt: 1, together, member, waits: new Waits() };
    const asked = { method, template, values, target, body, headers, repeat, cost, raw };
    const request: GraphRequest = { ...asked, ...own, ...this.#fixed };
    usage.request();
    try {
      return { request, response: await chain(request) };
    } catch (error) {
      throw error instanceof TransportFailure ? toolErrorOfFailure(request, error) : error;
    } finally {
      own.waits.tell(this.#call.onWait);
    }
  }

  /** As `exchange`, for those who can go on with success only. */
  async succeed(parts: RequestParts): Promise<Exchanged> {
    return this.demandSuccess(await this.exchange(parts));
  }

  /**
   * As `succeed`, for a page. The next link of a page that Graph may have given twice is not to be trusted: the link that
   * named the page is asked once more, and the next link of that answer is used. [learn.microsoft.com/graph/paging]
   */
  async unretried(parts: RequestParts): Promise<Exchanged> {
    const exchanged = await this.succeed(parts);
    return exchanged.response.afterLostAnswer === true ? this.succeed(parts) : exchanged;
  }

  /** Lets a success pass. @throws ToolError for any other status. */
  demandSuccess(exchanged: Exchanged): Exchanged {
    const { request, response } = exchanged;
    if (response.status >= 200 && response.status < 300) return exchanged;
    throw toolErrorOf(request, response, this.#ports.clock.now());
  }
}
