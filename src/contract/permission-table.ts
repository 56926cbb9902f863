/**
 * Application permissions that also cover a narrower one, for the permissions that tools and steps name.
 * [the "higher privileged permissions" of each API on learn.microsoft.com/graph/api; User.Create and User.ReadUpdate.All:
 * learn.microsoft.com/graph/api/user-post-users, user-update]
 */
const impliedBy: Readonly<Record<string, readonly string[]>> = {
  'Application.ReadWrite.All': ['Directory.ReadWrite.All'],
  'DelegatedPermissionGrant.ReadWrite.All': ['Directory.ReadWrite.All'],
  'Device.Read.All': ['Device.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  'Device.ReadWrite.All': ['Directory.ReadWrite.All'],
  'Domain.Read.All': ['Domain.ReadWrite.All', 'Directory.Read.All'],
  'Group.Read.All': ['Group.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  'Group.ReadWrite.All': ['Directory.ReadWrite.All'],
  'GroupMember.Read.All': [
    'GroupMember.ReadWrite.All',
    'Group.Read.All',
    'Group.ReadWrite.All',
    'Directory.Read.All',
    'Directory.ReadWrite.All',
  ],
  'GroupMember.ReadWrite.All': ['Group.ReadWrite.All', 'Directory.ReadWrite.All'],
  'LicenseAssignment.Read.All': [
    'Organization.Read.All',
    'Organization.ReadWrite.All',
    'Directory.Read.All',
    'Directory.ReadWrite.All',
  ],
  'LicenseAssignment.ReadWrite.All': ['User.ReadWrite.All', 'Directory.ReadWrite.All'],
  'RoleManagement.Read.Directory': [
    'RoleManagement.ReadWrite.Directory',
    'RoleManagement.Read.All',
    'Directory.Read.All',
    'Directory.ReadWrite.All',
  ],
  'User-Mail.ReadWrite.All': ['User.ReadWrite.All'],
  'UserAuthMethod-TAP.ReadWrite.All': ['UserAuthenticationMethod.ReadWrite.All'],
  'User-Phone.ReadWrite.All': ['User.ReadWrite.All'],
  'User.Create': ['User.ReadWrite.All', 'Directory.ReadWrite.All'],
  'User.DeleteRestore.All': ['User.ReadWrite.All'],
  'User.EnableDisableAccount.All': ['User.ReadWrite.All'],
  'User.Read.All': ['User.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  'User.ReadUpdate.All': ['User.ReadWrite.All', 'Directory.ReadWrite.All'],
  'User.RevokeSessions.All': ['User.ReadWrite.All', 'Directory.ReadWrite.All'],
  'UserAuthenticationMethod.Read.All': ['UserAuthenticationMethod.ReadWrite.All'],
};

/** The narrower permissions that the table knows of. */
export const permissionsWithWider: readonly string[] = Object.keys(impliedBy);

/** The permissions that would also do where `permission` is asked for. */
export function widerThan(permission: string): readonly string[] {
  return impliedBy[permission] ?? [];
}

/** Those of `needed` that neither stand in `granted` nor are implied by something that does. */
export function missingFrom(granted: readonly string[], needed: readonly string[]): string[] {
  return needed.filter((one) => ![one, ...widerThan(one)].some((name) => granted.includes(name)));
}
