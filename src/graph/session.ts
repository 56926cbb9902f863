import type { Clock, Grant, GraphCall, Random, Repeat } from '../contract/index.ts';
import { type CostlyQuery, costOf } from './cost.ts';
import { toolErrorOf, toolErrorOfFailure } from './errors.ts';
import { TransportFailure } from './failure.ts';
import { type GraphRequest, type GraphResponse, isRead, type Method, type Next } from './request.ts';
import type { UsageCounter } from './usage.ts';

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
}

/** An answer together with the request that it answers. */
export interface Exchanged {
  readonly request: GraphRequest;
  readonly response: GraphResponse;
}

/** One piece of work: its requests share a signal, a lane, a deadline that began with it, and a grant or none. */
export class Session {
  readonly #ports: SessionPorts;
  readonly #call: Pick<GraphRequest, 'signal' | 'lane' | 'deadlineAt' | 'grant'>;

  constructor(ports: SessionPorts, call: GraphCall, grant: Grant | undefined) {
    this.#ports = ports;
    const { signal, lane = 'interactive' } = call;
    const deadlineMs = call.deadlineMs ?? (lane === 'interactive' ? interactiveDeadlineMs : undefined);
    const deadlineAt = deadlineMs === undefined ? undefined : ports.clock.now() + deadlineMs;
    this.#call = { signal, lane, deadlineAt, grant };
  }

  /** Sends a request and answers what came, whatever its status. @throws ToolError where nothing came. */
  async exchange(parts: RequestParts): Promise<Exchanged> {
    const { chain, random, usage } = this.#ports;
    const { method, template, values, target, body, headers = {}, repeat = 'repeatable', costly } = parts;
    const cost = costOf(method, template, isRead(parts), costly);
    const clientRequestId = uuid(random);
    const attempt = 1;
    const fixed = { method, template, values, target, body, headers, repeat, cost, clientRequestId, attempt };
    const request: GraphRequest = { ...fixed, ...this.#call };
    usage.request();
    try {
      return { request, response: await chain(request) };
    } catch (error) {
      throw error instanceof TransportFailure ? toolErrorOfFailure(request, error) : error;
    }
  }

  /** As `exchange`, for those who can go on with success only. */
  async succeed(parts: RequestParts): Promise<Exchanged> {
    return this.demandSuccess(await this.exchange(parts));
  }

  /** Lets a success pass. @throws ToolError for any other status. */
  demandSuccess(exchanged: Exchanged): Exchanged {
    const { request, response } = exchanged;
    if (response.status >= 200 && response.status < 300) return exchanged;
    throw toolErrorOf(request, response, this.#ports.clock.now());
  }
}

/** A version 4 UUID. [RFC 9562, 5.4] */
function uuid(random: Random): string {
  const hex = Buffer.from(random.bytes(16)).toString('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
