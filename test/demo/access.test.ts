import { afterAll, beforeAll, expect, test } from 'vitest';
import { GraphClient } from './graph-client.ts';

let graph: GraphClient;
beforeAll(async () => {
  graph = await GraphClient.start({ users: 60 });
});
afterAll(() => graph.tenant.close());

const globalAdministrator = '62e90394-69f5-4237-9190-012177145e10';
const by = (path: string, filter: string): string => `${path}?$filter=${encodeURIComponent(filter)}`;

test('role holders are found by role, by template and by person', async () => {
  const { globalAdmins } = graph.tenant.landmarks;
  const ids = globalAdmins.map(({ id }) => id);
  const roles = (await graph.get('/directoryRoles')).items;
  const role = roles.find((known) => known['roleTemplateId'] === globalAdministrator);
  for (const path of [
    `/directoryRoles/${role?.['id']}/members?$select=id`,
    `/directoryRoles(roleTemplateId='${globalAdministrator}')/members?$select=id`,
    `/directoryRoles/roleTemplateId=${globalAdministrator}/members/microsoft.graph.user?$select=id`,
  ]) {
    expect((await graph.get(path)).items.map(({ id }) => id)).toEqual(ids);
  }
  const assignments = await graph.get(by('/roleManagement/directory/roleAssignments', `principalId eq '${ids[0]}'`));
  expect(assignments.items).toEqual([
    { id: expect.any(String), principalId: ids[0], directoryScopeId: '/', roleDefinitionId: globalAdministrator },
  ]);
  const held = await graph.get(`/users/${ids[0]}/memberOf/microsoft.graph.directoryRole?$select=displayName`);
  expect(held.items).toEqual([{ displayName: 'Global Administrator' }]);
});

test('an assignment expands to its role and its principal', async () => {
  const path = by('/roleManagement/directory/roleAssignments', `roleDefinitionId eq '${globalAdministrator}'`);
  const { items } = await graph.get(`${path}&$expand=roleDefinition`);
  expect(items).toHaveLength(2);
  expect(items[0]?.['roleDefinition']).toMatchObject({ id: globalAdministrator, displayName: 'Global Administrator' });
  const principals = (await graph.get(`${path}&$expand=principal`)).items.map((item) =>
    Reflect.get(Object(item['principal']), 'id'),
  );
  expect(principals).toEqual(graph.tenant.landmarks.globalAdmins.map(({ id }) => id));
});

test('a role given to a group shows on the group, and transitively on its members', async () => {
  const { groups, helpdeskAdmin } = graph.tenant.landmarks;
  const filter = `principalId eq '${groups.roleAssignable.id}'`;
  expect((await graph.get(by('/roleManagement/directory/roleAssignments', filter))).items).toHaveLength(1);
  const members = await graph.get(`/groups/${groups.roleAssignable.id}/members?$select=id`);
  expect(members.items).toContainEqual(expect.objectContaining({ id: helpdeskAdmin.id }));
  const roles = await graph.get(
    `/users/${helpdeskAdmin.id}/transitiveMemberOf/microsoft.graph.directoryRole?$select=displayName`,
  );
  expect(roles.items).toEqual([{ displayName: 'Helpdesk Administrator' }]);
});

test('one person is eligible and holds nothing', async () => {
  const { eligibleAdmin, ordinary } = graph.tenant.landmarks;
  const path = '/roleManagement/directory/roleEligibilitySchedules';
  const found = await graph.get(by(path, `principalId eq '${eligibleAdmin.id}'`));
  expect(found.items).toEqual([
    expect.objectContaining({ principalId: eligibleAdmin.id, status: 'Provisioned', memberType: 'Direct' }),
  ]);
  expect((await graph.get(by(path, `principalId eq '${ordinary.id}'`))).items).toEqual([]);
  expect(
    (await graph.get(by('/roleManagement/directory/roleAssignments', `principalId eq '${eligibleAdmin.id}'`))).items,
  ).toEqual([]);
});

test('role lists take eq alone', async () => {
  expect((await graph.get(by('/roleManagement/directory/roleAssignments', "startsWith(principalId,'a')"))).status).toBe(
    400,
  );
});

test('an app is found by its app id', async () => {
  const graphApp = '00000003-0000-0000-c000-000000000000';
  const byKey = await graph.get(`/servicePrincipals(appId='${graphApp}')?$select=id,displayName`);
  expect(byKey.json).toMatchObject({ displayName: 'Microsoft Graph' });
  const byFilter = await graph.get(by('/servicePrincipals', `appId eq '${graphApp}'`));
  expect(byFilter.items.map(({ id }) => id)).toEqual([byKey.json['id']]);
  expect((await graph.get("/servicePrincipals(appId='00000000-0000-4000-8000-000000000000')")).status).toBe(404);
});

