import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { badRequest, malformed } from './errors.ts';
import type { Answer, GraphRequest } from './request.ts';

const most = 20;
const innerRequest = z.object({
  id: z.string().min(1),
  method: z.enum(['GET', 'POST', 'PATCH', 'PUT', 'DELETE']),
  url: z.string().min(1),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.unknown().optional(),
  dependsOn: z.array(z.string()).optional(),
});
const batch = z.object({ requests: z.array(innerRequest).min(1) });

type InnerRequest = z.infer<typeof innerRequest>;
interface InnerAnswer {
  readonly id: string;
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

/**
 * Runs a $batch. Throws for one that cannot be read: more than 20, ids that repeat, a dependsOn that names nothing or goes in a circle.
 * Answers come in the order in which requests were finished, not in which they were sent.
 */
export async function runBatch(
  outer: GraphRequest,
  answerOne: (request: GraphRequest) => Promise<Answer>,
): Promise<Answer> {
  const parsed = batch.safeParse(outer.body);
  if (!parsed.success) throw malformed('Invalid batch payload format.');
  const { requests } = parsed.data;
  checkBatch(requests);
  const answers = new Map<string, InnerAnswer>();
  const waiting = new Set(requests);
  while (waiting.size > 0) {
    const ready = [...waiting].filter(({ dependsOn = [] }) => dependsOn.every((id) => answers.has(id)));
    for (const request of ready.reverse()) {
      waiting.delete(request);
      const failed = request.dependsOn?.some((id) => (answers.get(id)?.status ?? 500) >= 400);
      answers.set(request.id, failed ? failedDependency(request) : await answerInner(outer, request, answerOne));
    }
  }
  return { status: 200, body: { responses: [...answers.values()] } };
}

function checkBatch(requests: readonly InnerRequest[]): void {
  if (requests.length > most) throw badRequest(`Number of batch request steps exceeds the maximum value of ${most}.`);
  const ids = new Set<string>();
  for (const { id } of requests) {
    if (ids.has(id)) throw badRequest(`The request id '${id}' is used more than once in the batch.`);
    ids.add(id);
  }
  for (const { id, dependsOn = [], url } of requests) {
    const unknown = dependsOn.find((other) => !ids.has(other) || other === id);
    if (unknown !== undefined)
      throw badRequest(`The request '${id}' depends on '${unknown}', which is not in the batch.`);
    if (/^\/?\$batch/.test(url)) throw badRequest('A batch cannot hold another batch.');
  }
  refuseCircles(requests);
}

/** Throws before anything runs: a batch that cannot be finished is not begun. */
function refuseCircles(requests: readonly InnerRequest[]): void {
  let rest = requests;
  const settled = new Set<string>();
  while (rest.length > 0) {
    const stuck = rest.filter(({ dependsOn = [] }) => !dependsOn.every((id) => settled.has(id)));
    if (stuck.length === rest.length) throw badRequest('The dependsOn relations of the batch form a circle.');
    for (const request of rest) if (!stuck.includes(request)) settled.add(request.id);
    rest = stuck;
  }
}

const failedDependency = ({ id, dependsOn = [] }: InnerRequest): InnerAnswer => ({
  id,
  status: 424,
  headers: { 'Content-Type': 'application/json' },
  body: {
    error: { code: 'FailedDependency', message: `A request that this one depends on failed: ${dependsOn.join(', ')}.` },
  },
});

async function answerInner(
  outer: GraphRequest,
  inner: InnerRequest,
  answerOne: (request: GraphRequest) => Promise<Answer>,
): Promise<InnerAnswer> {
  const own = Object.fromEntries(
    Object.entries(inner.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const version = outer.path.split('/')[1] ?? 'v1.0';
  const carriesJson = own['content-type']?.startsWith('application/json') === true;
  const answer = await answerOne({
    method: inner.method,
    path: `/${version}/${inner.url.replace(/^\/+/, '')}`,
    // Of the outer headers only who is calling counts inside; ConsistencyLevel, for one, must stand on the inner request.
    headers: { ...pick(outer.headers, 'authorization'), ...own },
    body: carriesJson ? inner.body : undefined,
    root: outer.root,
    requestId: randomUUID(),
    clientRequestId: own['client-request-id'] ?? outer.clientRequestId,
  });
  return {
    id: inner.id,
    status: answer.status,
    headers: {
      ...(answer.body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...joined(answer.headers),
    },
    ...(answer.body === undefined ? {} : { body: answer.body }),
  };
}

const joined = (headers: Answer['headers'] = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : value.join(', ')]),
  );

function pick(headers: Readonly<Record<string, string>>, name: string): Record<string, string> {
  const value = headers[name];
  return value === undefined ? {} : { [name]: value };
}
