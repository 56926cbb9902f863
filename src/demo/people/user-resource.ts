import { operatorTable, propertyTable, type Resource } from '../odata/resource.ts';

/** The user entity: which properties exist, which come unasked, and which operators each supports. */
export const userResource: Resource = {
  name: 'User',
  type: 'microsoft.graph.user',
  properties: propertyTable({
    string: `aboutMe ageGroup city companyName consentProvidedForMinor country creationType department displayName
      employeeId employeeType externalUserState faxNumber givenName jobTitle legalAgeGroupClassification mail mailNickname
      mobilePhone mySite officeLocation onPremisesDistinguishedName onPremisesDomainName onPremisesImmutableId
      onPremisesSamAccountName onPremisesSecurityIdentifier onPremisesUserPrincipalName passwordPolicies postalCode
      preferredDataLocation preferredLanguage preferredName securityIdentifier state streetAddress surname usageLocation
      userPrincipalName userType`,
    boolean: 'accountEnabled isManagementRestricted isResourceAccount onPremisesSyncEnabled showInAddressList',
    dateTime: `birthday createdDateTime deletedDateTime employeeHireDate employeeLeaveDateTime
      externalUserStateChangeDateTime hireDate lastPasswordChangeDateTime onPremisesLastSyncDateTime
      signInSessionsValidFromDateTime`,
    number: 'deviceEnrollmentLimit',
    strings: `businessPhones imAddresses interests otherMails pastProjects proxyAddresses responsibilities schools skills`,
    complex: `authorizationInfo employeeOrgData mailboxSettings onPremisesExtensionAttributes passwordProfile print signInActivity`,
    complexes: `assignedLicenses assignedPlans identities licenseAssignmentStates onPremisesProvisioningErrors
      provisionedPlans serviceProvisioningErrors`,
  }),
  defaults: [
    'businessPhones',
    'displayName',
    'givenName',
    'jobTitle',
    'mail',
    'mobilePhone',
    'officeLocation',
    'preferredLanguage',
    'surname',
    'userPrincipalName',
    'id',
  ],
  operators: operatorTable({
    'd---': `id accountEnabled ageGroup consentProvidedForMinor creationType externalUserState isResourceAccount
      onPremisesImmutableId assignedLicenses/*/skuId identities/*/issuer onPremisesProvisioningErrors/*/category`,
    'd--a': 'employeeId onPremisesSecurityIdentifier onPremisesSyncEnabled state userType',
    'dd-a': 'city country department displayName givenName jobTitle mail mailNickname surname usageLocation',
    'dd--': 'userPrincipalName otherMails/* proxyAddresses/* imAddresses/*',
    'd-da': 'createdDateTime',
    'd-d-': `onPremisesLastSyncDateTime signInActivity/lastSignInDateTime signInActivity/lastNonInteractiveSignInDateTime
      signInActivity/lastSuccessfulSignInDateTime`,
    'aa-a': `companyName faxNumber mobilePhone officeLocation onPremisesDistinguishedName postalCode preferredLanguage
      streetAddress ${Array.from({ length: 15 }, (_, i) => `onPremisesExtensionAttributes/extensionAttribute${i + 1}`).join(' ')}`,
    'aa--': `businessPhones/* employeeOrgData/costCenter employeeOrgData/division onPremisesSamAccountName
      assignedPlans/*/service provisionedPlans/*/service`,
    'a-a-': 'employeeHireDate',
    'a---': 'employeeType showInAddressList assignedPlans/*/capabilityStatus assignedPlans/*/servicePlanId',
    '---a': 'passwordPolicies',
    'a--a': 'passwordProfile/forceChangePasswordNextSignIn passwordProfile/forceChangePasswordNextSignInWithMfa',
  }),
  endsWith: ['mail', 'otherMails/*', 'userPrincipalName', 'proxyAddresses/*'],
  searchable: ['displayName', 'givenName', 'surname', 'mail', 'mailNickname', 'userPrincipalName', 'otherMails'],
  orderby: {
    displayName: 'default',
    userPrincipalName: 'default',
    createdDateTime: 'advanced',
    deletedDateTime: 'advanced',
  },
  expandable: [
    'manager',
    'directReports',
    'memberOf',
    'transitiveMemberOf',
    'ownedObjects',
    'registeredDevices',
    'ownedDevices',
    'sponsors',
  ],
  pageSize: { default: 100, max: 999 },
  directory: true,
};

/** Kept in SharePoint: an app alone cannot change them, and a list cannot select them (GRAPH.md B12, error 501). */
export const sharePointProperties: readonly string[] = [
  'aboutMe',
  'birthday',
  'hireDate',
  'interests',
  'mySite',
  'pastProjects',
  'preferredName',
  'responsibilities',
  'schools',
  'skills',
];

/** Mastered by the on-premises directory on a synced account; accountEnabled and usageLocation are not (GRAPH.md B18). */
export const masteredProperties: readonly string[] = [
  'businessPhones',
  'city',
  'companyName',
  'country',
  'department',
  'displayName',
  'employeeId',
  'employeeType',
  'faxNumber',
  'givenName',
  'jobTitle',
  'mail',
  'mailNickname',
  'mobilePhone',
  'officeLocation',
  'onPremisesExtensionAttributes',
  'onPremisesImmutableId',
  'passwordProfile',
  'postalCode',
  'preferredLanguage',
  'state',
  'streetAddress',
  'surname',
  'userPrincipalName',
];

/** Changing these on someone who holds a directory role needs a role of the caller (GRAPH.md B11). */
export const sensitiveProperties: readonly string[] = [
  'accountEnabled',
  'businessPhones',
  'mobilePhone',
  'onPremisesImmutableId',
  'otherMails',
  'passwordProfile',
  'userPrincipalName',
];

/** What PATCH and POST accept. */
export const writableProperties: readonly string[] = [
  'accountEnabled',
  'ageGroup',
  'businessPhones',
  'city',
  'companyName',
  'consentProvidedForMinor',
  'country',
  'department',
  'displayName',
  'employeeHireDate',
  'employeeId',
  'employeeLeaveDateTime',
  'employeeOrgData',
  'employeeType',
  'faxNumber',
  'givenName',
  'identities',
  'jobTitle',
  'mail',
  'mailNickname',
  'mobilePhone',
  'officeLocation',
  'onPremisesExtensionAttributes',
  'onPremisesImmutableId',
  'otherMails',
  'passwordPolicies',
  'passwordProfile',
  'postalCode',
  'preferredLanguage',
  'state',
  'streetAddress',
  'surname',
  'usageLocation',
  'userPrincipalName',
  'userType',
];
