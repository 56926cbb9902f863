import { afterEach, describe, expect, test } from 'vitest';
import type { DemoTenantOptions } from '../../src/demo/index.ts';
import { type GraphAnswer, GraphClient } from './graph-client.ts';

let graph: GraphClient;
const start = async (options: DemoTenantOptions): Promise<void> => {
  graph = await GraphClient.start({ users: 40, ...options });
};
afterEach(() => graph.tenant.close());

const user = (name: 'ordinary' | 'userAdmin' | 'helpdeskAdmin' | 'eligibleAdmin' | 'privilegedLeaver'): string =>
  `/users/${graph.tenant.landmarks[name].id}`;
const globalAdmin = (): string => `/users/${graph.tenant.landmarks.globalAdmins[0].id}`;
const roleGroupOwner = globalAdmin;
const block = (path: string): Promise<GraphAnswer> => graph.send('PATCH', path, { accountEnabled: false });
const newPassword = { passwordProfile: { password: 'Zr7!kdm2Qw', forceChangePasswordNextSignIn: true } };
const denied = { code: 'Authorization_RequestDenied' };

describe('directory roles of the app', () => {
  test('are not asked for by default', async () => {
    await start({});
    expect((await block(globalAdmin())).status).toBe(204);
    expect((await graph.send('PATCH', globalAdmin(), newPassword)).status).toBe(204);
  });

  test('none: people without privilege can be blocked, role holders not, passwords not at all', async () => {
    await start({ appRoles: [] });
    expect((await block(user('ordinary'))).status).toBe(204);
    // Who could take up a role holds none.
    expect((await block(user('eligibleAdmin'))).status).toBe(204);
    const before = graph.tenant.snapshot();
    const privileged = [
      user('userAdmin'),
      user('helpdeskAdmin'),
      user('privilegedLeaver'),
      globalAdmin(),
      roleGroupOwner(),
    ];
    for (const path of privileged) {
      const answer = await block(path);
      expect([answer.status, answer.error]).toMatchObject([403, denied]);
    }
    expect((await graph.send('PATCH', user('ordinary'), newPassword)).status).toBe(403);
    expect(graph.tenant.snapshot()).toEqual(before);
  });

  test.each([
    ['otherMails', { otherMails: ['a@b.example'] }, 403],
    ['mobilePhone', { mobilePhone: '+1 555' }, 403],
    ['businessPhones', { businessPhones: ['+1 555'] }, 403],
    ['userPrincipalName', { userPrincipalName: 'nora@contoso-demo.example' }, 403],
    ['jobTitle', { jobTitle: 'x' }, 204],
  ])('%s of a role holder', async (_, body, status) => {
    await start({ appRoles: [] });
    expect((await graph.send('PATCH', user('userAdmin'), body)).status).toBe(status);
  });

  test('User Administrator reaches people and other user administrators, not above', async () => {
    await start({ appRoles: ['User Administrator'] });
    expect((await graph.send('PATCH', user('ordinary'), newPassword)).status).toBe(204);
    expect((await block(user('userAdmin'))).status).toBe(204);
    expect((await block(globalAdmin())).status).toBe(403);
    // Helpdesk Administrator, but a member of a role-assignable group as well.
    expect((await block(user('helpdeskAdmin'))).status).toBe(403);
  });

  test('Privileged Authentication Administrator reaches everyone', async () => {
    await start({ appRoles: ['Privileged Authentication Administrator'] });
    for (const path of [user('ordinary'), user('helpdeskAdmin'), globalAdmin()]) {
      expect((await graph.send('PATCH', path, newPassword)).status).toBe(204);
    }
  });

  test('count for deleting, restoring and purging, and revoking sessions needs none', async () => {
    await start({ appRoles: [] });
    const { userAdmin } = graph.tenant.landmarks;
    expect((await graph.send('POST', `${user('userAdmin')}/revokeSignInSessions`)).status).toBe(200);
    expect((await graph.send('DELETE', user('userAdmin'))).status).toBe(403);
    expect((await graph.send('DELETE', user('ordinary'))).status).toBe(204);
    await graph.tenant.close();
    await start({ appRoles: ['User Administrator'] });
    expect((await graph.send('DELETE', user('userAdmin'))).status).toBe(204);
    expect((await graph.send('POST', `/directory/deletedItems/${userAdmin.id}/restore`)).status).toBe(200);
    await graph.send('DELETE', user('userAdmin'));
    expect((await graph.send('DELETE', `/directory/deletedItems/${userAdmin.id}`)).status).toBe(204);
  });

  test('stand among the role assignments, and unknown ones are refused', async () => {
    await start({ appRoles: ['User Administrator'] });
    const agent = await graph.get("/servicePrincipals?$filter=displayName eq 'entra-mcp demo agent'");
    const filter = encodeURIComponent(`principalId eq '${agent.items[0]?.['id']}'`);
    const held = await graph.get(`/roleManagement/directory/roleAssignments?$filter=${filter}`);
    expect(held.items).toMatchObject([{ roleDefinitionId: 'fe930be7-5e62-47db-91af-98c3a49a38b1' }]);
    await expect(GraphClient.start({ appRoles: ['Emperor'] })).rejects.toThrow(RangeError);
  });
});

