/**
 * Every address at which a DELETE without `/$ref` may be sent. The addresses of members, owners, reports and the like
 * are not here and never will be: without `/$ref` Graph deletes the object behind them.
 * [learn.microsoft.com/graph/api/group-delete-members]
 */
const deletable: ReadonlySet<string> = new Set([
  '/users/{}',
  '/groups/{}',
  '/directory/deletedItems/{}',
  '/users/{}/appRoleAssignments/{}',
  '/groups/{}/appRoleAssignments/{}',
  '/servicePrincipals/{}/appRoleAssignments/{}',
  '/servicePrincipals/{}/appRoleAssignedTo/{}',
  '/oauth2PermissionGrants/{}',
  '/roleManagement/directory/roleAssignments/{}',
  '/directory/administrativeUnits/{}/scopedRoleMembers/{}',
  '/subscriptions/{}',
  '/drives/{}/root/permissions/{}',
  ...[
    'emailMethods',
    'externalAuthenticationMethods',
    'fido2Methods',
    'microsoftAuthenticatorMethods',
    'phoneMethods',
    'platformCredentialMethods',
    'softwareOathMethods',
    'temporaryAccessPassMethods',
    'windowsHelloForBusinessMethods',
  ].map((kind) => `/users/{}/authentication/${kind}/{}`),
]);

/** True where DELETE takes away a reference, or an object that is meant to be deleted by its own address. */
export function mayDelete(template: string): boolean {
  return template.endsWith('/$ref') || deletable.has(template);
}
