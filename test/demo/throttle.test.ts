import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { DemoTenantOptions } from '../../src/demo/index.ts';
import { type GraphAnswer, GraphClient } from './graph-client.ts';

let graph: GraphClient;
let nowMs = Date.parse('2026-06-01T12:00:00Z');
const start = async (options: DemoTenantOptions): Promise<void> => {
  graph = await GraphClient.start({ users: 40, now: () => nowMs, ...options });
};
afterEach(() => graph.tenant.close());

const header = (answer: GraphAnswer, name: string): string | null => answer.headers.get(name);
const units = async (method: string, path: string, body?: unknown): Promise<string | null> =>
  header(await graph.send(method, path, body), 'x-ms-resource-unit');

describe('resource units', () => {
  test.each([
    ['GET', '/users', '2'],
    ['GET', '/users?$select=id', '1'],
    ['GET', '/users?$top=19', '1'],
    ['GET', '/users?$top=20', '2'],
    ['GET', '/users?$expand=manager', '3'],
    ['GET', '/users?$expand=manager&$select=id&$top=5', '1'],
    ['GET', '/groups', '1'],
    ['GET', '/groups?$top=5&$select=id', '1'],
    ['GET', '/subscribedSkus', '3'],
    ['GET', '/SubscribedSkus', '3'],
    ['GET', '/organization', '1'],
    ['GET', '/nowhere', '1'],
    ['GET', '/users?$filter=%zz', '1'],
    ['DELETE', '/users/nobody', '1'],
  ])('%s %s costs %s', async (method, path, cost) => {
    await start({});
    expect(await units(method, path)).toBe(cost);
  });

  test('what is asked about one person and one group', async () => {
    await start({});
    const { ordinary, groups } = graph.tenant.landmarks;
    const user = `/users/${ordinary.id}`;
    const group = `/groups/${groups.security.id}`;
    const costs = new Map([
      [user, '2'],
      [`${user}/memberOf`, '2'],
      [`${user}/licenseDetails`, '2'],
      [`${user}/manager`, '1'],
      [`${group}/members`, '3'],
      [`${group}/transitiveMembers`, '5'],
      [`${group}/transitiveMembers/microsoft.graph.user`, '5'],
      [`${group}/owners`, '1'],
    ]);
    for (const [path, cost] of costs) expect([path, await units('GET', path)]).toEqual([path, cost]);
    expect(await units('POST', `${user}/getMemberGroups`, { securityEnabledOnly: true })).toBe('2');
    expect(await units('POST', `${user}/checkMemberGroups`, { groupIds: [groups.security.id] })).toBe('4');
    const ids = { ids: [ordinary.id] };
    expect(await units('POST', '/directoryObjects/getByIds', ids)).toBe('5');
    expect(await units('POST', '/directoryObjects/getByIds?$select=id', ids)).toBe('2');
  });

  test('logs are not paid in units', async () => {
    await start({});
    expect(await units('GET', '/auditLogs/directoryAudits')).toBeNull();
  });
});

