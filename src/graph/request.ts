import type { Grant, Lane, Repeat } from '../contract/index.ts';
import type { Cost } from './cost.ts';
import type { Member } from './crowd.ts';
import { asksOnly } from './read-posts.ts';
import type { Waits } from './waits.ts';

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/** One logical request on its way down the chain. Each attempt is a copy with its own `attempt` and headers. */
export interface GraphRequest {
  readonly method: Method;
  /** The address with `{}` for each value, as grants and logs name it. */
  readonly template: string;
  /** The values of the address, as they were given. */
  readonly values: readonly string[];
  /** What stands in the request line: path below the origin, with the API version and the query. */
  readonly target: string;
  readonly body: Readonly<Record<string, unknown>> | undefined;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly repeat: Repeat;
  readonly grant: Grant | undefined;
  readonly lane: Lane;
  readonly cost: Cost;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch; undefined where there is no deadline. */
  readonly deadlineAt: number | undefined;
  /** The same for every attempt: the audit trail and Graph's own logs meet at it. */
  readonly clientRequestId: string;
  /** 1 for the first. */
  readonly attempt: number;
  /** True where the body of a success is wanted as it came: `Uint8Array` in place of parsed JSON. */
  readonly raw?: boolean;
  /** True where it may travel with others in a $batch. */
  readonly together: boolean;
  /** Its place among writes that were asked for at once. */
  readonly member: Member | undefined;
  /** How long it has waited: one account for all attempts. */
  readonly waits: Waits;
}

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** What Graph answered, whatever its status. */
export interface GraphResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Headers;
  /** Parsed JSON; undefined where there was no body, or none that can be read; the bytes where the request asked for them. */
  readonly body: unknown;
  /** True where a body came that is not JSON: HTML of a proxy, or JSON cut short. */
  readonly unreadable: boolean;
  /** True where an earlier attempt of the same request may have reached Graph without its answer reaching us. */
  readonly afterLostAnswer?: boolean;
}

/** The rest of the chain. Throws TransportFailure where no answer came, ToolError where the request was refused here. */
export type Next = (request: GraphRequest) => Promise<GraphResponse>;

/** One link of the chain. */
export type Interceptor = (request: GraphRequest, next: Next) => Promise<GraphResponse>;

/** True for requests that cannot change the tenant. */
export function isRead(request: Pick<GraphRequest, 'method' | 'template'>): boolean {
  return request.method === 'GET' || (request.method === 'POST' && asksOnly(request.template));
}

/** A header's text; the first where it came more than once. */
export function headerText(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'object' ? value[0] : value;
}
