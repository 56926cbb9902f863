import { describe, expect, it } from 'vitest';
import { Grant } from '../../../src/contract/index.ts';
import { TransportFailure } from '../../../src/graph/failure.ts';
import { batch } from '../../../src/graph/interceptors/batch.ts';
import type { GraphRequest, GraphResponse, Next } from '../../../src/graph/request.ts';
import { GraphRoot } from '../../../src/graph/root.ts';
import { errorBody, requestOf, responseOf } from '../requests.ts';
import { CountingRandom, KeptLog, termsOf } from '../setting.ts';
import { settle } from '../virtual-clock.ts';

type Inner = { id: string; method: string; url: string; headers: Record<string, string>; body?: unknown };

/** Answers a $batch by `each`, in reverse order, and anything else with 200 and its own target. */
function graphOf(each: (inner: Inner) => Record<string, unknown> | undefined = inOrder) {
  const seen: GraphRequest[] = [];
  const next: Next = async (request) => {
    seen.push(request);
    if (!isBatch(request)) return responseOf(200, {}, { target: request.target });
    const responses = innerOf(request).flatMap((inner) => each(inner) ?? []);
    return responseOf(200, { 'request-id': 'outer' }, { responses: responses.reverse() });
  };
  return { seen, next };
}

const inOrder = (inner: Inner) => ({ id: inner.id, status: 200, headers: {}, body: { target: `/v1.0${inner.url}` } });
const isBatch = (request: GraphRequest) => request.template === '/$batch';

function innerOf(request: GraphRequest | undefined): Inner[] {
  const requests: unknown = request?.body?.['requests'];
  return Array.isArray(requests) ? requests : [];
}

function link() {
  const log = new KeptLog();
  return {
    log,
    interceptor: batch({ root: new GraphRoot('https://graph.microsoft.com'), random: new CountingRandom(), log }),
  };
}

const readOf = (name: string, parts: Partial<GraphRequest> = {}) =>
  requestOf({ target: `/v1.0/users/${name}?$select=id`, together: true, clientRequestId: `c-${name}`, ...parts });

function readsOf(count: number, next: Next, parts: Partial<GraphRequest> = {}): Promise<GraphResponse>[] {
  const { interceptor } = link();
  return Array.from({ length: count }, (_, i) => interceptor(readOf(`u${i}`, parts), next));
}

describe('batch', () => {
  it('sends a lone request as it is', async () => {
    const { seen, next } = graphOf();
    const request = readOf('ann');
    await link().interceptor(request, next);
    expect(seen).toEqual([request]);
  });

  it('sends those of one tick together, and gives each its own answer', async () => {
    const { seen, next } = graphOf();
    const answers = await Promise.all(readsOf(3, next));
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ method: 'POST', target: '/v1.0/$batch' });
    expect(answers.map(({ body }) => body)).toEqual([0, 1, 2].map((i) => ({ target: `/v1.0/users/u${i}?$select=id` })));
  });

  it('takes twenty to a batch, and a twenty-first goes alone', async () => {
    const { seen, next } = graphOf();
    await Promise.all(readsOf(41, next));
    expect(seen.map((each) => innerOf(each).length)).toEqual([20, 20, 0]);
  });

  it('waits for no later tick', async () => {
    const { seen, next } = graphOf();
    const { interceptor } = link();
    const first = interceptor(readOf('ann'), next);
    await settle();
    await Promise.all([first, interceptor(readOf('bob'), next)]);
    expect(seen.map(isBatch)).toEqual([false, false]);
  });

  it('leaves alone what is not meant for it', async () => {
    const { seen, next } = graphOf();
    await Promise.all(readsOf(3, next, { together: false }));
    expect(seen).toHaveLength(3);
  });

  it('writes each request with headers of its own, below the version', async () => {
    const { seen, next } = graphOf();
    const { interceptor } = link();
    const ask = readOf('ann', {
      method: 'POST',
      template: '/users/{}/getMemberGroups',
      body: { securityEnabledOnly: false },
    });
    const eventual = readOf('bob', { headers: { consistencylevel: 'eventual', prefer: 'legacySearch=false' } });
    await Promise.all([interceptor(ask, next), interceptor(eventual, next)]);
    expect(innerOf(seen[0])).toEqual([
      {
        id: '1',
        method: 'POST',
        url: '/users/ann?$select=id',
        headers: { 'client-request-id': 'c-ann', 'Content-Type': 'application/json' },
        body: { securityEnabledOnly: false },
      },
      {
        id: '2',
        method: 'GET',
        url: '/users/bob?$select=id',
        headers: { 'client-request-id': 'c-bob', ConsistencyLevel: 'eventual', Prefer: 'legacySearch=false' },
      },
    ]);
    expect(seen[0]?.clientRequestId).not.toMatch(/^c-/);
  });

  it('keeps lanes apart, and reads from writes, and grants from each other', async () => {
    const { seen, next } = graphOf();
    const { interceptor } = link();
    const grants = [Grant.issue(termsOf()), Grant.issue(termsOf())];
    const writes = grants.flatMap((grant) =>
      ['ann', 'bob'].map((name) => readOf(name, { method: 'PATCH', body: {}, grant })),
    );
    const reads = (['interactive', 'bulk'] as const).flatMap((lane) =>
      ['ann', 'bob'].map((name) => readOf(name, { lane, grant: grants[0] })),
    );
    await Promise.all([...writes, ...reads].map((request) => interceptor(request, next)));
    const kinds = seen.map((each) => innerOf(each).map(({ method }) => `${method} ${each.lane}`));
    expect(kinds).toHaveLength(4);
    for (const kind of kinds) expect(new Set(kind).size).toBe(1);
  });

  it('hands out the headers of each answer in lower case, and the id of the whole where it has none', async () => {
    const { next } = graphOf(({ id }) =>
      id === '1'
        ? { id, status: 429, headers: { 'Retry-After': '7', 'request-id': 'own' } }
        : { id, status: 204, body: null },
    );
    const [first, second] = await Promise.all(readsOf(2, next));
    expect(first).toMatchObject({ status: 429, headers: { 'retry-after': '7', 'request-id': 'own' } });
    expect(second).toMatchObject({ status: 204, headers: { 'request-id': 'outer' }, body: undefined });
  });

  it('sends one alone whose token was refused', async () => {
    const { seen, next } = graphOf((inner) => (inner.id === '2' ? { id: '2', status: 401 } : inOrder(inner)));
    const [, second] = await Promise.all(readsOf(2, next));
    expect(second?.status).toBe(200);
    expect(seen.map(isBatch)).toEqual([true, false]);
  });
});