test('what the ordinary person can use', async () => {
  const { ordinary } = graph.tenant.landmarks;
  const methods = (await graph.get(`/users/${ordinary.id}/authentication/methods`)).items;
  expect(methods.map((method) => method['@odata.type'])).toContain(
    '#microsoft.graph.microsoftAuthenticatorAuthenticationMethod',
  );
  expect(methods.every((method) => method['password'] === undefined || method['password'] === null)).toBe(true);
  const [assignment] = (await graph.get(`/users/${ordinary.id}/appRoleAssignments`)).items;
  expect(assignment).toMatchObject({ principalId: ordinary.id, resourceDisplayName: 'Expenses' });
  const [grant] = (await graph.get(`/users/${ordinary.id}/oauth2PermissionGrants`)).items;
  expect(grant).toMatchObject({ principalId: ordinary.id, consentType: 'Principal' });
  const details = (await graph.get(`/users/${ordinary.id}/licenseDetails`)).items;
  expect(details.map((license) => license['skuPartNumber']).sort()).toEqual([
    'POWER_BI_STANDARD',
    'SPE_E5',
    'VISIOCLIENT',
  ]);
});

test('getMemberGroups and checkMemberGroups see nested groups', async () => {
  const { ordinary, groups } = graph.tenant.landmarks;
  const call = (name: string, body: unknown) => graph.send('POST', `/users/${ordinary.id}/${name}`, body);
  const all = [(await call('getMemberGroups', { securityEnabledOnly: false })).json['value']].flat();
  const security = [(await call('getMemberGroups', { securityEnabledOnly: true })).json['value']].flat();
  expect(all).toEqual(expect.arrayContaining([groups.nested.id, groups.m365.id]));
  expect(security).toContain(groups.nested.id);
  expect(security).not.toContain(groups.m365.id);
  const asked = [groups.nested.id, groups.roleAssignable.id];
  expect((await call('checkMemberGroups', { groupIds: asked })).json['value']).toEqual([groups.nested.id]);
  expect((await call('checkMemberGroups', { groupIds: Array(21).fill(groups.nested.id) })).status).toBe(400);
  expect((await call('getMemberGroups', {})).status).toBe(400);
});

test('getByIds gives what exists, of the types asked for', async () => {
  const { ordinary, groups } = graph.tenant.landmarks;
  const ids = [ordinary.id, groups.m365.id, '00000000-0000-4000-8000-000000000000'];
  const both = await graph.send('POST', '/directoryObjects/getByIds', { ids });
  expect(both.items.map((object) => object['@odata.type'])).toEqual([
    '#microsoft.graph.user',
    '#microsoft.graph.group',
  ]);
  const users = await graph.send('POST', '/directoryObjects/getByIds?$select=id', { ids, types: ['user'] });
  expect(users.items).toEqual([{ '@odata.type': '#microsoft.graph.user', id: ordinary.id }]);
  expect((await graph.send('POST', '/directoryObjects/getByIds', { ids: ['x'] })).status).toBe(400);
});

test('the sign-in log is newest first and can be narrowed', async () => {
  const { ordinary } = graph.tenant.landmarks;
  const all = await graph.all('/auditLogs/signIns?$top=20');
  const dates = all.map((row) => String(row['createdDateTime']));
  expect(dates).toEqual([...dates].sort().reverse());
  const own = (await graph.get(by('/auditLogs/signIns', `userId eq '${ordinary.id}' and status/errorCode eq 0`))).items;
  expect(own).toHaveLength(1);
  expect((await graph.get(by('/auditLogs/signIns', 'createdDateTime gt 2100-01-01T00:00:00Z'))).items).toEqual([]);
  expect((await graph.get('/auditLogs/signIns?$top=1001')).status).toBe(400);
});

test('the audit log is filtered by time, activity and target', async () => {
  const { disabled } = graph.tenant.landmarks;
  const path = '/auditLogs/directoryAudits';
  const found = (await graph.get(by(path, `targetResources/any(t:t/id eq '${disabled.id}')`))).items;
  expect(found).toMatchObject([{ activityDisplayName: 'Disable account', initiatedBy: { app: null } }]);
  expect(
    (await graph.get(by(path, "activityDisplayName eq 'Add user' and activityDateTime ge 2000-01-01T00:00:00Z"))).items,
  ).toHaveLength(1);
});
