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
const deviceReaders = ['Device.Read.All', 'Device.ReadWrite.All', ...directoryReaders];
const unitReaders = ['AdministrativeUnit.Read.All', 'AdministrativeUnit.ReadWrite.All', ...directoryReaders];
const fileWriters = ['Files.ReadWrite.All', 'Sites.ReadWrite.All'];
const fileReaders = ['Files.Read.All', 'Sites.Read.All', ...fileWriters];
const applicationReaders = [
  'Application.Read.All',
  'Application.ReadWrite.All',
  'Application.ReadWrite.OwnedBy',
  ...directoryReaders,
];
const consentWriters = ['DelegatedPermissionGrant.ReadWrite.All', 'Directory.ReadWrite.All'];
const roleWriters = ['RoleManagement.ReadWrite.Directory'];
/** Of applications that the caller does not own itself. */
export const applicationWriters: Needed = ['Application.ReadWrite.All', 'Directory.ReadWrite.All'];
export const ownedApplicationWriters: Needed = ['Application.ReadWrite.OwnedBy', ...applicationWriters];
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
  ...methodRows(),
  [
    /^GET \/users\/[^/]+\/authentication\//i,
    ['UserAuthenticationMethod.Read.All', 'UserAuthenticationMethod.ReadWrite.All'],
  ],
  [/^GET \/users\/[^/]+\/mailboxSettings/i, ['MailboxSettings.Read', 'MailboxSettings.ReadWrite']],
  [/^PATCH \/users\/[^/]+\/mailboxSettings/i, ['MailboxSettings.ReadWrite']],
  [/^GET \/(users\/[^/]+\/drive|drives\/)/i, fileReaders],
  [/^(POST|DELETE) \/drives\//i, fileWriters],
  [/^GET \/users\/[^/]+\/(sponsors|sponsorOf)/i, userReaders],
  [/^(POST|PUT|DELETE) \/users\/[^/]+\/sponsors\//i, userWriters],
  [/^GET \/users\/[^/]+\/scopedRoleMemberOf/i, directoryReaders],
  [/^GET \/users\/[^/]+\/licenseDetails/i, [...licenseReaders, ...userReaders]],
  [/^GET \/(users|groups)\/[^/]+\/appRoleAssignments/i, ['AppRoleAssignment.ReadWrite.All', ...directoryReaders]],
  [/^(POST|DELETE) \/users\/[^/]+\/appRoleAssignments/i, ['AppRoleAssignment.ReadWrite.All']],
  [/^GET \/(users\/[^/]+\/)?oauth2PermissionGrants/i, ['DelegatedPermissionGrant.ReadWrite.All', ...directoryReaders]],
  [/^(POST|DELETE) \/oauth2PermissionGrants/i, consentWriters],
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
  [
    /^GET \/roleManagement\/directory\/roleEligibility/i,
    ['RoleEligibilitySchedule.Read.Directory', 'RoleEligibilitySchedule.ReadWrite.Directory', ...roleReaders],
  ],
  [
    /^GET \/roleManagement\/directory\/roleAssignmentSchedule/i,
    ['RoleAssignmentSchedule.Read.Directory', 'RoleAssignmentSchedule.ReadWrite.Directory', ...roleReaders],
  ],
  [
    /^POST \/roleManagement\/directory\/roleEligibilityScheduleRequests/i,
    ['RoleEligibilitySchedule.ReadWrite.Directory', ...roleWriters],
  ],
  [
    /^POST \/roleManagement\/directory\/roleAssignmentScheduleRequests/i,
    ['RoleAssignmentSchedule.ReadWrite.Directory', ...roleWriters],
  ],
  [/^(POST|DELETE) \/roleManagement\/directory\/roleAssignments/i, roleWriters],
  [/^GET \/directory\/administrativeUnits\/[^/]+\/scopedRoleMembers/i, roleReaders],
  [/^(POST|DELETE) \/directory\/administrativeUnits\/[^/]+\/scopedRoleMembers/i, roleWriters],
  [/^GET \/directory\/administrativeUnits/i, unitReaders],
  [/^(POST|DELETE) \/directory\/administrativeUnits/i, ['AdministrativeUnit.ReadWrite.All']],
  [/^GET \/devices/i, deviceReaders],
  [/^PATCH \/devices/i, ['Device.ReadWrite.All', 'Directory.ReadWrite.All']],
  [
    /^GET \/identityGovernance\/entitlementManagement/i,
    ['EntitlementManagement.Read.All', 'EntitlementManagement.ReadWrite.All'],
  ],
  [/^POST \/identityGovernance\/entitlementManagement/i, ['EntitlementManagement.ReadWrite.All']],
  [/^GET \/(roleManagement|directoryRoles)/i, roleReaders],
  [/^GET \/(servicePrincipals|applications)/i, applicationReaders],
];

/** Each kind of authentication method has permissions of its own beside those of all. */
function methodRows(): [RegExp, Needed][] {
  const names: Readonly<Record<string, string>> = {
    password: 'Password',
    phone: 'Phone',
    email: 'Email',
    fido2: 'Passkey',
    microsoftAuthenticator: 'MicrosoftAuthApp',
    softwareOath: 'SoftwareOATH',
    windowsHelloForBusiness: 'WindowsHello',
    platformCredential: 'PlatformCred',
    temporaryAccessPass: 'TAP',
  };
  return Object.entries(names).flatMap(([kind, name]): [RegExp, Needed][] => {
    const writers = [`UserAuthMethod-${name}.ReadWrite.All`, 'UserAuthenticationMethod.ReadWrite.All'];
    const readers = [`UserAuthMethod-${name}.Read.All`, 'UserAuthenticationMethod.Read.All', ...writers];
    const path = `/users/[^/]+/authentication/${kind}Methods`;
    return [
      [new RegExp(`^GET ${path}`, 'i'), readers],
      [new RegExp(`^(POST|DELETE) ${path}`, 'i'), writers],
    ];
  });
}

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
  device: deviceReaders,
  application: applicationReaders,
  servicePrincipal: applicationReaders,
  directoryRole: roleReaders,
  administrativeUnit: unitReaders,
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
