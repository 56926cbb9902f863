import { operatorTable, propertyTable, type Resource } from '../odata/resource.ts';

/** The group entity; rows as in GRAPH.md B4, and `groupTypes/any(c:c eq …)` from the list-groups page. */
export const groupResource: Resource = {
  name: 'Group',
  type: 'microsoft.graph.group',
  properties: propertyTable({
    string: `classification description displayName mail mailNickname membershipRule membershipRuleProcessingState
      onPremisesDomainName onPremisesNetBiosName onPremisesSamAccountName onPremisesSecurityIdentifier preferredDataLocation
      preferredLanguage securityIdentifier theme uniqueName visibility`,
    boolean: `allowExternalSenders autoSubscribeNewMembers hasMembersWithLicenseErrors hideFromAddressLists
      hideFromOutlookClients isArchived isAssignableToRole isManagementRestricted isSubscribedByMail mailEnabled
      onPremisesSyncEnabled securityEnabled`,
    dateTime: 'createdDateTime deletedDateTime expirationDateTime onPremisesLastSyncDateTime renewedDateTime',
    strings: 'groupTypes proxyAddresses resourceBehaviorOptions resourceProvisioningOptions',
    complex: 'licenseProcessingState',
    complexes: 'assignedLabels assignedLicenses onPremisesProvisioningErrors serviceProvisioningErrors',
  }),
  defaults: [
    'id',
    'deletedDateTime',
    'classification',
    'createdDateTime',
    'description',
    'displayName',
    'expirationDateTime',
    'groupTypes',
    'isAssignableToRole',
    'mail',
    'mailEnabled',
    'mailNickname',
    'membershipRule',
    'membershipRuleProcessingState',
    'onPremisesDomainName',
    'onPremisesLastSyncDateTime',
    'onPremisesNetBiosName',
    'onPremisesSamAccountName',
    'onPremisesSecurityIdentifier',
    'onPremisesSyncEnabled',
    'preferredDataLocation',
    'preferredLanguage',
    'proxyAddresses',
    'renewedDateTime',
    'resourceBehaviorOptions',
    'resourceProvisioningOptions',
    'securityEnabled',
    'securityIdentifier',
    'theme',
    'uniqueName',
    'visibility',
    'onPremisesProvisioningErrors',
    'serviceProvisioningErrors',
  ],
  operators: operatorTable({
    'd---': `id groupTypes/* assignedLicenses/*/skuId isAssignableToRole mailEnabled securityEnabled
      onPremisesProvisioningErrors/*/category`,
    'd--d': 'hasMembersWithLicenseErrors',
    'd--a': 'onPremisesSecurityIdentifier onPremisesSyncEnabled',
    'dd--': 'classification membershipRule proxyAddresses/* resourceBehaviorOptions/* resourceProvisioningOptions/*',
    'dd-a': 'displayName mail mailNickname',
    'd-d-': 'onPremisesLastSyncDateTime renewedDateTime',
    'aa--': 'description onPremisesSamAccountName',
    'aa-a': 'preferredLanguage',
    'a-a-': 'expirationDateTime',
  }),
  endsWith: ['mail', 'proxyAddresses/*'],
  searchable: ['displayName', 'description', 'mail', 'mailNickname'],
  orderby: { displayName: 'default', deletedDateTime: 'advanced' },
  expandable: ['members', 'owners', 'memberOf', 'transitiveMembers', 'transitiveMemberOf'],
  pageSize: { default: 100, max: 999 },
  directory: true,
};

/** What PATCH accepts on a group. */
export const writableGroupProperties: readonly string[] = [
  'classification',
  'description',
  'displayName',
  'mailNickname',
  'membershipRule',
  'membershipRuleProcessingState',
  'preferredDataLocation',
  'preferredLanguage',
  'securityEnabled',
  'theme',
  'uniqueName',
  'visibility',
];
