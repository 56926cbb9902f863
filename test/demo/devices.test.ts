import { afterEach, beforeEach, expect, test } from 'vitest';
import { GraphClient } from './graph-client.ts';

let graph: GraphClient;
beforeEach(async () => {
  graph = await GraphClient.start({ users: 60 });
});
afterEach(() => graph.tenant.close());

const ownedBy = async (id: string) =>
  (await graph.get(`/users/${id}/ownedDevices?$select=id,accountEnabled`)).items.map((device) => String(device['id']));

test('a device is blocked and let in again; its owner sees it, twice is no harm', async () => {
  const { ordinary } = graph.tenant.landmarks;
  const [id] = await ownedBy(ordinary.id);
  for (const accountEnabled of [false, false, true]) {
    const answer = await graph.send('PATCH', `/devices/${id}`, { accountEnabled });
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect((await graph.get(`/devices/${id}?$select=accountEnabled`)).json['accountEnabled']).toBe(accountEnabled);
  }
  const { items } = await graph.get(`/users/${ordinary.id}/registeredDevices/microsoft.graph.device`);
  expect(items.map((device) => device['accountEnabled'])).toEqual([true, true]);
});

test.each([
  [{ accountEnabled: 'no' }, 'Request_BadRequest'],
  [{ trustType: 'Workplace' }, 'Request_BadRequest'],
  [{ colour: 'red' }, 'Request_BadRequest'],
])('%j is refused', async (body, code) => {
  const [id] = await ownedBy(graph.tenant.landmarks.ordinary.id);
  const before = graph.tenant.snapshot();
  expect((await graph.send('PATCH', `/devices/${id}`, body)).error.code).toBe(code);
  expect(graph.tenant.snapshot()).toEqual(before);
});

test('one of the leaver’s devices is shared: one owner, two users, and the colleague sees it', async () => {
  const { leaver } = graph.tenant.landmarks;
  const devices = await ownedBy(leaver.id);
  const counts: number[] = [];
  for (const id of devices) {
    const owners = (await graph.get(`/devices/${id}/registeredOwners?$select=id`)).items;
    expect(owners.map((owner) => owner['id'])).toEqual([leaver.id]);
    const users = (await graph.get(`/devices/${id}/registeredUsers?$select=id`)).items;
    counts.push(users.length);
    const colleague = users.find((user) => user['id'] !== leaver.id)?.['id'];
    if (colleague === undefined) continue;
    const registered = (await graph.get(`/users/${colleague}/registeredDevices?$select=id`)).items;
    expect(registered.map((device) => device['id'])).toContain(id);
    expect(await ownedBy(String(colleague))).not.toContain(id);
  }
  expect(counts).toEqual([1, 1, 2]);
});

test('all devices are listed page by page, filtered and counted, and one is found by id', async () => {
  const all = await graph.all('/devices?$select=id,displayName&$top=7');
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  const count = await graph.get('/devices/$count', { ConsistencyLevel: 'eventual' });
  expect(Number(count.text)).toBe(all.length);
  const [, second] = all;
  const filter = encodeURIComponent(`displayName eq '${second?.['displayName']}'`);
  expect((await graph.get(`/devices?$filter=${filter}&$select=id`)).items).toEqual([{ id: second?.['id'] }]);
  expect((await graph.get(`/devices/${graph.tenant.landmarks.ordinary.id}`)).status).toBe(404);
});

test('a device stays when its owner is deleted', async () => {
  const { leaver } = graph.tenant.landmarks;
  const [id] = await ownedBy(leaver.id);
  await graph.send('DELETE', `/users/${leaver.id}`);
  expect((await graph.get(`/devices/${id}`)).status).toBe(200);
  expect((await graph.get(`/devices/${id}/registeredOwners`)).items).toEqual([]);
});
