import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDemoTenant } from '../../src/demo/index.ts';
import { GraphClient } from './graph-client.ts';

const now = () => Date.parse('2026-06-01T12:00:00Z');

describe('the tenant', () => {
  let graph: GraphClient;
  beforeAll(async () => {
    graph = await GraphClient.start();
  });
  afterAll(() => graph.tenant.close());

  test('holds 500 people, guests, disabled and synced ones among them', async () => {
    const users = await graph.all(
      '/users?$select=id,userPrincipalName,accountEnabled,userType,onPremisesSyncEnabled&$top=999',
    );
    expect(users).toHaveLength(500);
    expect(new Set(users.map((user) => user['id'])).size).toBe(500);
    expect(new Set(users.map((user) => String(user['userPrincipalName']).toLowerCase())).size).toBe(500);
    for (const some of [
      users.filter((user) => user['userType'] === 'Guest'),
      users.filter((user) => user['accountEnabled'] === false),
      users.filter((user) => user['onPremisesSyncEnabled'] === true),
      users.filter((user) => user['onPremisesSyncEnabled'] === null),
    ]) {
      expect(some.length).toBeGreaterThan(10);
    }
  });

  test('every landmark is where the tenant says', async () => {
    const { landmarks } = graph.tenant;
    const { groups, globalAdmins, lookalikes, deletedUser, ...people } = landmarks;
    for (const person of [...Object.values(people), ...globalAdmins, ...lookalikes]) {
      const byId = await graph.get(`/users/${person.id}`);
      const byName = await graph.get(`/users/${encodeURIComponent(person.userPrincipalName)}`);
      expect(byId.json).toMatchObject({ ...person });
      expect(byName.json).toEqual(byId.json);
    }
    expect((await graph.get(`/users/${deletedUser.id}`)).status).toBe(404);
    for (const group of Object.values(groups)) {
      expect((await graph.get(`/groups/${group.id}`)).json).toMatchObject({ ...group });
    }
  });

  test('the ordinary person is what the tour needs', async () => {
    const { ordinary, manager } = graph.tenant.landmarks;
    const user = await graph.get(
      `/users/${ordinary.id}?$select=accountEnabled,userType,onPremisesSyncEnabled,licenseAssignmentStates,signInActivity`,
    );
    expect(user.json).toMatchObject({ accountEnabled: true, userType: 'Member', onPremisesSyncEnabled: null });
    const states = user.json['licenseAssignmentStates'];
    expect(states).toContainEqual(
      expect.objectContaining({ assignedByGroup: graph.tenant.landmarks.groups.licensed.id }),
    );
    expect(states).toContainEqual(expect.objectContaining({ assignedByGroup: null }));
    expect(user.json['signInActivity']).toBeDefined();
    expect((await graph.get(`/users/${ordinary.id}/manager?$select=id`)).json['id']).toBe(manager.id);
    expect((await graph.get(`/users/${ordinary.id}/registeredDevices?$select=id`)).items).toHaveLength(2);
    expect(
      (await graph.get(`/users/${ordinary.id}/memberOf/microsoft.graph.group?$select=id`)).items.length,
    ).toBeGreaterThan(4);
    expect((await graph.get(`/users/${ordinary.id}/transitiveMemberOf/microsoft.graph.directoryRole`)).items).toEqual(
      [],
    );
    const filter = encodeURIComponent(`principalId eq '${ordinary.id}'`);
    expect((await graph.get(`/roleManagement/directory/roleAssignments?$filter=${filter}`)).items).toEqual([]);
  });

  test('counts the seats in use, and Visio has one left', async () => {
    const skus = (await graph.get('/subscribedSkus')).items;
    const users = await graph.all('/users?$select=assignedLicenses&$top=999');
    for (const sku of skus) {
      const holders = users.filter((user) => JSON.stringify(user['assignedLicenses']).includes(String(sku['skuId'])));
      expect(sku['consumedUnits']).toBe(holders.length);
      expect(Reflect.get(Object(sku['prepaidUnits']), 'enabled')).toBeGreaterThan(holders.length);
    }
    const visio = skus.find((sku) => sku['skuPartNumber'] === 'VISIOCLIENT');
    expect(visio).toMatchObject({ consumedUnits: 10, prepaidUnits: { enabled: 11 } });
  });

  test('signInActivity is absent for someone who never signed in, and comes by object id only', async () => {
    const { newcomer, ordinary } = graph.tenant.landmarks;
    const never = await graph.get(`/users/${newcomer.id}?$select=id,signInActivity`);
    expect(never.json).not.toHaveProperty('signInActivity');
    expect((await graph.get(`/users/${ordinary.userPrincipalName}?$select=signInActivity`)).status).toBe(400);
  });
});

describe('a seed', () => {
  test('makes the same tenant twice, and another seed another one', async () => {
    const make = async (seed: number) => {
      const tenant = await startDemoTenant({ seed, users: 60, now });
      const { landmarks, tenantId } = tenant;
      const state = { landmarks, tenantId, snapshot: tenant.snapshot() };
      await tenant.close();
      return state;
    };
    const first = await make(7);
    expect(await make(7)).toEqual(first);
    const other = await make(8);
    expect(other.tenantId).not.toBe(first.tenantId);
    expect(Object.keys(other.snapshot.users)).not.toContain(first.landmarks.ordinary.id);
    expect(other.landmarks.ordinary.userPrincipalName).toBe(first.landmarks.ordinary.userPrincipalName);
  });

  test('the same calls after it make the same objects', async () => {
    const make = async () => {
      const graph = await GraphClient.start({ seed: 3, users: 40, now });
      const body = { displayName: 'A', mailEnabled: false, mailNickname: 'a', securityEnabled: true };
      const { json } = await graph.send('POST', '/groups', body);
      await graph.tenant.close();
      return json['id'];
    };
    expect(await make()).toBe(await make());
  });

  test('a number of people it cannot hold is refused', async () => {
    await expect(startDemoTenant({ users: 3 })).rejects.toThrow(RangeError);
    await expect(startDemoTenant({ users: 1_000_001 })).rejects.toThrow(RangeError);
  });
});

test('a million people are computed, not kept', async () => {
  const before = process.memoryUsage().heapUsed;
  const graph = await GraphClient.start({ users: 1_000_000 });
  const page = await graph.get('/users?$top=2&$select=id,userPrincipalName');
  const count = await graph.get('/users/$count', { ConsistencyLevel: 'eventual' });
  expect(page.items).toHaveLength(2);
  expect(count.text).toBe('1000000');
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(50_000_000);
  await graph.tenant.close();
});
