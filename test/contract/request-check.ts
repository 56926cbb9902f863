import { z } from 'zod';
import type { GraphApi, Operation } from './graph-api.ts';
import { queryProblems } from './query-check.ts';

/** A request as it was sent; header names in lower case. */
export interface SentRequest {
  readonly method: string;
  /** Path and query, `/v1.0/users?$top=5`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Undefined where nothing was sent. */
  readonly body: unknown;
}

const batchBody = z.object({
  requests: z.array(
    z.object({
      method: z.string(),
      url: z.string(),
      headers: z.record(z.string(), z.string()).default({}),
      body: z.unknown().optional(),
    }),
  ),
});

/** What Graph would refuse in a request, or not understand as it was meant; nothing for a valid one. */
export function requestProblems(api: GraphApi, request: SentRequest): string[] {
  const { method, path, headers } = request;
  const [address = '', query = ''] = cut(path, '?');
  if (!address.startsWith('/v1.0/')) return ['only v1.0 of Graph is used'];
  const operation = api.find(method, address.slice('/v1.0/'.length).split('/').flatMap(segmentsOf));
  if (typeof operation === 'string') return [operation];
  const problems = [
    ...addressProblems(address),
    ...queryProblems(api, operation, query, headers),
    ...bodyProblems(api, operation, request),
  ];
  return operation.path === '/$batch' ? [...problems, ...batchProblems(api, request.body)] : problems;
}

/** Decoded; a key can stand in parentheses too, `users('$x@y')`. [GRAPH.md B7] */
function segmentsOf(part: string): string[] {
  const [, name, key] = /^(\w+)\('(.*)'\)$/.exec(decodeURIComponent(part)) ?? [];
  return name === undefined || key === undefined
    ? [decodeURIComponent(part)]
    : [name, `'${key.replaceAll("''", "'")}'`];
}

/** Ids and names are data: what has a meaning in an address must not stand in them unencoded. */
function addressProblems(address: string): string[] {
  const odd = address.split('/').filter((segment) => /[^A-Za-z0-9$._~!'()*,;=:@%-]/.test(segment));
  return odd.map((segment) => `${segment} is not encoded`);
}

function batchProblems(api: GraphApi, body: unknown): string[] {
  const parsed = batchBody.safeParse(body);
  if (!parsed.success) return ['the body is not that of a $batch'];
  return parsed.data.requests.flatMap(({ method, url, headers, body: inner }) => {
    const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const problems = requestProblems(api, { method, path: `/v1.0${url}`, headers: named, body: inner });
    return problems.map((problem) => `in the batch, ${method} ${url}: ${problem}`);
  });
}

function bodyProblems(api: GraphApi, operation: Operation, { method, headers, body }: SentRequest): string[] {
  const { body: schema, bodyIsRequired, bodySchema } = operation;
  if (body === undefined) return bodyIsRequired ? ['a body is needed'] : [];
  if (schema === undefined) return ['no body is taken'];
  const type = headers['content-type'];
  const typed = type?.split(';')[0] === 'application/json' ? [] : [`a JSON body has the content type ${type}`];
  return [...typed, ...api.check(body, schema), ...entityProblems(api, method, bodySchema?.$ref, body)];
}

/** What the schema of an entity does not say: which properties an update may name, and a creation has to. */
function entityProblems(api: GraphApi, method: string, ref: string | undefined, body: unknown): string[] {
  if (ref === undefined || typeof body !== 'object' || body === null) return [];
  const type = api.type(ref.split('/').at(-1) ?? '');
  const names = Object.keys(body).filter((name) => !name.includes('@'));
  const readOnly = names.filter((name) => type.properties?.[name]?.readOnly === true);
  const updatable = type['x-updatable'];
  const fixed = method === 'PATCH' && updatable !== undefined ? names.filter((name) => !updatable.includes(name)) : [];
  const required = method === 'POST' ? (type['x-requiredOnCreate'] ?? []) : [];
  return [
    ...new Set([...readOnly, ...fixed].map((name) => `${name} cannot be written`)),
    ...required.filter((name) => !(name in body)).map((name) => `${name} is needed to create it`),
  ];
}

/** The text before and after the first mark. */
function cut(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + mark.length)];
}
