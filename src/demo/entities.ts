import { administrativeUnitResource } from './administrative-units.ts';
import { applicationResource, appRoleAssignmentResource, servicePrincipalResource } from './app-resources.ts';
import { deviceResource } from './device-resource.ts';
import type { DirectoryObject, Kind } from './directory-object.ts';
import { groupResource } from './groups/group-resource.ts';
import { operatorTable, type Resource } from './odata/resource.ts';
import { userResource } from './people/user-resource.ts';
import { directoryRoleResource, roleDefinitionResource } from './role-resources.ts';

const byKind: Readonly<Record<Kind, Resource>> = {
  user: userResource,
  group: groupResource,
  device: deviceResource,
  servicePrincipal: servicePrincipalResource,
  application: applicationResource,
  directoryRole: directoryRoleResource,
  administrativeUnit: administrativeUnitResource,
  roleDefinition: roleDefinitionResource,
  record: appRoleAssignmentResource,
};

const mixable: readonly Kind[] = [
  'user',
  'group',
  'device',
  'application',
  'servicePrincipal',
  'directoryRole',
  'administrativeUnit',
];

/** A collection of several types: whatever any of them has can be selected; filters are always advanced. */
export const directoryObjectResource: Resource = {
  ...userResource,
  name: 'DirectoryObject',
  type: 'microsoft.graph.directoryObject',
  properties: Object.assign({}, ...mixable.map((kind) => byKind[kind].properties)),
  operators: operatorTable({ 'd---': 'id accountEnabled', 'dd--': 'displayName mail userPrincipalName' }),
  endsWith: [],
  searchable: ['displayName'],
  orderby: { displayName: 'default' },
  expandable: [],
};

export const resourceOf = (object: DirectoryObject): Resource => byKind[object.kind];

/** The kind that an OData cast names; undefined where this tenant holds nothing of it. */
export const kindOf = (cast: string): Kind | undefined =>
  mixable.find((kind) => kind.toLowerCase() === cast.toLowerCase());

export const resourceOfKind = (kind: Kind): Resource => byKind[kind];
