import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type BatchWrite, Grant, odata, path } from '../../src/contract/index.ts';
import { type Handler, json, refuse, type Seen } from './loopback.ts';
import { ann, bob, failureOf, settingAt, termsOf } from './setting.ts';
import { stage } from './stage.ts';
import { settle, VirtualClock } from './virtual-clock.ts';

const user = z.object({ id: z.string() });
const on = stage();

interface Inner {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}
type Answer = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown };

const batchBody = z.object({
  requests: z.array(
    z.object({
      id: z.string(),
      method: z.string(),
      url: z.string(),
      headers: z.record(z.string(), z.string()),
      body: z.unknown().optional(),
    }),
  ),
});

function innerOf(seen: Seen | undefined): readonly Inner[] {
  return seen?.url === '/v1.0/$batch' ? batchBody.parse(seen.body).requests : [];
}

/** Answers what is in a batch, and what comes alone, by the same rule. */
function graph(answer: (inner: Inner, count: number) => Answer): Handler {
  let count = 0;
  return (seen, response: ServerResponse) => {
    const one = (inner: Inner) => {
      count += 1;
      return { id: inner.id, headers: {}, ...answer(inner, count) };
    };
    if (seen.url === '/v1.0/$batch') return json(response, 200, { responses: innerOf(seen).map(one).reverse() });
    const { method, url, body } = seen;
    const { status, headers, body: answered } = one({ id: '', method, url: url.slice(5), headers: {}, body });
    json(response, status, answered ?? {}, headers);
  };
}

const found = ({ url }: Inner): Answer => ({ status: 200, body: { id: /\/users\/(\w+)/.exec(url)?.[1] ?? '' } });
const busy = (retryAfter: string): Answer => ({
  status: 429,
  headers: { 'Retry-After': retryAfter },
  body: { error: { code: 'TooManyRequests', message: 'x' } },
});

