import { afterEach, beforeEach, expect, test } from 'vitest';
import { GraphClient } from './graph-client.ts';

let graph: GraphClient;
beforeEach(async () => {
  graph = await GraphClient.start({ users: 60 });
});
afterEach(() => graph.tenant.close());

const driveOf = async (id: string) => `/drives/${(await graph.get(`/users/${id}/drive`)).json['id']}`;
const invite = (drive: string, recipient: object, role = 'write') =>
  graph.send('POST', `${drive}/root/invite`, { recipients: [recipient], roles: [role], requireSignIn: true });

test('a successor gets the root, by id or by mail, once; and loses it again', async () => {
  const { leaver, manager } = graph.tenant.landmarks;
  const before = graph.tenant.snapshot().holdings;
  const drive = await driveOf(leaver.id);
  const given = await invite(drive, { objectId: manager.id });
  expect(given).toMatchObject({
    status: 200,
    items: [{ roles: ['write'], grantedToV2: { user: { id: manager.id } } }],
  });
  const again = await invite(drive, { email: manager.userPrincipalName }, 'read');
  expect(again.items).toMatchObject([{ id: given.items[0]?.['id'], roles: ['read'] }]);
  const { items } = await graph.get(`${drive}/root/permissions`);
  expect(items).toMatchObject([{ roles: ['owner'] }, { roles: ['read'] }]);
  expect(graph.tenant.snapshot().holdings[leaver.id]?.drivePermissions).toEqual([
    { userId: manager.id, roles: ['read'] },
  ]);
  const path = `${drive}/root/permissions/${given.items[0]?.['id']}`;
  expect((await graph.get(path)).json).toMatchObject({ roles: ['read'] });
  expect((await graph.send('DELETE', path)).status).toBe(204);
  expect((await graph.send('DELETE', path)).error.code).toBe('itemNotFound');
  expect(graph.tenant.snapshot().holdings).toEqual(before);
});

test('the root is an item too', async () => {
  const drive = await driveOf(graph.tenant.landmarks.leaver.id);
  const { json } = await graph.get(`${drive}/root`);
  for (const item of ['root', json['id']]) {
    expect((await graph.get(`${drive}/items/${item}/permissions`)).items).toHaveLength(1);
  }
  expect((await graph.get(`${drive}/items/elsewhere/permissions`)).status).toBe(404);
});

test('the owner stays, and nobody unknown is invited', async () => {
  const drive = await driveOf(graph.tenant.landmarks.leaver.id);
  const [owner] = (await graph.get(`${drive}/root/permissions`)).items;
  expect((await graph.send('DELETE', `${drive}/root/permissions/${owner?.['id']}`)).status).toBe(403);
  expect((await invite(drive, { email: 'nobody@elsewhere.example' })).error.code).toBe('invalidRequest');
  expect((await invite(drive, { objectId: graph.tenant.landmarks.manager.id }, 'admin')).status).toBe(400);
  expect((await graph.get('/drives/b!nothing/root/permissions')).status).toBe(404);
});

test('a OneDrive outlives its license and, for a while, its owner; who never had one has none', async () => {
  const { leaver, newcomer, groups } = graph.tenant.landmarks;
  const drive = await driveOf(leaver.id);
  await graph.send('DELETE', `/groups/${groups.licensed.id}/members/${leaver.id}/$ref`);
  expect((await graph.get(`/users/${leaver.id}/drive`)).status).toBe(200);
  await graph.send('DELETE', `/users/${leaver.id}`);
  expect((await graph.get(drive)).status).toBe(200);
  expect((await graph.get(`/users/${newcomer.id}/drive`)).error.code).toBe('ResourceNotFound');
});
