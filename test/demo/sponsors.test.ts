import { afterEach, beforeEach, expect, test } from 'vitest';
import { GraphClient } from './graph-client.ts';

let graph: GraphClient;
beforeEach(async () => {
  graph = await GraphClient.start({ users: 40 });
});
afterEach(() => graph.tenant.close());

const sponsors = async (id: string) =>
  (await graph.get(`/users/${id}/sponsors?$select=id`)).items.map((item) => item['id']);
const sponsorOf = async (id: string) =>
  (await graph.get(`/users/${id}/sponsorOf?$select=id`)).items.map((item) => item['id']);

test('a guest is handed over: the successor first, then the leaver goes', async () => {
  const { guest, leaver, manager } = graph.tenant.landmarks;
  const path = `/users/${guest.id}/sponsors`;
  const link = { '@odata.id': graph.link(manager.id) };
  expect((await graph.send('POST', `${path}/$ref`, link)).status).toBe(204);
  expect((await graph.send('POST', `${path}/$ref`, link)).error.message).toContain("'sponsors'");
  expect(await sponsors(guest.id)).toEqual([manager.id, leaver.id]);
  const { json } = await graph.get(`/users/${guest.id}?$select=id&$expand=sponsors($select=id)`);
  expect([json['sponsors']].flat()).toHaveLength(2);
  expect((await graph.send('DELETE', `${path}/${leaver.id}/$ref`)).status).toBe(204);
  expect((await graph.send('DELETE', `${path}/${leaver.id}/$ref`)).status).toBe(404);
  expect(await sponsorOf(leaver.id)).not.toContain(guest.id);
  expect(await sponsorOf(manager.id)).toEqual([guest.id]);
});

test('groups sponsor too, through them their members; devices do not', async () => {
  const { guest, ordinary, groups } = graph.tenant.landmarks;
  const add = (id: unknown) =>
    graph.send('PUT', `/users/${guest.id}/sponsors/$ref`, { '@odata.id': graph.link(String(id)) });
  expect((await add(groups.security.id)).status).toBe(204);
  expect(await sponsorOf(ordinary.id)).toEqual([guest.id]);
  const [device] = (await graph.get(`/users/${ordinary.id}/ownedDevices?$select=id`)).items;
  expect((await add(device?.['id'])).status).toBe(400);
  expect((await add('00000000-0000-4000-8000-000000000000')).status).toBe(404);
});
