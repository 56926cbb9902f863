import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GraphClient } from './graph-client.ts';

let now = Date.parse('2026-06-01T12:00:00Z');
let graph: GraphClient;
beforeEach(async () => {
  now = Date.parse('2026-06-01T12:00:00Z');
  graph = await GraphClient.start({ users: 40, now: () => now });
});
afterEach(() => graph.tenant.close());

const base = () => `/users/${graph.tenant.landmarks.leaver.id}/authentication`;
const kinds = async () =>
  (await graph.get(`${base()}/methods`)).items.map((method) =>
    String(method['@odata.type']).replace(/^#microsoft\.graph\.|AuthenticationMethod$/g, ''),
  );
const remove = async (kind: string) => {
  const [method] = (await graph.get(`${base()}/${kind}Methods`)).items;
  return graph.send('DELETE', `${base()}/${kind}Methods/${method?.['id']}`);
};

test('each kind has a list of its own, whose methods name no type', async () => {
  for (const kind of await kinds()) {
    const { items } = await graph.get(`${base()}/${kind}Methods`);
    expect(items).toHaveLength(1);
    expect(items[0]).not.toHaveProperty('@odata.type');
    const path = `${base()}/${kind}Methods/${items[0]?.['id']}`;
    expect((await graph.get(path)).json).toMatchObject({ ...items[0] });
    expect((await graph.get(`${base()}/methods/${items[0]?.['id']}`)).json).toMatchObject({ ...items[0] });
  }
});

test('all but the password are taken, the default second factor after those that could take its place', async () => {
  const before = graph.tenant.snapshot();
  const early = await remove('microsoftAuthenticator');
  expect([early.status, early.error.code]).toEqual([400, 'Request_BadRequest']);
  expect(graph.tenant.snapshot()).toEqual(before);
  for (const kind of ['email', 'fido2', 'phone', 'softwareOath', 'windowsHelloForBusiness', 'platformCredential']) {
    expect((await remove(kind)).status).toBe(204);
    expect((await remove(kind)).status).toBe(404);
  }
  expect((await remove('microsoftAuthenticator')).status).toBe(204);
  expect(await kinds()).toEqual(['password']);
  expect((await remove('password')).status).toBe(405);
});

test('a method is found under its own kind alone', async () => {
  const [phone] = (await graph.get(`${base()}/phoneMethods`)).items;
  expect((await graph.send('DELETE', `${base()}/fido2Methods/${phone?.['id']}`)).status).toBe(404);
});

describe('a Temporary Access Pass', () => {
  const path = () => `${base()}/temporaryAccessPassMethods`;

  test('shows its secret once', async () => {
    const made = await graph.send('POST', path(), { lifetimeInMinutes: 30, isUsableOnce: true });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({
      temporaryAccessPass: expect.stringMatching(/^\S{8}$/),
      lifetimeInMinutes: 30,
      isUsableOnce: true,
      isUsable: true,
      methodUsabilityReason: 'EnabledByPolicy',
      startDateTime: '2026-06-01T12:00:00Z',
    });
    const [shown] = (await graph.get(path())).items;
    expect(shown).toMatchObject({ id: made.json['id'], temporaryAccessPass: null });
    expect(JSON.stringify(graph.tenant.snapshot())).not.toContain(made.json['temporaryAccessPass']);
    now += 30 * 60_000;
    expect((await graph.get(path())).items).toMatchObject([{ isUsable: false, methodUsabilityReason: 'Expired' }]);
  });

  test('is one per person: another takes its place', async () => {
    const first = await graph.send('POST', path(), {});
    const second = await graph.send('POST', path(), { startDateTime: '2026-06-02T08:00:00Z' });
    const { items } = await graph.get(path());
    expect(items).toMatchObject([{ id: second.json['id'], lifetimeInMinutes: 60, isUsableOnce: false }]);
    expect(items).toMatchObject([{ isUsable: false, methodUsabilityReason: 'NotYetValid' }]);
    expect((await graph.send('DELETE', `${path()}/${first.json['id']}`)).status).toBe(404);
    expect((await graph.send('DELETE', `${path()}/${second.json['id']}`)).status).toBe(204);
  });

  test.each([{ lifetimeInMinutes: 9 }, { lifetimeInMinutes: 43_201 }, { startDateTime: 'soon' }])(
    'is refused with %j',
    async (body) => {
      expect((await graph.send('POST', path(), body)).status).toBe(400);
    },
  );

  test('is not for guests', async () => {
    const guest = `/users/${graph.tenant.landmarks.guest.id}/authentication/temporaryAccessPassMethods`;
    expect((await graph.send('POST', guest, {})).status).toBe(400);
  });
});