describe('reads of one tick', () => {
  it('are one request, and each gets its own answer', async () => {
    await on.serve(graph(found));
    const { reader } = on.setting;
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
    const users = await Promise.all(ids.map((id) => reader.get(path`/users/${id}`, user)));
    expect(users.map(({ id }) => id)).toEqual(ids);
    expect(on.graph.seen).toHaveLength(1);
    expect(on.setting.port.usage()).toMatchObject({ requests: 9, attempts: 1 });
    const inner = innerOf(on.graph.seen[0]);
    for (const { headers } of inner) expect(headers['client-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(on.graph.seen[0]?.headers['authorization']).toBe('Bearer token-1');
  });

  it('carry ConsistencyLevel where it is needed', async () => {
    await on.serve(graph(({ url }) => ({ status: 200, body: url.includes('filter') ? { value: [] } : { id: 'a' } })));
    const { reader } = on.setting;
    const query = { filter: odata`endsWith(mail,${'x'})`, advanced: true };
    await Promise.all([reader.page(path`/users`, user, query), reader.get(path`/users/${'a'}`, user)]);
    expect(innerOf(on.graph.seen[0]).map(({ headers }) => headers['ConsistencyLevel'])).toEqual([
      'eventual',
      undefined,
    ]);
  });

  it('travel alone where their answers are large or slow', async () => {
    await on.serve(graph(() => ({ status: 200, body: { value: [] } })));
    const { reader } = on.setting;
    await Promise.all([reader.page(path`/users`, user, { top: 999 }), reader.page(path`/auditLogs/signIns`, user)]);
    expect(on.graph.seen.map(({ method }) => method)).toEqual(['GET', 'GET']);
  });

  it('that were refused go again alone, and the others are not asked twice', async () => {
    await on.serve(graph((inner, count) => (count === 2 ? busy('3') : found(inner))));
    const { reader } = on.setting;
    const users = await Promise.all(['a', 'b', 'c'].map((id) => reader.get(path`/users/${id}`, user)));
    expect(users.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(on.graph.seen.map(({ method, url }) => `${method} ${url.split('?')[0]}`)).toEqual([
      'POST /v1.0/$batch',
      'GET /v1.0/users/b',
    ]);
    expect(on.setting.port.usage()).toMatchObject({ throttled: 1, waitedMs: 3000 });
  });

  it('end each in its own error', async () => {
    await on.serve(
      graph((inner) =>
        inner.url.startsWith('/users/b')
          ? { status: 404, body: { error: { code: 'Request_ResourceNotFound', message: 'x' } } }
          : found(inner),
      ),
    );
    const { reader } = on.setting;
    const [a, b] = await Promise.all([
      reader.get(path`/users/${'a'}`, user),
      failureOf(reader.get(path`/users/${'b'}`, user)),
    ]);
    expect([a.id, b.code]).toEqual(['a', 'NOT_FOUND']);
  });
});

const members = (count: number): BatchWrite[] =>
  Array.from({ length: count }, (_, i) => ({
    kind: 'removeRef',
    at: path`/groups/${`g${i}`}/members/${ann}`,
  }));
const groups = (count: number) => new Set([ann, bob, ...Array.from({ length: count }, (_, i) => `g${i}`)]);
const removal = 'DELETE /groups/{}/members/{}/$ref';

describe('a batch of writes', () => {
  it('goes twenty at a time, and answers each in order', async () => {
    await on.serve(graph(() => ({ status: 204 })));
    const writer = on.setting.writer({ writes: new Set([removal]), ids: groups(100) });
    const outcomes = await writer.batch(members(100));
    expect(outcomes).toHaveLength(100);
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    expect(on.graph.seen.map((seen) => innerOf(seen).length)).toEqual([20, 20, 20, 20, 20]);
    const urls = on.graph.seen.flatMap((seen) => innerOf(seen).map(({ method, url }) => `${method} ${url}`));
    expect(new Set(urls).size).toBe(100);
    expect(urls[0]).toBe(`DELETE /groups/g0/members/${ann}/$ref`);
  });

  it('sends every kind as its method does', async () => {
    await on.serve(graph(() => ({ status: 204 })));
    const writes = [
      'PATCH /users/{}',
      'POST /users/{}/revokeSignInSessions',
      'DELETE /users/{}',
      'POST /groups/{}/members/$ref',
      'PUT /users/{}/manager/$ref',
    ];
    await on.setting.writer({ writes: new Set(writes) }).batch([
      { kind: 'patch', at: path`/users/${ann}`, body: { accountEnabled: false } },
      { kind: 'act', at: path`/users/${ann}/revokeSignInSessions`, repeat: 'repeatable' },
      { kind: 'delete', at: path`/users/${ann}` },
      { kind: 'addRef', at: path`/groups/${bob}/members`, targetId: ann },
      { kind: 'setRef', at: path`/users/${ann}/manager`, target: path`/users/${bob}` },
    ]);
    expect(innerOf(on.graph.seen[0]).map(({ method, url, body }) => [method, url, body])).toEqual([
      ['PATCH', `/users/${ann}`, { accountEnabled: false }],
      ['POST', `/users/${ann}/revokeSignInSessions`, undefined],
      ['DELETE', `/users/${ann}`, undefined],
      ['POST', `/groups/${bob}/members/$ref`, { '@odata.id': `${on.graph.url}/v1.0/directoryObjects/${ann}` }],
      ['PUT', `/users/${ann}/manager/$ref`, { '@odata.id': `${on.graph.url}/v1.0/users/${bob}` }],
    ]);
  });

  it('is checked and witnessed write by write, before any of it leaves', async () => {
    await on.serve(graph(() => ({ status: 204 })));
    const told: string[] = [];
    const witness = {
      sending: async ({ url }: { url: string }) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        told.push(`sending ${url.split('/').at(-3)} ${on.graph.seen.length}`);
      },
      answered: ({ status }: { status?: number }) => void told.push(`answered ${status}`),
    };
    const writer = on.setting.writer({ writes: new Set([removal]), ids: groups(2), witness });
    const outcomes = await writer.batch(members(3));
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, false]);
    expect(outcomes[2]).toMatchObject({ error: { code: 'INTERNAL', detail: { missing: 'id' } } });
    expect(told).toEqual(['sending members 0', 'sending members 0', 'answered 204', 'answered 204']);
    expect(innerOf(on.graph.seen[0])).toHaveLength(2);
  });

  it('goes on where one fails, and sends again alone what was refused', async () => {
    await on.serve(
      graph(({ url }, count) => {
        if (url.includes('/g1/')) return { status: 403, body: { error: { code: 'Forbidden', message: 'x' } } };
        if (url.includes('/g2/') && count <= 4) return busy('1');
        if (url.includes('/g3/')) {
          return { status: 404, body: { error: { code: 'Request_ResourceNotFound', message: 'x' } } };
        }
        return { status: 204 };
      }),
    );
    const writer = on.setting.writer({ writes: new Set([removal]), ids: groups(4) });
    const outcomes = await writer.batch(members(4));
    // Whoever is gone from the group already is as asked.
    expect(outcomes.map((each) => each.ok || each.error.code)).toEqual([true, 'NOT_PERMITTED', true, true]);
    expect(on.graph.seen.map((seen) => innerOf(seen).length)).toEqual([4, 0]);
  });

  it('of none is nothing', async () => {
    await on.serve(graph(() => ({ status: 204 })));
    expect(await on.setting.writer().batch([])).toEqual([]);
    expect(on.graph.seen).toEqual([]);
  });

  it('whose answer is lost repeats what may be repeated, and leaves open what may not', async () => {
    await on.serve((seen, response, count) => {
      if (count === 1) seen.socket.resetAndDestroy();
      else response.writeHead(204).end();
    });
    const writes = new Set(['PATCH /users/{}', 'POST /users/{}/sendMail']);
    const outcomes = await on.setting.writer({ writes }).batch([
      { kind: 'patch', at: path`/users/${ann}`, body: {} },
      { kind: 'act', at: path`/users/${ann}/sendMail`, repeat: 'once' },
    ]);
    expect(outcomes.map((each) => each.ok || each.error.code)).toEqual([true, 'OUTCOME_UNKNOWN']);
    expect(on.graph.seen.map(({ method }) => method)).toEqual(['POST', 'PATCH']);
  });

  it('waits for nobody where its caller has stopped', async () => {
    await on.serve(graph(() => ({ status: 204 })));
    const grant = Grant.issue(termsOf({ writes: new Set([removal]), ids: groups(3) }));
    const signal = AbortSignal.abort();
    const outcomes = await on.setting.port.writer({ signal, lane: 'bulk' }, grant).batch(members(3));
    expect(outcomes.map((each) => each.ok || each.error.code)).toEqual(['CANCELLED', 'CANCELLED', 'CANCELLED']);
    expect(on.graph.seen).toEqual([]);
  });
});

