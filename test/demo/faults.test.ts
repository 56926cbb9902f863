import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GraphClient } from './graph-client.ts';

let graph: GraphClient;
beforeEach(async () => {
  graph = await GraphClient.start({ users: 40 });
});
afterEach(() => graph.tenant.close());

const user = (): string => `/users/${graph.tenant.landmarks.ordinary.id}`;
const jobTitle = async (): Promise<unknown> => (await graph.get(`${user()}?$select=jobTitle`)).json['jobTitle'];
const statuses = async (count: number, path = '/organization'): Promise<number[]> => {
  const found: number[] = [];
  for (let i = 0; i < count; i += 1) found.push((await graph.get(path)).status);
  return found;
};

describe('answers of the service', () => {
  test('429 with Retry-After in whole seconds, in decimals, as a date, or without', async () => {
    graph.tenant.faults('429:7s:x1,429:1500ms:x1,429-date:5s:x1,429-bare:x1');
    const [whole, decimal, date, bare] = [
      await graph.get('/users'),
      await graph.get('/users'),
      await graph.get('/users'),
      await graph.get('/users'),
    ];
    for (const answer of [whole, decimal, date, bare]) {
      expect([answer.status, answer.error.code]).toEqual([429, 'TooManyRequests']);
    }
    expect(whole.headers.get('retry-after')).toBe('7');
    expect(decimal.headers.get('retry-after')).toBe('1.5');
    const wait = Date.parse(date.headers.get('retry-after') ?? '') - Date.now();
    expect(wait).toBeGreaterThan(3000);
    expect(wait).toBeLessThanOrEqual(6000);
    expect(bare.headers.has('retry-after')).toBe(false);
    expect((await graph.get('/users')).status).toBe(200);
  });

  test.each([
    ['500', 500, 'InternalServerError'],
    ['503', 503, 'serviceNotAvailable'],
    ['504', 504, 'UnknownError'],
    ['409', 409, 'Directory_ConcurrencyViolation'],
    ['401-expired', 401, 'InvalidAuthenticationToken'],
  ])('%s did nothing', async (kind, status, code) => {
    graph.tenant.faults(`PATCH /users/*=${kind}`);
    const before = graph.tenant.snapshot();
    const answer = await graph.send('PATCH', user(), { jobTitle: 'x' });
    expect([answer.status, answer.error.code]).toEqual([status, code]);
    expect(answer.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(graph.tenant.snapshot()).toEqual(before);
    expect(graph.tenant.requests.at(-1)).toMatchObject({ method: 'PATCH', status, fault: kind });
  });

  test.each(['503-after', '504-after'])('%s says so after the change was made', async (kind) => {
    graph.tenant.faults(`PATCH /users/*=${kind}:x1`);
    expect((await graph.send('PATCH', user(), { jobTitle: kind })).status).toBe(Number(kind.slice(0, 3)));
    expect(await jobTitle()).toBe(kind);
  });

  test('503 waits as long as told, where told', async () => {
    graph.tenant.faults('503:@1,503:3s');
    expect((await graph.get('/users')).headers.has('retry-after')).toBe(false);
    expect((await graph.get('/users')).headers.get('retry-after')).toBe('3');
  });

  test('a claims challenge decodes, alone and among other headers', async () => {
    graph.tenant.faults('401-claims:x1,401-claims-many:x1');
    const [alone, among] = [await graph.get('/users'), await graph.get('/users')];
    const challenge = /error="insufficient_claims", claims="([^"]+)"/;
    for (const answer of [alone, among]) {
      expect(answer.status).toBe(401);
      const [, claims = ''] = challenge.exec(answer.headers.get('www-authenticate') ?? '') ?? [];
      expect(JSON.parse(Buffer.from(claims, 'base64').toString('utf8'))).toMatchObject({
        access_token: { nbf: { essential: true } },
      });
    }
    expect(among.headers.get('www-authenticate')).toMatch(/Bearer .*Bearer .*PoP /);
  });

  test('a next link leads away, a redirect too, to where the test listens', async () => {
    graph.tenant.faults('GET /users=next-foreign:x1,redirect:to=http://127.0.0.1:9');
    const { json } = await graph.get('/users');
    expect(json['@odata.nextLink']).toBe('https://graph.attacker.example/v1.0/users');
    const response = await fetch(`${graph.tenant.url}/v1.0/users`, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([302, 'http://127.0.0.1:9/v1.0/users']);
  });

  test('an empty page goes on, and nobody is missing at the end', async () => {
    graph.tenant.faults('GET /users=empty-page:@2');
    const first = await graph.get('/users?$select=id&$top=30');
    const second = await graph.get(String(first.json['@odata.nextLink']));
    expect(second.items).toEqual([]);
    const third = await graph.get(String(second.json['@odata.nextLink']));
    expect([...first.items, ...third.items]).toHaveLength(40);
  });

  test('a page token that is too old concerns later pages only', async () => {
    graph.tenant.faults('page-token');
    const first = await graph.get('/users?$top=5');
    expect(first.status).toBe(200);
    expect((await graph.get(String(first.json['@odata.nextLink']))).error.code).toBe('Directory_ExpiredPageToken');
  });
});

