import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventual, GraphClient } from './graph-client.ts';

let graph: GraphClient;
let nowMs: number;
beforeEach(async () => {
  nowMs = Date.parse('2026-06-01T12:00:00Z');
  graph = await GraphClient.start({ users: 40, now: () => nowMs, replicationDelayMs: 5000 });
});
afterEach(() => graph.tenant.close());

const newUser = () => ({
  accountEnabled: true,
  displayName: 'Fresh Person',
  mailNickname: 'fresh',
  userPrincipalName: `fresh@${graph.tenant.domain}`,
  passwordProfile: { password: 'Zr7!kdm2Qw' },
});
const ids = async (path: string) => (await graph.all(path)).map(({ id }) => id);

test('a new user is nowhere for a while, but the name is taken', async () => {
  const created = await graph.send('POST', '/users', newUser());
  expect(created.status).toBe(201);
  const id = String(created.json['id']);
  const { userPrincipalName } = newUser();
  const paths = [`/users/${id}`, `/users/${userPrincipalName}`, `/directoryObjects/${id}`];
  const filtered = `/users?$select=id&$filter=userPrincipalName eq '${userPrincipalName}'`;
  const { security } = graph.tenant.landmarks.groups;
  const join = () => graph.send('POST', `/groups/${security.id}/members/$ref`, { '@odata.id': graph.link(id) });
  for (const path of paths) expect((await graph.get(path)).error.code).toBe('Request_ResourceNotFound');
  expect((await graph.send('PATCH', `/users/${id}`, { jobTitle: 'x' })).status).toBe(404);
  expect((await join()).status).toBe(404);
  expect(await ids(filtered)).toEqual([]);
  expect(await ids('/users?$select=id')).not.toContain(id);
  expect((await graph.get('/users/$count', eventual)).text).toBe('40');
  expect((await graph.send('POST', '/users', newUser())).error.details).toContainEqual(
    expect.objectContaining({ code: 'ObjectConflict', target: 'userPrincipalName' }),
  );
  nowMs += 5000;
  for (const path of paths) expect((await graph.get(path)).status).toBe(200);
  expect(await ids(filtered)).toEqual([id]);
  expect((await graph.get('/users/$count', eventual)).text).toBe('41');
  expect((await join()).status).toBe(204);
});

test('a restored user comes back late, and is gone from the deleted items at once', async () => {
  const { ordinary } = graph.tenant.landmarks;
  await graph.send('DELETE', `/users/${ordinary.id}`);
  const path = `/directory/deletedItems/${ordinary.id}`;
  expect((await graph.send('POST', `${path}/restore`)).status).toBe(200);
  expect((await graph.get(path)).status).toBe(404);
  expect((await graph.get(`/users/${ordinary.id}`)).status).toBe(404);
  nowMs += 4999;
  expect((await graph.get(`/users/${ordinary.id}`)).status).toBe(404);
  nowMs += 1;
  expect((await graph.get(`/users/${ordinary.id}`)).status).toBe(200);
});

test('a new group too', async () => {
  const body = { displayName: 'Fresh', mailEnabled: false, mailNickname: 'fresh', securityEnabled: true };
  const id = String((await graph.send('POST', '/groups', body)).json['id']);
  expect((await graph.get(`/groups/${id}`)).status).toBe(404);
  expect(await ids('/groups?$select=id')).not.toContain(id);
  nowMs += 5000;
  expect((await graph.get(`/groups/${id}`)).status).toBe(200);
  expect(await ids('/groups?$select=id')).toContain(id);
});

test('licensing hears of a usage location late', async () => {
  const user = `/users/${graph.tenant.landmarks.newcomer.id}`;
  const visio = 'c5928f49-12ba-48f7-ada3-0d743a3601d5';
  const assign = () =>
    graph.send('POST', `${user}/assignLicense`, { addLicenses: [{ skuId: visio }], removeLicenses: [] });
  await graph.send('PATCH', user, { usageLocation: 'NO' });
  expect((await graph.get(`${user}?$select=usageLocation`)).json['usageLocation']).toBe('NO');
  expect((await assign()).error.message).toBe(
    'License assignment cannot be done for user with invalid usage location.',
  );
  nowMs += 5000;
  expect((await assign()).status).toBe(200);
});
