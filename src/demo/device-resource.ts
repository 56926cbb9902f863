import { operatorTable, propertyTable, type Resource } from './odata/resource.ts';

const deviceProperties = propertyTable({
  string: `deviceCategory deviceId deviceMetadata deviceOwnership displayName enrollmentProfileName enrollmentType
    managementType manufacturer mdmAppId model onPremisesSecurityIdentifier operatingSystem operatingSystemVersion profileType trustType`,
  boolean: 'accountEnabled isCompliant isManaged isManagementRestricted isRooted onPremisesSyncEnabled',
  dateTime: `approximateLastSignInDateTime complianceExpirationDateTime deletedDateTime
    onPremisesLastSyncDateTime registrationDateTime`,
  number: 'deviceVersion',
  strings: 'physicalIds systemLabels',
  complexes: 'alternativeSecurityIds',
});

export const deviceResource: Resource = {
  name: 'Device',
  type: 'microsoft.graph.device',
  properties: deviceProperties,
  // These two come only when they are selected.
  defaults: Object.keys(deviceProperties).filter(
    (name) => name !== 'isManagementRestricted' && name !== 'onPremisesSecurityIdentifier',
  ),
  operators: operatorTable({
    'd---': 'id accountEnabled deviceId isCompliant isManaged physicalIds/*',
    'd--a': 'mdmAppId onPremisesSyncEnabled',
    'dd-a': 'displayName operatingSystem operatingSystemVersion',
    'd-da': 'approximateLastSignInDateTime',
    'a-a-': 'registrationDateTime',
  }),
  endsWith: [],
  searchable: ['displayName'],
  orderby: { displayName: 'advanced', approximateLastSignInDateTime: 'advanced' },
  expandable: ['registeredOwners', 'registeredUsers', 'memberOf'],
  pageSize: { default: 100, max: 999 },
  directory: true,
};