describe('application permissions', () => {
  const member = () => `/groups/${graph.tenant.landmarks.groups.security.id}/members`;

  test('cover what they name and no more', async () => {
    await start({ permissions: ['User.Read.All'] });
    expect((await graph.get('/users?$top=1')).status).toBe(200);
    const refused: [string, string, unknown?][] = [
      ['GET', '/groups'],
      ['GET', member()],
      ['GET', '/subscribedSkus'],
      ['GET', '/directoryRoles'],
      ['GET', '/roleManagement/directory/roleEligibilitySchedules'],
      ['GET', `${user('ordinary')}/authentication/methods`],
      ['GET', `${user('ordinary')}/appRoleAssignments`],
      ['POST', '/users', {}],
      ['PATCH', user('ordinary'), { accountEnabled: false }],
      ['PATCH', user('ordinary'), { jobTitle: 'x' }],
      ['DELETE', user('ordinary')],
      ['POST', `${user('ordinary')}/revokeSignInSessions`],
      ['POST', `${user('ordinary')}/assignLicense`, { addLicenses: [], removeLicenses: [] }],
      ['PUT', `${user('ordinary')}/manager/$ref`, { '@odata.id': 'x' }],
      ['POST', '/invitations', {}],
      ['POST', '/groups', {}],
      ['DELETE', `${member()}/${graph.tenant.landmarks.ordinary.id}/$ref`],
      ['POST', `/directory/deletedItems/${graph.tenant.landmarks.deletedUser.id}/restore`],
      ['DELETE', `/directory/deletedItems/${graph.tenant.landmarks.deletedUser.id}`],
    ];
    const before = graph.tenant.snapshot();
    for (const [method, path, body] of refused) {
      const answer = await graph.send(method, path, body);
      expect([method, path, answer.status, answer.error.code]).toEqual([method, path, 403, denied.code]);
    }
    expect(graph.tenant.snapshot()).toEqual(before);
  });

  test('for single properties: each needs its own, and one too few fails the whole PATCH', async () => {
    await start({ permissions: ['User.Read.All', 'User.EnableDisableAccount.All', 'User-Phone.ReadWrite.All'] });
    expect((await block(user('ordinary'))).status).toBe(204);
    expect((await graph.send('PATCH', user('ordinary'), { mobilePhone: '+1 555' })).status).toBe(204);
    expect((await graph.send('PATCH', user('ordinary'), { mobilePhone: '+2 555', jobTitle: 'x' })).status).toBe(403);
    expect((await graph.get(`${user('ordinary')}?$select=mobilePhone`)).json['mobilePhone']).toBe('+1 555');
    expect((await graph.send('PATCH', user('ordinary'), newPassword)).status).toBe(403);
  });

  test('the narrow one for updates does not reach accountEnabled, the wide one does', async () => {
    await start({ permissions: ['User.Read.All', 'User.ReadUpdate.All'] });
    expect((await graph.send('PATCH', user('ordinary'), { jobTitle: 'x' })).status).toBe(204);
    expect((await block(user('ordinary'))).status).toBe(403);
    await graph.tenant.close();
    await start({ permissions: ['User.ReadWrite.All'] });
    expect((await block(user('ordinary'))).status).toBe(204);
    expect((await graph.send('PATCH', user('ordinary'), { identities: [] })).status).toBe(403);
  });

  test('sign-in activity needs AuditLog.Read.All and says so; leave dates have their own', async () => {
    await start({ permissions: ['User.Read.All'] });
    for (const path of [
      '/users?$select=id,signInActivity',
      '/users?$filter=signInActivity/lastSignInDateTime le 2026-01-01T00:00:00Z',
    ]) {
      expect((await graph.get(path)).error).toMatchObject({
        code: 'Authentication_MSGraphPermissionMissing',
        message: 'Calling principal does not have required MSGraph permissions AuditLog.Read.All',
      });
    }
    expect((await graph.get('/auditLogs/signIns')).status).toBe(403);
    expect((await graph.get('/users?$select=id,employeeLeaveDateTime')).error.code).toBe(denied.code);
  });

  test('role-assignable groups need one more', async () => {
    const permissions = ['GroupMember.Read.All', 'GroupMember.ReadWrite.All', 'User.Read.All'];
    await start({ permissions });
    const add = (group: string) =>
      graph.send('POST', `/groups/${group}/members/$ref`, {
        '@odata.id': graph.link(graph.tenant.landmarks.eligibleAdmin.id),
      });
    const { security, roleAssignable } = graph.tenant.landmarks.groups;
    expect((await add(security.id)).status).toBe(204);
    expect((await add(roleAssignable.id)).status).toBe(403);
    expect((await graph.send('PATCH', `/groups/${security.id}`, { description: 'x' })).status).toBe(403);
    await graph.tenant.close();
    await start({ permissions: [...permissions, 'RoleManagement.ReadWrite.Directory'] });
    expect((await add(roleAssignable.id)).status).toBe(204);
  });

  test('members of a type that may not be read are an id and a type', async () => {
    await start({ permissions: ['GroupMember.Read.All', 'User.Read.All'] });
    const groups = await graph.get("/groups?$filter=displayName eq 'Device Pilot'");
    const id = groups.items[0]?.['id'];
    const { items } = await graph.get(`/groups/${id}/members?$select=id,displayName`);
    const { ordinary } = graph.tenant.landmarks;
    expect(items).toContainEqual({
      '@odata.type': '#microsoft.graph.user',
      id: ordinary.id,
      displayName: ordinary.displayName,
    });
    expect(items).toContainEqual({
      '@odata.type': '#microsoft.graph.device',
      id: expect.any(String),
      displayName: null,
    });
    const expanded = (await graph.get(`/groups/${id}?$select=id&$expand=members($select=id,displayName)`)).json;
    expect(expanded['members']).toContainEqual({
      '@odata.type': '#microsoft.graph.servicePrincipal',
      id: expect.any(String),
      displayName: null,
    });
  });

  test('User.ReadBasic.All shows names and addresses alone', async () => {
    await start({ permissions: ['User.ReadBasic.All'] });
    const { json } = await graph.get(`${user('ordinary')}?$select=id,displayName,mail,department`);
    const { ordinary } = graph.tenant.landmarks;
    expect(json).toMatchObject({ id: ordinary.id, displayName: ordinary.displayName, department: null });
    expect((await graph.get(`${user('ordinary')}/manager`)).status).toBe(403);
  });
});