describe('a batch without an answer', () => {
  it('leaves open what became of the one that is missing', async () => {
    const { next } = graphOf((inner) => (inner.id === '2' ? undefined : inOrder(inner)));
    const [first, second] = await Promise.allSettled(readsOf(2, next));
    expect(first).toMatchObject({ status: 'fulfilled' });
    expect(second).toMatchObject({ status: 'rejected', reason: { sent: true } });
  });

  it('is a failure of each', async () => {
    const failure = new TransportFailure('reset', { sent: true });
    const outcomes = await Promise.allSettled(readsOf(3, () => Promise.reject(failure)));
    expect(outcomes.map((each) => each.status === 'rejected' && each.reason)).toEqual([failure, failure, failure]);
  });

  it.each([429, 500, 503, 504])('but with %d gives that to each', async (status) => {
    const answer = responseOf(status, { 'retry-after': '3' }, errorBody('x'));
    const answers = await Promise.all(readsOf(2, async () => answer));
    expect(answers.map((each) => [each.status, each.headers['retry-after']])).toEqual([
      [status, '3'],
      [status, '3'],
    ]);
  });

  it('is an answer that cannot be read where it is not that of a batch', async () => {
    const answers = await Promise.all(readsOf(2, async () => responseOf(200, {}, { value: [] })));
    expect(answers.map(({ status, unreadable }) => [status, unreadable])).toEqual([
      [502, true],
      [502, true],
    ]);
  });
});

describe('where $batch is not known', () => {
  const deaf = (status: number) => {
    const { seen, next } = graphOf();
    const without: Next = async (request) => {
      if (!isBatch(request)) return next(request);
      seen.push(request);
      return responseOf(status);
    };
    return { seen, next: without };
  };

  it.each([403, 404, 405, 501])('%d lets each go alone, and no batch is tried again', async (status) => {
    const { seen, next } = deaf(status);
    const { interceptor, log } = link();
    const send = () => Promise.all(['ann', 'bob'].map((name) => interceptor(readOf(name), next)));
    for (const answer of [...(await send()), ...(await send())]) expect(answer.status).toBe(200);
    expect(seen.map(isBatch)).toEqual([true, false, false, false, false]);
    expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it.each([400, 413])('%d lets these go alone, and the next may be a batch again', async (status) => {
    const { seen, next } = deaf(status);
    const { interceptor } = link();
    for (let i = 0; i < 2; i += 1) {
      await Promise.all(['ann', 'bob'].map((name) => interceptor(readOf(name), next)));
    }
    expect(seen.filter(isBatch)).toHaveLength(2);
  });
});

describe('a caller who stops', () => {
  it('leaves the others their answers', async () => {
    const controller = new AbortController();
    const answer = Promise.withResolvers<GraphResponse>();
    const { interceptor } = link();
    const { next } = graphOf();
    let outer: GraphRequest | undefined;
    const slow: Next = async (request) => {
      outer = request;
      await answer.promise;
      return next(request);
    };
    const stopping = interceptor(readOf('ann', { signal: controller.signal }), slow);
    const staying = interceptor(readOf('bob'), slow);
    await settle();
    controller.abort();
    await expect(stopping).rejects.toMatchObject({ kind: 'cancelled', sent: true });
    expect(outer?.signal.aborted).toBe(false);
    answer.resolve(responseOf(200));
    expect((await staying).status).toBe(200);
  });

  it('stops the whole when all others have stopped too', async () => {
    const controller = new AbortController();
    let outer: GraphRequest | undefined;
    const stuck: Next = (request) => {
      outer = request;
      return new Promise(() => undefined);
    };
    const outcomes = Promise.allSettled(readsOf(3, stuck, { signal: controller.signal }));
    await settle();
    controller.abort();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(outer?.signal.aborted).toBe(true);
  });
});
