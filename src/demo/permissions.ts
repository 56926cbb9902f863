import type { Kind } from './directory-object.ts';

/** Alternatives: one name, or several that are needed together. */
export type Needed = readonly (string | readonly string[])[];

const directoryReaders = ['Directory.Read.All', 'Directory.ReadWrite.All'];
const userReaders = ['User.Read.All', 'User.ReadWrite.All', 'User.ReadUpdate.All', ...directoryReaders];
const userWriters = ['User.ReadWrite.All', 'Directory.ReadWrite.All'];
const groupReaders = [
  'GroupMember.Read.All',
  'GroupMember.ReadWrite.All',
  'Group.Read.All',
  'Group.ReadWrite.All',
  ...directoryReaders,
];
const groupWriters = ['Group.ReadWrite.All', 'Directory.ReadWrite.All'];
const memberWriters = ['GroupMember.ReadWrite.All', ...groupWriters];
const roleReaders = ['RoleManagement.Read.Directory', 'RoleManagement.ReadWrite.Directory', ...directoryReaders];
const licenseReaders = ['LicenseAssignment.Read.All', 'LicenseAssignment.ReadWrite.All', ...directoryReaders];
export const deletedUserWriters: Needed = ['User.DeleteRestore.All', ...userWriters];
export const deletedGroupWriters: Needed = groupWriters;
/** Beside what the same change of any other group needs. */
export const roleGroupWriters: Needed = ['RoleManagement.ReadWrite.Directory'];
export const redemptionResetters: Needed = userWriters;

/**
 * What each request needs, first match first; a request that stands nowhere needs nothing. From the permissions tables of the
 * reference pages and GRAPH.md sections B, D and E; where a list of higher permissions is open, the well-known ones stand here.
 */
const table: readonly (readonly [RegExp, Needed])[] = [
  [
    /^GET \/users\/[^/]+\/authentication\//i,
    ['UserAuthenticationMethod.Read.All', 'UserAuthenticationMethod.ReadWrite.All'],
  ],
  [/^GET \/users\/[^/]+\/licenseDetails/i, [...licenseReaders, ...userReaders]],
  [/^GET \/users\/[^/]+\/appRoleAssignments/i, ['AppRoleAssignment.ReadWrite.All', ...directoryReaders]],
  [/^GET \/users\/[^/]+\/oauth2PermissionGrants/i, ['DelegatedPermissionGrant.ReadWrite.All', ...directoryReaders]],
  [/^GET \/users\/[^/]+\/(memberOf|transitiveMemberOf)/i, [...userReaders, ...groupReaders]],
  [/^GET \/users\/[^/]+\/(manager|directReports|ownedObjects|registeredDevices|ownedDevices)/i, userReaders],
  [/^GET \/users\/delta/i, userReaders],
  [/^GET \/users(\/|$)/i, ['User.ReadBasic.All', ...userReaders]],
  [/^POST \/users$/i, ['User.Create', ...userWriters]],
  [/^POST \/users\/[^/]+\/revokeSignInSessions$/i, ['User.RevokeSessions.All', ...userWriters]],
  [/^POST \/users\/[^/]+\/assignLicense$/i, ['LicenseAssignment.ReadWrite.All', ...userWriters]],
  [/^POST \/users\/[^/]+\/(get|check)Member/i, [...userReaders, ...groupReaders]],
  [/^(PUT|DELETE) \/users\/[^/]+\/manager\/\$ref$/i, userWriters],
  [/^DELETE \/users\/[^/]+$/i, deletedUserWriters],
  [/^GET \/directory\/deletedItems\/(microsoft\.)?graph\.user/i, userReaders],
  [/^GET \/directory\/deletedItems\/(microsoft\.)?graph\.group/i, groupReaders],
  [/^GET \/directory\/deletedItems/i, [...userReaders, ...groupReaders]],
  [/^POST \/invitations$/i, ['User.Invite.All', ...userWriters]],
  [/^GET \/groups/i, groupReaders],
  [/^POST \/groups$/i, ['Group.Create', ...groupWriters]],
  [/^(POST|DELETE) \/groups\/[^/]+\/members\//i, memberWriters],
  [/^(POST|DELETE) \/groups\/[^/]+\/owners\//i, groupWriters],
  [/^PATCH \/groups\/[^/]+$/i, memberWriters],
  [/^DELETE \/groups\/[^/]+$/i, groupWriters],
  [/^GET \/subscribedSkus/i, ['Organization.Read.All', ...licenseReaders]],
  [/^GET \/organization/i, ['Organization.Read.All', ...directoryReaders]],
  [/^GET \/domains/i, ['Domain.Read.All', ...directoryReaders]],
  [/^GET \/roleManagement\/directory\/roleEligibility/i, ['RoleEligibilitySchedule.Read.Directory', ...roleReaders]],
  [/^GET \/(roleManagement|directoryRoles)/i, roleReaders],
  [/^GET \/servicePrincipals/i, ['Application.Read.All', 'Application.ReadWrite.All', ...directoryReaders]],
];

export const permissionsOf = (line: string): Needed | undefined => table.find(([pattern]) => pattern.test(line))?.[1];

/** What reading one property of users needs beside the right to read users; names in lower case. */
export const propertyReaders: Readonly<Record<string, Needed>> = {
  employeeleavedatetime: ['User-LifeCycleInfo.Read.All', 'User-LifeCycleInfo.ReadWrite.All'],
};

/** What changing one property of a user needs (GRAPH.md B9). */
export function propertyWriters(name: string): Needed {
  switch (name.toLowerCase()) {
    case 'accountenabled':
      return [['User.EnableDisableAccount.All', 'User.Read.All'], ...userWriters];
    case 'passwordprofile':
      return ['User-PasswordProfile.ReadWrite.All'];
    case 'businessphones':
    case 'mobilephone':
      return ['User-Phone.ReadWrite.All', ...userWriters];
    case 'othermails':
      return ['User-Mail.ReadWrite.All', ...userWriters];
    case 'identities':
      return ['User.ManageIdentities.All'];
    case 'employeeleavedatetime':
      return [
        ['User.Read.All', 'User-LifeCycleInfo.ReadWrite.All'],
        ['User.ReadWrite.All', 'User-LifeCycleInfo.ReadWrite.All'],
      ];
    default:
      return ['User.ReadUpdate.All', ...userWriters];
  }
}

/** What changing properties of a group needs; putting members in is less. */
export const groupPropertyWriters: Needed = groupWriters;

/** Who may read objects of a type; other callers see their id and type alone. */
export const kindReaders: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  user: userReaders,
  group: groupReaders,
  device: ['Device.Read.All', 'Device.ReadWrite.All', ...directoryReaders],
  servicePrincipal: ['Application.Read.All', 'Application.ReadWrite.All', ...directoryReaders],
  directoryRole: roleReaders,
  administrativeUnit: ['AdministrativeUnit.Read.All', 'AdministrativeUnit.ReadWrite.All', ...directoryReaders],
};

/** What User.ReadBasic.All shows of a user (GRAPH.md E). */
export const basicUserProperties: readonly string[] = [
  'displayName',
  'givenName',
  'id',
  'mail',
  'securityIdentifier',
  'surname',
  'userPrincipalName',
];