describe('a gateway without $batch', () => {
  it('gets each request alone', async () => {
    const each = graph(found);
    await on.serve((seen, response, count) => {
      if (seen.url.endsWith('$batch')) refuse(response, 404, 'ResourceNotFound');
      else each(seen, response, count);
    });
    const { reader } = on.setting;
    const users = await Promise.all(['a', 'b'].map((id) => reader.get(path`/users/${id}`, user)));
    expect(users.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(on.graph.seen.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET']);
  });
});

describe('many callers at once, some of whom leave', () => {
  it('leave nothing behind: no place in a queue, no request under way, no timer', async () => {
    await on.serve(graph(found));
    const clock = new VirtualClock();
    const { port } = settingAt(on.graph.url, { clock });
    const controllers = Array.from({ length: 60 }, () => new AbortController());
    const outcomes = controllers.map(({ signal }) =>
      port
        .reader({ signal })
        .get(path`/users/${ann}`, user)
        .then(
          () => 'answered',
          (error: { code: string }) => error.code,
        ),
    );
    await settle();
    for (const [i, controller] of controllers.entries()) if (i % 3 === 0) controller.abort();
    const all = await Promise.all(outcomes);
    expect(all.filter((each) => each === 'CANCELLED').length).toBeGreaterThanOrEqual(13);
    expect(all.filter((each) => each === 'answered').length).toBeGreaterThanOrEqual(40);
    expect(port.usage()).toMatchObject({ queued: 0, inFlight: 0 });
    expect(clock.sleeping).toBe(0);
    await port.close();
  });
});
