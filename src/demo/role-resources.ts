import { operatorTable, propertyTable, type Resource } from './odata/resource.ts';

const reports = { endsWith: [], searchable: [], pageSize: { default: 100, max: 999 }, directory: false } as const;

export const directoryRoleResource: Resource = {
  ...reports,
  name: 'DirectoryRole',
  type: 'microsoft.graph.directoryRole',
  properties: propertyTable({ string: 'description displayName roleTemplateId', dateTime: 'deletedDateTime' }),
  operators: operatorTable({ 'd---': 'displayName roleTemplateId' }),
  orderby: {},
  expandable: ['members'],
};

export const roleDefinitionResource: Resource = {
  ...reports,
  name: 'UnifiedRoleDefinition',
  type: 'microsoft.graph.unifiedRoleDefinition',
  properties: propertyTable({
    string: 'description displayName templateId version',
    boolean: 'isBuiltIn isEnabled',
    strings: 'resourceScopes',
    complexes: 'rolePermissions',
  }),
  operators: operatorTable({ 'dd--': 'displayName', 'd---': 'id isBuiltIn templateId' }),
  orderby: { displayName: 'default' },
  expandable: [],
};

export const roleAssignmentResource: Resource = {
  ...reports,
  name: 'UnifiedRoleAssignment',
  type: 'microsoft.graph.unifiedRoleAssignment',
  properties: propertyTable({ string: 'principalId directoryScopeId roleDefinitionId appScopeId condition' }),
  defaults: ['id', 'principalId', 'directoryScopeId', 'roleDefinitionId'],
  operators: operatorTable({ 'd---': 'principalId roleDefinitionId directoryScopeId' }),
  orderby: {},
  expandable: ['roleDefinition', 'principal'],
};

export const roleScheduleResource: Resource = {
  ...reports,
  name: 'UnifiedRoleEligibilitySchedule',
  type: 'microsoft.graph.unifiedRoleEligibilitySchedule',
  properties: propertyTable({
    string: 'principalId directoryScopeId roleDefinitionId appScopeId createdUsing memberType status',
    dateTime: 'createdDateTime modifiedDateTime',
    complex: 'scheduleInfo',
  }),
  operators: operatorTable({ 'd---': 'principalId roleDefinitionId directoryScopeId status memberType' }),
  orderby: {},
  expandable: ['roleDefinition', 'principal'],
};

export const roleAssignmentScheduleResource: Resource = {
  ...roleScheduleResource,
  name: 'UnifiedRoleAssignmentSchedule',
  type: 'microsoft.graph.unifiedRoleAssignmentSchedule',
  properties: { ...roleScheduleResource.properties, assignmentType: 'string' },
  operators: { ...roleScheduleResource.operators, ...operatorTable({ 'd---': 'assignmentType' }) },
};

export const scopedRoleMembershipResource: Resource = {
  ...reports,
  name: 'ScopedRoleMembership',
  type: 'microsoft.graph.scopedRoleMembership',
  properties: propertyTable({ string: 'administrativeUnitId roleId', complex: 'roleMemberInfo' }),
  operators: {},
  orderby: {},
  expandable: [],
};