describe('the connection', () => {
  const plain = (body?: unknown, accept = 'identity') =>
    fetch(`${graph.tenant.url}/v1.0${user()}`, {
      headers: { 'content-type': 'application/json', 'accept-encoding': accept },
      ...(body === undefined ? {} : { method: 'PATCH', body: JSON.stringify(body) }),
    });

  test('reset: nothing was done', async () => {
    graph.tenant.faults('PATCH=reset:x1');
    const before = graph.tenant.snapshot();
    await expect(plain({ jobTitle: 'x' })).rejects.toThrow();
    expect(graph.tenant.snapshot()).toEqual(before);
    expect(graph.tenant.requests.at(-1)).toMatchObject({ method: 'PATCH', status: 0, fault: 'reset' });
  });

  test('lost-write: done, and nobody says so; reads are left alone', async () => {
    graph.tenant.faults('lost-write:x1');
    expect((await graph.get(user())).status).toBe(200);
    await expect(plain({ jobTitle: 'lost' })).rejects.toThrow();
    expect(await jobTitle()).toBe('lost');
    expect(graph.tenant.requests.at(-2)).toMatchObject({ method: 'PATCH', status: 204, fault: 'lost-write' });
  });

  test('reset-mid: the head arrives, the body does not', async () => {
    graph.tenant.faults('reset-mid:x1');
    const response = await plain();
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  test('truncated: a whole answer with half of the JSON', async () => {
    graph.tenant.faults('truncated:x1');
    const text = await (await plain()).text();
    expect(text.startsWith('{')).toBe(true);
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });

  test('html: a page, with any status', async () => {
    graph.tenant.faults('html:x1,html:502');
    const ok = await plain();
    expect([ok.status, ok.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await ok.text()).toContain('<html>');
    expect((await plain()).status).toBe(502);
  });

  test('gzip-bomb: a little that unpacks to a lot, and ends when the client goes', async () => {
    graph.tenant.faults('gzip-bomb:64mb:x1');
    const response = await plain(undefined, 'gzip');
    let unpacked = 0;
    for await (const chunk of response.body ?? []) unpacked += chunk.length;
    expect(unpacked).toBeGreaterThan(64 * 1024 ** 2);
    graph.tenant.faults('gzip-bomb');
    const cut = new AbortController();
    const second = await fetch(`${graph.tenant.url}/v1.0/users`, { signal: cut.signal });
    cut.abort();
    await expect(second.text()).rejects.toThrow();
  });

  test('trickle: in pieces; slow: late, but carried out; both end with the client', async () => {
    graph.tenant.faults('trickle:1ms:x1');
    expect(JSON.parse(await (await plain()).text())).toMatchObject({ displayName: 'Maya Lindqvist' });
    graph.tenant.faults('PATCH=slow:1h');
    const signal = AbortSignal.timeout(300);
    await expect(
      fetch(`${graph.tenant.url}/v1.0${user()}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: '{"jobTitle":"late"}',
        signal,
      }),
    ).rejects.toThrow();
    expect(await jobTitle()).toBe('late');
  });
});

describe('rules', () => {
  test('strike by chance, the same way for the same seed', async () => {
    const run = async (seed: number) => {
      const own = await GraphClient.start({ users: 40, seed, faults: '503:0.3' });
      const found: number[] = [];
      for (let i = 0; i < 60; i += 1) found.push((await own.get('/organization')).status);
      await own.tenant.close();
      return found;
    };
    const first = await run(5);
    expect(await run(5)).toEqual(first);
    expect(await run(6)).not.toEqual(first);
    const struck = first.filter((status) => status === 503).length;
    expect(struck).toBeGreaterThan(5);
    expect(struck).toBeLessThan(35);
  });

  test('strike a number of times, or one request alone', async () => {
    graph.tenant.faults('503:x2');
    expect(await statuses(4)).toEqual([503, 503, 200, 200]);
    graph.tenant.faults('503:@3');
    expect(await statuses(4)).toEqual([200, 200, 503, 200]);
    graph.tenant.faults();
    expect(await statuses(2)).toEqual([200, 200]);
  });

  test('match method and path; the first rule wins', async () => {
    graph.tenant.faults('GET /users=503,/groups/**=504,write=409,* /domains=500');
    const { security } = graph.tenant.landmarks.groups;
    expect((await graph.get('/users?$top=1')).status).toBe(503);
    expect((await graph.get(user())).status).toBe(200);
    expect((await graph.get(`/groups/${security.id}/members`)).status).toBe(504);
    expect((await graph.get('/groups')).status).toBe(200);
    expect((await graph.send('DELETE', user())).status).toBe(409);
    expect((await graph.get('/domains')).status).toBe(500);
  });

  test('strike single requests of a batch, and the batch itself when it is named', async () => {
    const requests = ['a', 'b', 'c'].map((id) => ({ id, method: 'GET', url: '/organization' }));
    graph.tenant.faults('429:x1');
    const inner = await graph.send('POST', '/$batch', { requests });
    expect(inner.status).toBe(200);
    const parts: { status: number; headers: Record<string, string> }[] = JSON.parse(
      JSON.stringify(inner.json['responses']),
    );
    expect(parts.map(({ status }) => status).sort()).toEqual([200, 200, 429]);
    expect(parts.find(({ status }) => status === 429)?.headers['retry-after']).toBe('1');
    graph.tenant.faults('POST /$batch=503');
    expect((await graph.send('POST', '/$batch', { requests })).status).toBe(503);
  });

  test('lose a batch that writes, not one that reads', async () => {
    graph.tenant.faults('lost-write');
    const get = { id: 'a', method: 'GET', url: '/organization' };
    expect((await graph.send('POST', '/$batch', { requests: [get] })).status).toBe(200);
    const patch = {
      id: 'b',
      method: 'PATCH',
      url: user(),
      headers: { 'Content-Type': 'application/json' },
      body: { jobTitle: 'batched' },
    };
    await expect(graph.send('POST', '/$batch', { requests: [get, patch] })).rejects.toThrow();
    graph.tenant.faults();
    expect(await jobTitle()).toBe('batched');
  });

  test.each([
    ['lightning', /names no fault/],
    ['FETCH /users=503', /method/],
    ['503:often', /no option/],
    ['503:2', /no option/],
    ['redirect:to=nowhere', /no URL/],
  ])('%s is refused, and what was there stays', async (spec, problem) => {
    graph.tenant.faults('503');
    expect(() => graph.tenant.faults(spec)).toThrow(problem);
    expect(() => graph.tenant.faults(spec)).toThrow(RangeError);
    expect(await statuses(1)).toEqual([503]);
    await expect(GraphClient.start({ faults: spec })).rejects.toThrow(RangeError);
  });
});
