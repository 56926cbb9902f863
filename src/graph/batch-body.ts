import { TransportFailure } from './failure.ts';
import { field } from './graph-error.ts';
import { type GraphRequest, type GraphResponse, type Headers, headerText } from './request.ts';

/** What stands in the body of a $batch for one request. [learn.microsoft.com/graph/json-batching] */
interface InnerRequest {
  readonly id: string;
  readonly method: string;
  /** Below the API version. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** Names as Graph's documentation spells them: inside a body nobody but Graph reads them. */
const spelled: Readonly<Record<string, string>> = {
  consistencylevel: 'ConsistencyLevel',
  prefer: 'Prefer',
};

/** Each request carries what it needs in headers of its own: those of the $batch itself do not count for it. */
export function innerRequest(request: GraphRequest, id: string, prefix: string): InnerRequest {
  const { method, target, body, clientRequestId } = request;
  const headers: Record<string, string> = { 'client-request-id': clientRequestId };
  for (const [name, value] of Object.entries(request.headers)) headers[spelled[name] ?? name] = value;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  return { id, method, url: target.slice(prefix.length), headers, ...(body === undefined ? {} : { body }) };
}

/** The answers by id, in whatever order they came; undefined where this is not the answer of a $batch. */
export function innerResponses(outer: GraphResponse): ReadonlyMap<string, GraphResponse> | undefined {
  const responses = field(outer.body, 'responses');
  if (outer.status !== 200 || !Array.isArray(responses)) return undefined;
  const found = new Map<string, GraphResponse>();
  for (const each of responses) {
    const id = field(each, 'id');
    const status = field(each, 'status');
    if (typeof id !== 'string' || typeof status !== 'number') continue;
    const body = field(each, 'body') ?? undefined;
    found.set(id, { status, headers: innerHeaders(each, outer), body, unreadable: false });
  }
  return found;
}

/** The answer to one of them. @throws TransportFailure where there is none: whether it was carried out is not known. */
export function answerOf(responses: ReadonlyMap<string, GraphResponse>, id: string): GraphResponse {
  const response = responses.get(id);
  if (response === undefined) throw new TransportFailure('undecodable', { sent: true, reason: 'batch' });
  return response;
}

/** Lower-case names. A request id of its own stands in few of them: that of the whole finds it too. */
function innerHeaders(inner: unknown, outer: GraphResponse): Headers {
  const headers: Record<string, string> = {};
  const requestId = headerText(outer.headers, 'request-id');
  if (requestId !== undefined) headers['request-id'] = requestId;
  const own = field(inner, 'headers');
  if (typeof own !== 'object' || own === null) return headers;
  for (const [name, value] of Object.entries(own)) {
    if (typeof value === 'string' || typeof value === 'number') headers[name.toLowerCase()] = String(value);
  }
  return headers;
}
