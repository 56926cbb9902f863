import { describe, expect, test } from 'vitest';
import { GraphClient } from './graph-client.ts';

const nobody = '00000000-0000-4000-8000-000000000000';
const user = `/users/${nobody}`;
const governance = '/identityGovernance/entitlementManagement';
const units = '/directory/administrativeUnits';
const roles = '/roleManagement/directory';

/** Each call, and the least permission for it. */
const least: readonly (readonly [call: string, permission: string])[] = [
  ['GET /devices', 'Device.Read.All'],
  [`PATCH /devices/${nobody}`, 'Device.ReadWrite.All'],
  [`GET /devices/${nobody}/registeredUsers`, 'Device.Read.All'],
  [`POST ${roles}/roleAssignments`, 'RoleManagement.ReadWrite.Directory'],
  [`DELETE ${roles}/roleAssignments/x`, 'RoleManagement.ReadWrite.Directory'],
  [`GET ${roles}/roleAssignmentSchedules`, 'RoleAssignmentSchedule.Read.Directory'],
  [`GET ${roles}/roleEligibilitySchedules`, 'RoleEligibilitySchedule.Read.Directory'],
  [`POST ${roles}/roleAssignmentScheduleRequests`, 'RoleAssignmentSchedule.ReadWrite.Directory'],
  [`POST ${roles}/roleEligibilityScheduleRequests`, 'RoleEligibilitySchedule.ReadWrite.Directory'],
  [`GET ${units}`, 'AdministrativeUnit.Read.All'],
  [`POST ${units}/${nobody}/members/$ref`, 'AdministrativeUnit.ReadWrite.All'],
  [`DELETE ${units}/${nobody}/members/${nobody}/$ref`, 'AdministrativeUnit.ReadWrite.All'],
  [`GET ${units}/${nobody}/scopedRoleMembers`, 'RoleManagement.Read.Directory'],
  [`DELETE ${units}/${nobody}/scopedRoleMembers/x`, 'RoleManagement.ReadWrite.Directory'],
  [`GET ${user}/scopedRoleMemberOf`, 'Directory.Read.All'],
  [`POST ${user}/appRoleAssignments`, 'AppRoleAssignment.ReadWrite.All'],
  [`DELETE ${user}/appRoleAssignments/x`, 'AppRoleAssignment.ReadWrite.All'],
  ['GET /oauth2PermissionGrants', 'Directory.Read.All'],
  ['POST /oauth2PermissionGrants', 'DelegatedPermissionGrant.ReadWrite.All'],
  ['DELETE /oauth2PermissionGrants/x', 'DelegatedPermissionGrant.ReadWrite.All'],
  ['GET /applications', 'Application.Read.All'],
  [`GET ${governance}/assignments`, 'EntitlementManagement.Read.All'],
  [`POST ${governance}/assignmentRequests`, 'EntitlementManagement.ReadWrite.All'],
  [`GET ${user}/authentication/methods`, 'UserAuthenticationMethod.Read.All'],
  [`GET ${user}/authentication/phoneMethods`, 'UserAuthMethod-Phone.Read.All'],
  [`DELETE ${user}/authentication/phoneMethods/x`, 'UserAuthMethod-Phone.ReadWrite.All'],
  [`DELETE ${user}/authentication/emailMethods/x`, 'UserAuthMethod-Email.ReadWrite.All'],
  [`DELETE ${user}/authentication/fido2Methods/x`, 'UserAuthMethod-Passkey.ReadWrite.All'],
  [`DELETE ${user}/authentication/microsoftAuthenticatorMethods/x`, 'UserAuthMethod-MicrosoftAuthApp.ReadWrite.All'],
  [`DELETE ${user}/authentication/softwareOathMethods/x`, 'UserAuthMethod-SoftwareOATH.ReadWrite.All'],
  [`DELETE ${user}/authentication/windowsHelloForBusinessMethods/x`, 'UserAuthMethod-WindowsHello.ReadWrite.All'],
  [`DELETE ${user}/authentication/platformCredentialMethods/x`, 'UserAuthMethod-PlatformCred.ReadWrite.All'],
  [`POST ${user}/authentication/temporaryAccessPassMethods`, 'UserAuthMethod-TAP.ReadWrite.All'],
  [`DELETE ${user}/authentication/temporaryAccessPassMethods/x`, 'UserAuthenticationMethod.ReadWrite.All'],
  [`GET ${user}/mailboxSettings`, 'MailboxSettings.Read'],
  [`PATCH ${user}/mailboxSettings`, 'MailboxSettings.ReadWrite'],
  [`GET ${user}/drive`, 'Files.Read.All'],
  ['POST /drives/x/root/invite', 'Files.ReadWrite.All'],
  ['GET /drives/x/root/permissions', 'Files.Read.All'],
  ['DELETE /drives/x/root/permissions/y', 'Files.ReadWrite.All'],
  [`GET ${user}/sponsors`, 'User.Read.All'],
  [`GET ${user}/sponsorOf`, 'User.Read.All'],
  [`POST ${user}/sponsors/$ref`, 'User.ReadWrite.All'],
  [`DELETE ${user}/sponsors/${nobody}/$ref`, 'User.ReadWrite.All'],
  [`DELETE ${user}/manager/$ref`, 'User.ReadWrite.All'],
];

describe('the least permission', () => {
  test.each(least)('%s: %s, and with none it is refused', async (call, permission) => {
    const [method = '', path = ''] = call.split(' ');
    const statuses: number[] = [];
    for (const permissions of [[permission], ['Domain.Read.All']]) {
      const graph = await GraphClient.start({ users: 25, permissions });
      statuses.push((await graph.send(method, path, method === 'GET' || method === 'DELETE' ? undefined : {})).status);
      await graph.tenant.close();
    }
    expect(statuses[0]).not.toBe(403);
    expect(statuses[1]).toBe(403);
  });

  test('owners of an application: the caller must own it, or hold the right for all', async () => {
    const attempt = async (permission: string, name: string) => {
      const graph = await GraphClient.start({ users: 25, permissions: ['Application.Read.All', permission] });
      const [app] = (await graph.get(`/servicePrincipals?$filter=displayName eq '${name}'`)).items;
      const link = { '@odata.id': graph.link(graph.tenant.landmarks.ordinary.id) };
      const { status } = await graph.send('POST', `/servicePrincipals/${app?.['id']}/owners/$ref`, link);
      await graph.tenant.close();
      return status;
    };
    expect(await attempt('Application.ReadWrite.All', 'Sales Dashboard')).toBe(204);
    expect(await attempt('Application.ReadWrite.OwnedBy', 'Sales Dashboard')).toBe(403);
  });
});
