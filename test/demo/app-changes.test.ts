import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GraphClient } from './graph-client.ts';

let graph: GraphClient;
beforeEach(async () => {
  graph = await GraphClient.start({ users: 60 });
});
afterEach(() => graph.tenant.close());

const app = async (name: string) =>
  (await graph.get(`/servicePrincipals?$filter=${encodeURIComponent(`displayName eq '${name}'`)}`)).items[0] ?? {};
const nobody = '00000000-0000-4000-8000-000000000000';

describe('app roles', () => {
  const path = () => `/users/${graph.tenant.landmarks.leaver.id}/appRoleAssignments`;

  test('those of a group are listed, and cannot be taken from the person', async () => {
    const { items } = await graph.get(path());
    expect(items.map((item) => [item['principalType'], item['resourceDisplayName']])).toEqual([
      ['User', 'Expenses'],
      ['User', 'Sales Dashboard'],
      ['Group', 'Expenses'],
    ]);
    const inherited = items.find((item) => item['principalType'] === 'Group');
    expect((await graph.send('DELETE', `${path()}/${inherited?.['id']}`)).status).toBe(404);
    const ofGroup = await graph.get(`/groups/${inherited?.['principalId']}/appRoleAssignments`);
    expect(ofGroup.items).toMatchObject([{ id: inherited?.['id'] }]);
    await graph.send(
      'DELETE',
      `/groups/${inherited?.['principalId']}/members/${graph.tenant.landmarks.leaver.id}/$ref`,
    );
    expect((await graph.get(path())).items).toHaveLength(2);
  });

  test('are taken once, and given again', async () => {
    const before = graph.tenant.snapshot().holdings;
    const { items } = await graph.get(path());
    for (const item of items.filter((each) => each['principalType'] === 'User')) {
      expect((await graph.send('DELETE', `${path()}/${item['id']}`)).status).toBe(204);
      expect((await graph.send('DELETE', `${path()}/${item['id']}`)).status).toBe(404);
      const { principalId, resourceId, appRoleId } = item;
      const again = { principalId, resourceId, appRoleId };
      expect(await graph.send('POST', path(), again)).toMatchObject({ status: 201, json: again });
      expect((await graph.send('POST', path(), again)).error.message).toContain('already exists');
    }
    expect(graph.tenant.snapshot().holdings).toEqual(before);
  });

  test('must be offered, and for the person of the path', async () => {
    const { leaver, ordinary } = graph.tenant.landmarks;
    const { id: resourceId } = await app('Expenses');
    const body = { principalId: leaver.id, resourceId, appRoleId: nobody };
    expect((await graph.send('POST', path(), body)).error.message).toBe(
      'Permission being assigned was not found on application',
    );
    expect((await graph.send('POST', path(), { ...body, principalId: ordinary.id })).status).toBe(400);
    expect((await graph.send('POST', path(), { ...body, resourceId: nobody })).status).toBe(404);
  });

  test('can be narrowed to one app', async () => {
    const { id } = await app('Sales Dashboard');
    const filter = encodeURIComponent(`resourceId eq ${id}`);
    expect((await graph.get(`${path()}?$filter=${filter}`)).items).toMatchObject([{ resourceId: id }]);
  });
});

describe('consents', () => {
  const list = async (filter: string) =>
    (await graph.get(`/oauth2PermissionGrants?$filter=${encodeURIComponent(filter)}`)).items;

  test('those for everyone are not the person’s', async () => {
    const { leaver } = graph.tenant.landmarks;
    const own = (await graph.get(`/users/${leaver.id}/oauth2PermissionGrants`)).items;
    expect(own).toMatchObject([{ consentType: 'Principal', principalId: leaver.id }]);
    expect(await list(`principalId eq '${leaver.id}'`)).toEqual(own);
    expect(await list("consentType eq 'AllPrincipals'")).toMatchObject([{ principalId: null }]);
    const ofClient = await list(`clientId eq '${own[0]?.['clientId']}'`);
    expect(ofClient.length).toBeGreaterThan(1);
  });

  test('are listed page by page, each once', async () => {
    const all = await graph.all('/oauth2PermissionGrants?$top=3');
    expect(all.length).toBeGreaterThan(6);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  });

  test('are taken once, and given again', async () => {
    const { leaver } = graph.tenant.landmarks;
    const before = graph.tenant.snapshot().holdings;
    const [own] = (await graph.get(`/users/${leaver.id}/oauth2PermissionGrants`)).items;
    const path = `/oauth2PermissionGrants/${own?.['id']}`;
    expect((await graph.get(path)).json).toMatchObject({ ...own });
    expect((await graph.send('DELETE', path)).status).toBe(204);
    expect((await graph.send('DELETE', path)).status).toBe(404);
    const { id: _, ...body } = { ...own };
    expect((await graph.send('POST', '/oauth2PermissionGrants', body)).status).toBe(201);
    expect((await graph.send('POST', '/oauth2PermissionGrants', body)).status).toBe(409);
    expect(graph.tenant.snapshot().holdings).toEqual(before);
    expect((await graph.send('POST', '/oauth2PermissionGrants', { ...body, principalId: null })).status).toBe(400);
  });
});

describe('owners', () => {
  test.each(['applications', 'servicePrincipals'])('of %s are added, and the last one may go', async (collection) => {
    const { leaver, ordinary, groups } = graph.tenant.landmarks;
    const filter = encodeURIComponent("displayName eq 'Sales Dashboard'");
    const [found] = (await graph.get(`/${collection}?$filter=${filter}`)).items;
    const path = `/${collection}/${found?.['id']}/owners`;
    const add = (id: string) => graph.send('POST', `${path}/$ref`, { '@odata.id': graph.link(id) });
    expect((await add(ordinary.id)).status).toBe(204);
    expect((await add(ordinary.id)).error.message).toContain("'owners'");
    expect((await add(groups.security.id)).status).toBe(400);
    expect((await graph.get(`${path}?$select=id`)).items.map(({ id }) => id)).toEqual([ordinary.id, leaver.id]);
    for (const id of [leaver.id, ordinary.id]) {
      expect((await graph.send('DELETE', `${path}/${id}/$ref`)).status).toBe(204);
      expect((await graph.send('DELETE', `${path}/${id}/$ref`)).status).toBe(404);
    }
    expect((await graph.get(path)).items).toEqual([]);
  });

  test('of groups: a service principal that stays does not count', async () => {
    const { leaver, manager } = graph.tenant.landmarks;
    const owned = (await graph.get(`/users/${leaver.id}/ownedObjects/microsoft.graph.group`)).items;
    const alone = owned.find((group) => group['displayName'] === 'Key Accounts')?.['id'];
    expect((await graph.get(`/groups/${alone}/owners`)).items).toHaveLength(2);
    expect((await graph.send('DELETE', `/groups/${alone}/owners/${leaver.id}/$ref`)).error.message).toBe(
      'The group must have at least one owner, hence this owner cannot be removed.',
    );
    await graph.send('POST', `/groups/${alone}/owners/$ref`, { '@odata.id': graph.link(manager.id) });
    expect((await graph.send('DELETE', `/groups/${alone}/owners/${leaver.id}/$ref`)).status).toBe(204);
  });
});
