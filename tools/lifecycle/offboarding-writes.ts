import type { WriteTemplate } from '../../src/contract/index.ts';

const methods = [
  'emailMethods',
  'externalAuthenticationMethods',
  'fido2Methods',
  'microsoftAuthenticatorMethods',
  'phoneMethods',
  'platformCredentialMethods',
  'softwareOathMethods',
  'temporaryAccessPassMethods',
  'windowsHelloForBusinessMethods',
] as const;

/** Every request that an offboarding can send. */
export const offboardingWrites: readonly WriteTemplate[] = [
  'PATCH /users/{}',
  'POST /users/{}/revokeSignInSessions',
  'POST /groups/{}/members/$ref',
  'DELETE /roleManagement/directory/roleAssignments/{}',
  'POST /roleManagement/directory/roleAssignmentScheduleRequests',
  'POST /roleManagement/directory/roleEligibilityScheduleRequests',
  'PATCH /devices/{}',
  'DELETE /users/{}/appRoleAssignments/{}',
  'DELETE /oauth2PermissionGrants/{}',
  'POST /identityGovernance/entitlementManagement/assignmentRequests',
  'POST /groups/{}/owners/$ref',
  'DELETE /groups/{}/owners/{}/$ref',
  'POST /applications/{}/owners/$ref',
  'DELETE /applications/{}/owners/{}/$ref',
  'POST /servicePrincipals/{}/owners/$ref',
  'DELETE /servicePrincipals/{}/owners/{}/$ref',
  'DELETE /groups/{}/members/{}/$ref',
  'PATCH /users/{}/mailboxSettings',
  'POST /drives/{}/root/invite',
  'PUT /users/{}/manager/$ref',
  'POST /users/{}/sponsors/$ref',
  'DELETE /users/{}/sponsors/{}/$ref',
  ...methods.map((kind) => `DELETE /users/{}/authentication/${kind}/{}` as const),
  'POST /users/{}/assignLicense',
  'DELETE /users/{}',
];
