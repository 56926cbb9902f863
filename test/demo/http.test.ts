import { request } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDemoTenant } from '../../src/demo/index.ts';
import { eventual, GraphClient } from './graph-client.ts';

let graph: GraphClient;
beforeAll(async () => {
  graph = await GraphClient.start({ users: 60 });
});
afterAll(() => graph.tenant.close());

/** A GET with a Host header of one's own, which fetch does not allow. */
function plainGet(
  path: string,
  headers: Record<string, string>,
): Promise<{ status: number | undefined; text: string }> {
  const { port } = new URL(graph.tenant.url);
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path, headers }, async (answer) => {
      const text = (await answer.toArray()).join('');
      resolve({ status: answer.statusCode, text });
    })
      .on('error', reject)
      .end();
  });
}

describe('answers', () => {
  test('carry request ids and resource units', async () => {
    const headers = { 'client-request-id': '0a1b2c3d-0000-4000-8000-000000000001' };
    const answer = await graph.get('/users?$top=50', headers);
    expect(answer.headers.get('client-request-id')).toBe(headers['client-request-id']);
    expect(answer.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers.get('x-ms-resource-unit')).toBe('2');
    expect((await graph.get('/users?$select=id')).headers.get('x-ms-resource-unit')).toBe('1');
    const { bigGroup } = graph.tenant.landmarks.groups;
    expect((await graph.get(`/groups/${bigGroup.id}/members`)).headers.get('x-ms-resource-unit')).toBe('3');
    expect((await graph.get(`/groups/${bigGroup.id}/transitiveMembers`)).headers.get('x-ms-resource-unit')).toBe('5');
  });

  test('errors have the shape of Graph, with both ids', async () => {
    const headers = { 'client-request-id': '0a1b2c3d-0000-4000-8000-000000000002' };
    const answer = await graph.get('/users/nobody', headers);
    expect(answer.json).toEqual({
      error: {
        code: 'Request_ResourceNotFound',
        message: "Resource 'nobody' does not exist or one of its queried reference-property objects are not present.",
        innerError: {
          date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
          'request-id': answer.headers.get('request-id'),
          'client-request-id': headers['client-request-id'],
        },
      },
    });
  });

  test('a method that a path does not take is 405', async () => {
    expect((await graph.send('PUT', '/users', {})).status).toBe(405);
  });

  test('only loopback names are served', async () => {
    expect((await plainGet('/v1.0/users', { host: 'attacker.example' })).status).toBe(403);
  });

  test('no string in a filter, a search, a path or a token breaks the tenant', async () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc
        .array(
          fc.constantFrom(
            "'",
            '(',
            ')',
            ' eq ',
            'department',
            '/any(a:',
            'null',
            'not',
            ' and ',
            ',',
            '"',
            ':',
            '\\',
            '\u0000',
            '\u202e',
            '$count',
            '..',
          ),
          { maxLength: 12 },
        )
        .map((pieces) => pieces.join('')),
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const encoded = encodeURIComponent(text.toWellFormed());
        for (const path of [
          `/users?$filter=${encoded}`,
          `/users?$search=${encoded}`,
          `/users?$skiptoken=${encoded}`,
          `/users?$select=${encoded}`,
          `/users/${encoded}`,
          `/groups/${encoded}/members`,
        ]) {
          expect((await graph.get(path, eventual)).status).toBeLessThan(500);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('$batch', () => {
  const batch = (requests: readonly unknown[]) => graph.send('POST', '/$batch', { requests });
  const responses = (answer: {
    json: Record<string, unknown>;
  }): { id: string; status: number; headers: Record<string, string>; body: Record<string, unknown> }[] =>
    JSON.parse(JSON.stringify(answer.json['responses']));

  test('answers each by id, with headers of its own', async () => {
    const { ordinary } = graph.tenant.landmarks;
    const answer = await batch([
      { id: 'a', method: 'GET', url: `/users/${ordinary.id}?$select=id` },
      { id: 'b', method: 'GET', url: '/users/nobody' },
      { id: 'c', method: 'GET', url: '/users/$count' },
      { id: 'd', method: 'GET', url: '/users/$count', headers: eventual },
    ]);
    expect(answer.status).toBe(200);
    const byId = new Map(responses(answer).map((response) => [response.id, response]));
    expect(byId.get('a')).toMatchObject({
      status: 200,
      body: { id: ordinary.id },
      headers: { 'x-ms-resource-unit': '1' },
    });
    expect(byId.get('b')).toMatchObject({ status: 404, body: { error: { code: 'Request_ResourceNotFound' } } });
    expect(byId.get('c')?.status).toBe(400);
    expect(byId.get('d')).toMatchObject({ status: 200, body: '60' });
    expect(responses(answer).map(({ id }) => id)).not.toEqual(['a', 'b', 'c', 'd']);
  });

  test('a body needs its own content type', async () => {
    const { ordinary } = graph.tenant.landmarks;
    const patch = { method: 'PATCH', url: `/users/${ordinary.id}`, body: { jobTitle: 'Batched' } };
    const answer = await batch([
      { id: '1', ...patch },
      { id: '2', ...patch, headers: { 'Content-Type': 'application/json' } },
    ]);
    expect(new Map(responses(answer).map(({ id, status }) => [id, status]))).toEqual(
      new Map([
        ['1', 400],
        ['2', 204],
      ]),
    );
  });

  test('dependsOn keeps the order, and what depends on a failure is 424', async () => {
    const { ordinary } = graph.tenant.landmarks;
    const json = { 'Content-Type': 'application/json' };
    const set = (id: string, jobTitle: string | number, dependsOn: string[]) => ({
      id,
      method: 'PATCH',
      url: `/users/${ordinary.id}`,
      headers: json,
      body: { jobTitle },
      dependsOn,
    });
    const answer = await batch([
      set('3', 'third', ['2']),
      set('2', 'second', ['1']),
      set('1', 'first', []),
      set('bad', 1, []),
      set('after', 'never', ['bad']),
    ]);
    expect(new Map(responses(answer).map(({ id, status }) => [id, status]))).toEqual(
      new Map([
        ['1', 204],
        ['2', 204],
        ['3', 204],
        ['bad', 400],
        ['after', 424],
      ]),
    );
    expect((await graph.get(`/users/${ordinary.id}`)).json['jobTitle']).toBe('third');
  });

  test.each([
    ['more than twenty', Array.from({ length: 21 }, (_, i) => ({ id: `${i}`, method: 'GET', url: '/users' }))],
    ['ids that repeat', [1, 2].map(() => ({ id: 'x', method: 'GET', url: '/users' }))],
    ['a circle', ['a', 'b'].map((id) => ({ id, method: 'GET', url: '/users', dependsOn: [id === 'a' ? 'b' : 'a'] }))],
    [
      'a circle beside a request that could run',
      ['a', 'b', 'c'].map((id) => ({
        id,
        method: 'GET',
        url: '/users',
        dependsOn: id === 'c' ? [] : [id === 'a' ? 'b' : 'a'],
      })),
    ],
    ['an unknown dependency', [{ id: 'a', method: 'GET', url: '/users', dependsOn: ['z'] }]],
    ['a batch in a batch', [{ id: 'a', method: 'POST', url: '/$batch', body: {} }]],
    ['no requests', []],
  ])('%s is refused as a whole', async (_, requests) => {
    const before = graph.tenant.requests.length;
    expect((await batch(requests)).status).toBe(400);
    expect(graph.tenant.requests).toHaveLength(before + 1);
  });

  test('every inner request is in the log, before the batch', async () => {
    const before = graph.tenant.requests.length;
    await batch([{ id: 'a', method: 'GET', url: '/domains' }]);
    expect(graph.tenant.requests.slice(before).map(({ method, path, status }) => [method, path, status])).toEqual([
      ['GET', '/v1.0/domains', 200],
      ['POST', '/v1.0/$batch', 200],
    ]);
  });
});

describe('serving', () => {
  test('next links lead back to the host that was asked', async () => {
    const { port } = new URL(graph.tenant.url);
    const headers = { host: `localhost:${port}`, 'x-forwarded-proto': 'https' };
    const { text } = await plainGet('/v1.0/users?$top=1', headers);
    expect(JSON.parse(text)).toMatchObject({
      '@odata.nextLink': expect.stringMatching(`^https://localhost:${port}/v1.0/users\\?`),
    });
  });

  test('the log keeps bodies and headers of what was received', async () => {
    const { ordinary } = graph.tenant.landmarks;
    await graph.send('PATCH', `/users/${ordinary.id}`, { jobTitle: 'Seen' }, { 'x-mark': 'yes' });
    expect(graph.tenant.requests.at(-1)).toMatchObject({
      method: 'PATCH',
      path: `/v1.0/users/${ordinary.id}`,
      status: 204,
      body: { jobTitle: 'Seen' },
      headers: { 'x-mark': 'yes' },
    });
  });

  test('a taken port rejects, and close ends open connections', async () => {
    const own = await startDemoTenant({ users: 30 });
    await fetch(`${own.url}/v1.0/organization`);
    await expect(startDemoTenant({ users: 30, port: Number(new URL(own.url).port) })).rejects.toThrow('EADDRINUSE');
    await own.close();
    await expect(fetch(`${own.url}/v1.0/organization`)).rejects.toThrow();
  });
});
