import type { WriteTemplate } from '../../src/contract/index.ts';

/** Every request that taking an offboarding back can send. */
export const undoWrites: readonly WriteTemplate[] = [
  'POST /directory/deletedItems/{}/restore',
  'POST /users/{}/assignLicense',
  'POST /groups/{}/members/$ref',
  'DELETE /groups/{}/members/{}/$ref',
  'POST /groups/{}/owners/$ref',
  'DELETE /groups/{}/owners/{}/$ref',
  'POST /applications/{}/owners/$ref',
  'DELETE /applications/{}/owners/{}/$ref',
  'POST /servicePrincipals/{}/owners/$ref',
  'DELETE /servicePrincipals/{}/owners/{}/$ref',
  'POST /users/{}/appRoleAssignments',
  'PATCH /users/{}/mailboxSettings',
  'DELETE /drives/{}/root/permissions/{}',
  'PUT /users/{}/manager/$ref',
  'POST /users/{}/sponsors/$ref',
  'DELETE /users/{}/sponsors/{}/$ref',
  'PATCH /devices/{}',
  'POST /users/{}/authentication/temporaryAccessPassMethods',
  'PATCH /users/{}',
];

/** The least permissions that all of it needs. [learn.microsoft.com/graph/permissions-reference] */
export const undoPermissions = [
  'User.ReadWrite.All',
  'User.EnableDisableAccount.All',
  'User.DeleteRestore.All',
  'User-PasswordProfile.ReadWrite.All',
  'UserAuthMethod-TAP.ReadWrite.All',
  'LicenseAssignment.ReadWrite.All',
  'GroupMember.ReadWrite.All',
  'Group.ReadWrite.All',
  'Application.ReadWrite.All',
  'AppRoleAssignment.ReadWrite.All',
  'Device.ReadWrite.All',
  'MailboxSettings.ReadWrite',
  'Files.ReadWrite.All',
] as const;
