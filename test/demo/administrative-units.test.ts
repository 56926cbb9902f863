import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GraphClient } from './graph-client.ts';

let graph: GraphClient;
beforeEach(async () => {
  graph = await GraphClient.start({ users: 40 });
});
afterEach(() => graph.tenant.close());

const base = '/directory/administrativeUnits';
const unit = async (displayName: string) => {
  const { items } = await graph.get(`${base}?$filter=${encodeURIComponent(`displayName eq '${displayName}'`)}`);
  return `${base}/${items[0]?.['id']}`;
};

test('members come and go, and see their unit', async () => {
  const { ordinary } = graph.tenant.landmarks;
  const region = await unit('Sales Region');
  const link = { '@odata.id': graph.link(ordinary.id) };
  expect((await graph.send('POST', `${region}/members/$ref`, link)).status).toBe(204);
  expect((await graph.send('POST', `${region}/members/$ref`, link)).error.message).toContain('already exist');
  const units = await graph.get(`/users/${ordinary.id}/memberOf/microsoft.graph.administrativeUnit`);
  expect(units.items).toMatchObject([{ displayName: 'Sales Region', isMemberManagementRestricted: false }]);
  expect((await graph.get(`${region}/members?$select=id`)).items.map(({ id }) => id)).toContain(ordinary.id);
  expect((await graph.send('DELETE', `${region}/members/${ordinary.id}/$ref`)).status).toBe(204);
  expect((await graph.send('DELETE', `${region}/members/${ordinary.id}/$ref`)).status).toBe(404);
});

test('roles in a unit are given and taken, and are no roles of the tenant', async () => {
  const { ordinary } = graph.tenant.landmarks;
  const region = await unit('Sales Region');
  const roles = (await graph.get('/directoryRoles')).items;
  const roleId = roles.find((role) => role['displayName'] === 'User Administrator')?.['id'];
  const body = { roleId, roleMemberInfo: { id: ordinary.id } };
  const given = await graph.send('POST', `${region}/scopedRoleMembers`, body);
  expect([given.status, given.json]).toMatchObject([201, body]);
  expect((await graph.send('POST', `${region}/scopedRoleMembers`, body)).status).toBe(400);
  expect((await graph.get(`/users/${ordinary.id}/scopedRoleMemberOf`)).items).toMatchObject([body]);
  expect((await graph.get(`/users/${ordinary.id}/memberOf/microsoft.graph.directoryRole`)).items).toEqual([]);
  const filter = encodeURIComponent(`principalId eq '${ordinary.id}'`);
  expect((await graph.get(`/roleManagement/directory/roleAssignments?$filter=${filter}`)).items).toMatchObject([
    { directoryScopeId: `/administrativeUnits/${region.split('/').at(-1)}` },
  ]);
  const path = `${region}/scopedRoleMembers/${given.json['id']}`;
  expect((await graph.get(path)).json).toMatchObject(body);
  expect((await graph.send('DELETE', path)).status).toBe(204);
  expect((await graph.send('DELETE', path)).status).toBe(404);
});

describe('restricted management', () => {
  const restricted = () => `/users/${graph.tenant.landmarks.restricted.id}`;

  test.each([
    ['PATCH', '', { accountEnabled: false }],
    ['DELETE', '', undefined],
    ['POST', '/revokeSignInSessions', undefined],
    ['PUT', '/manager/$ref', { '@odata.id': 'x' }],
    ['POST', '/assignLicense', { addLicenses: [], removeLicenses: [] }],
    ['POST', '/authentication/temporaryAccessPassMethods', {}],
  ])('refuses %s /users/{id}%s', async (method, rest, body) => {
    const before = graph.tenant.snapshot();
    const answer = await graph.send(method, `${restricted()}${rest}`, body);
    expect([answer.status, answer.error.code]).toEqual([403, 'Authorization_RequestDenied']);
    expect(answer.error.message).toContain('restricted management administrative unit');
    expect(graph.tenant.snapshot()).toEqual(before);
  });

  test('shows on the person, by user principal name too, and leaves questions and mailboxes alone', async () => {
    const { json } = await graph.get(`${restricted()}?$select=isManagementRestricted`);
    expect(json['isManagementRestricted']).toBe(true);
    const byName = `/users/${graph.tenant.landmarks.restricted.userPrincipalName}`;
    expect((await graph.send('PATCH', byName, { city: 'Bonn' })).status).toBe(403);
    const asked = await graph.send('POST', `${restricted()}/getMemberGroups`, { securityEnabledOnly: false });
    expect(asked.status).toBe(200);
    const replies = { automaticRepliesSetting: { status: 'disabled' } };
    expect((await graph.send('PATCH', `${restricted()}/mailboxSettings`, replies)).status).toBe(200);
  });

  test('ends for an app with a role in the unit, and for who leaves the unit', async () => {
    const protectedUnit = await unit('Protected Accounts');
    const [agent] = (await graph.get("/servicePrincipals?$filter=displayName eq 'entra-mcp demo agent'")).items;
    const [role] = (await graph.get('/directoryRoles')).items;
    const scoped = { roleId: role?.['id'], roleMemberInfo: { id: agent?.['id'] } };
    const { json } = await graph.send('POST', `${protectedUnit}/scopedRoleMembers`, scoped);
    expect((await graph.send('PATCH', restricted(), { city: 'Bonn' })).status).toBe(204);
    await graph.send('DELETE', `${protectedUnit}/scopedRoleMembers/${json['id']}`);
    expect((await graph.send('PATCH', restricted(), { city: 'Bonn' })).status).toBe(403);
    await graph.send('DELETE', `${protectedUnit}/members/${graph.tenant.landmarks.restricted.id}/$ref`);
    expect((await graph.send('PATCH', restricted(), { city: 'Bonn' })).status).toBe(204);
  });

  test('holds for groups and devices too', async () => {
    const protectedUnit = await unit('Protected Accounts');
    const { security } = graph.tenant.landmarks.groups;
    const { ordinary } = graph.tenant.landmarks;
    const [device] = (await graph.get(`/users/${ordinary.id}/ownedDevices?$select=id`)).items;
    for (const id of [security.id, String(device?.['id'])]) {
      await graph.send('POST', `${protectedUnit}/members/$ref`, { '@odata.id': graph.link(id) });
    }
    expect((await graph.send('DELETE', `/groups/${security.id}/members/${ordinary.id}/$ref`)).status).toBe(403);
    expect((await graph.get(`/groups/${security.id}?$select=isManagementRestricted`)).json).toMatchObject({
      isManagementRestricted: true,
    });
    expect((await graph.send('PATCH', `/devices/${device?.['id']}`, { accountEnabled: false })).status).toBe(403);
  });
});