describe('the bucket', () => {
  const one = '/organization';

  test('is as large as the tenant, when nothing else is said', async () => {
    await start({ users: 49 });
    const bodies = Array.from({ length: 20 }, (_, id) => ({ id: `${id}`, method: 'GET', url: '/subscribedSkus' }));
    // 60 units each: 3,480 after 58, and the 59th has twenty units left.
    let refused = 0;
    for (let round = 0; round < 59; round += 1) {
      const { json } = await graph.send('POST', '/$batch', { requests: bodies });
      refused += JSON.stringify(json).split('"TooManyRequests"').length - 1;
    }
    expect(refused).toBe(14);
  });

  test('says how full it is above 80 %, and then refuses with all that a client needs', async () => {
    await start({ budget: { resourceUnits: 10, windowMs: 4000 } });
    const answers: GraphAnswer[] = [];
    for (let i = 0; i < 12; i += 1) answers.push(await graph.get(one));
    expect(answers.map(({ status }) => status)).toEqual([...Array(10).fill(200), 429, 429]);
    expect(answers.map((answer) => header(answer, 'x-ms-throttle-limit-percentage'))).toEqual([
      ...Array(8).fill(null),
      '0.9',
      '1',
      '1.1',
      '1.2',
    ]);
    const refused = answers[10];
    expect(refused?.error.code).toBe('TooManyRequests');
    expect(refused?.json).toMatchObject({ error: { innerError: { code: '429' } } });
    expect(refused && header(refused, 'retry-after')).toBe('4');
    expect(refused && header(refused, 'x-ms-throttle-information')).toBe('ResourceUnitLimitExceeded');
    expect(refused && header(refused, 'x-ms-throttle-scope')).toMatch(
      new RegExp(`^Tenant_Application/ReadWrite/[0-9a-f-]{36}/${graph.tenant.tenantId}$`),
    );
    expect(refused && header(refused, 'request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('lets in who waited as long as told, and not who came a moment early', async () => {
    await start({ budget: { resourceUnits: 3, windowMs: 2000 } });
    for (let i = 0; i < 3; i += 1) await graph.get(one);
    nowMs += 1999;
    expect((await graph.get(one)).status).toBe(429);
    nowMs += 2000;
    expect((await graph.get(one)).status).toBe(200);
  });

  test('is emptied by retries too: who goes on asking goes on waiting', async () => {
    await start({ budget: { resourceUnits: 4, windowMs: 2000 } });
    for (let i = 0; i < 4; i += 1) await graph.get(one);
    nowMs += 1000;
    for (let i = 0; i < 3; i += 1) expect((await graph.get(one)).status).toBe(429);
    nowMs += 1000;
    // The first four have left the window; the refused ones of a second ago leave room for one unit, not for three.
    expect((await graph.get('/subscribedSkus')).status).toBe(429);
    nowMs += 2000;
    expect((await graph.get('/subscribedSkus')).status).toBe(200);
  });

  test('never grants more than its size in any stretch of its window, whatever is asked and when', async () => {
    await start({});
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 3, max: 20 }),
        fc.array(
          fc.record({ waitMs: fc.integer({ min: 0, max: 700 }), path: fc.constantFrom(one, '/subscribedSkus') }),
          {
            minLength: 10,
            maxLength: 60,
          },
        ),
        async (resourceUnits, asked) => {
          const own = await GraphClient.start({
            users: 40,
            now: () => nowMs,
            budget: { resourceUnits, windowMs: 1000 },
          });
          const granted: { atMs: number; cost: number }[] = [];
          for (const { waitMs, path } of asked) {
            nowMs += waitMs;
            const answer = await own.get(path);
            if (answer.status === 200) {
              granted.push({ atMs: nowMs, cost: Number(answer.headers.get('x-ms-resource-unit')) });
            }
          }
          await own.tenant.close();
          for (const { atMs } of granted) {
            const inWindow = granted.filter((other) => other.atMs <= atMs && other.atMs > atMs - 1000);
            expect(inWindow.reduce((sum, { cost }) => sum + cost, 0)).toBeLessThanOrEqual(resourceUnits);
          }
          expect(granted.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 15 },
    );
  });

  test('belongs to one application', async () => {
    await start({ budget: { resourceUnits: 1, windowMs: 5000 } });
    const token = (appid: string): Record<string, string> => ({
      authorization: `Bearer e30.${Buffer.from(JSON.stringify({ appid })).toString('base64url')}.x`,
    });
    expect((await graph.get(one, token('a'))).status).toBe(200);
    expect((await graph.get(one, token('a'))).status).toBe(429);
    expect((await graph.get(one, token('b'))).status).toBe(200);
  });

  test('takes each request of a batch by itself', async () => {
    await start({ budget: { resourceUnits: 3 } });
    const requests = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, method: 'GET', url: one }));
    const answer = await graph.send('POST', '/$batch', { requests });
    expect(answer.status).toBe(200);
    const inner: { status: number; headers: Record<string, string> }[] = JSON.parse(
      JSON.stringify(answer.json['responses']),
    );
    expect(inner.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429, 429]);
    expect(inner.find(({ status }) => status === 429)?.headers).toMatchObject({
      'retry-after': '10',
      'x-ms-throttle-information': 'ResourceUnitLimitExceeded',
    });
  });

  test('counts writes apart, and reports apart', async () => {
    await start({ budget: { writes: 2, writeWindowMs: 3000, reports: 1, reportWindowMs: 2000 } });
    const user = `/users/${graph.tenant.landmarks.ordinary.id}`;
    const write = () => graph.send('PATCH', user, { jobTitle: 'x' });
    expect([(await write()).status, (await write()).status]).toEqual([204, 204]);
    const refused = await write();
    expect(refused.status).toBe(429);
    expect(header(refused, 'x-ms-throttle-information')).toBe('WriteLimitExceeded');
    expect(header(refused, 'x-ms-throttle-scope')).toContain('Tenant_Application/Write/');
    expect((await graph.get(user)).status).toBe(200);
    expect((await graph.send('POST', `${user}/getMemberGroups`, { securityEnabledOnly: true })).status).toBe(200);
    expect((await graph.get('/auditLogs/signIns')).status).toBe(200);
    const report = await graph.get('/auditLogs/directoryAudits');
    expect([report.status, header(report, 'retry-after')]).toEqual([429, '2']);
  });

  test('a write that was refused did nothing', async () => {
    await start({ budget: { writes: 1 } });
    const user = `/users/${graph.tenant.landmarks.ordinary.id}`;
    await graph.send('PATCH', user, { jobTitle: 'first' });
    const before = graph.tenant.snapshot();
    expect((await graph.send('PATCH', user, { jobTitle: 'second' })).status).toBe(429);
    expect(graph.tenant.snapshot()).toEqual(before);
  });

  test('sign-in activity can have its own', async () => {
    await start({ budget: { signInActivity: 1 } });
    const path = '/users?$select=id,signInActivity&$top=1';
    expect((await graph.get(path)).status).toBe(200);
    expect((await graph.get(path)).status).toBe(429);
    nowMs += 60_000;
    expect((await graph.get(path)).status).toBe(200);
  });

  test('can be left out', async () => {
    await start({ budget: false });
    const answers = await Promise.all(Array.from({ length: 300 }, () => graph.get(one)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
  });

  test('a size of nothing is refused', async () => {
    await start({});
    await expect(GraphClient.start({ budget: { resourceUnits: 0 } })).rejects.toThrow(RangeError);
  });
});
