import { operatorTable, propertyTable, type Resource } from './odata/resource.ts';

export const servicePrincipalResource: Resource = {
  name: 'ServicePrincipal',
  type: 'microsoft.graph.servicePrincipal',
  properties: propertyTable({
    string: `appDescription appDisplayName appId appOwnerOrganizationId applicationTemplateId description displayName homepage
      loginUrl logoutUrl notes preferredSingleSignOnMode servicePrincipalType signInAudience`,
    boolean: 'accountEnabled appRoleAssignmentRequired',
    dateTime: 'createdDateTime deletedDateTime',
    strings: 'alternativeNames notificationEmailAddresses replyUrls servicePrincipalNames tags',
    complexes: 'addIns appRoles keyCredentials oauth2PermissionScopes passwordCredentials',
  }),
  operators: operatorTable({
    'd---': 'id appId accountEnabled applicationTemplateId',
    'dd-a': 'displayName',
    'dd--': 'servicePrincipalNames/* alternativeNames/*',
    'aa--': 'description',
  }),
  endsWith: [],
  searchable: ['displayName'],
  orderby: { displayName: 'advanced', createdDateTime: 'advanced' },
  expandable: ['owners'],
  pageSize: { default: 100, max: 999 },
  directory: true,
};

export const applicationResource: Resource = {
  ...servicePrincipalResource,
  name: 'Application',
  type: 'microsoft.graph.application',
  properties: propertyTable({
    string: `appId applicationTemplateId defaultRedirectUri description disabledByMicrosoftStatus displayName groupMembershipClaims
      notes publisherDomain samlMetadataUrl serviceManagementReference signInAudience tokenEncryptionKeyId uniqueName`,
    boolean: 'isDeviceOnlyAuthSupported isFallbackPublicClient',
    dateTime: 'createdDateTime deletedDateTime',
    strings: 'identifierUris tags',
    complex: `api certification info optionalClaims parentalControlSettings publicClient requestSignatureVerification
      servicePrincipalLockConfiguration spa verifiedPublisher web`,
    complexes: 'addIns appRoles keyCredentials passwordCredentials requiredResourceAccess',
  }),
  operators: operatorTable({
    'd---': 'id appId identifierUris/* uniqueName',
    'dd-a': 'displayName',
    'a-a-': 'createdDateTime',
  }),
  expandable: ['owners'],
};

export const appRoleAssignmentResource: Resource = {
  ...servicePrincipalResource,
  name: 'AppRoleAssignment',
  type: 'microsoft.graph.appRoleAssignment',
  properties: propertyTable({
    string: 'principalDisplayName principalType resourceDisplayName',
    guid: 'appRoleId principalId resourceId',
    dateTime: 'createdDateTime deletedDateTime',
  }),
  operators: operatorTable({ 'd---': 'resourceId' }),
  searchable: [],
  orderby: {},
  expandable: [],
  directory: false,
};

export const permissionGrantResource: Resource = {
  ...appRoleAssignmentResource,
  name: 'OAuth2PermissionGrant',
  type: 'microsoft.graph.oAuth2PermissionGrant',
  properties: propertyTable({ string: 'clientId consentType principalId resourceId scope' }),
  operators: operatorTable({ 'd---': 'clientId consentType principalId resourceId' }),
};
