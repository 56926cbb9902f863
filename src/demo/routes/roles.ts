import type { DirectoryObject, Row } from '../directory-object.ts';
import { notFound } from '../errors.ts';
import { type Listing, list } from '../listing.ts';
import type { Resource } from '../odata/resource.ts';
import { inOrder, one, related } from '../reading.ts';
import {
  directoryRoleResource,
  roleAssignmentResource,
  roleAssignmentScheduleResource,
  roleDefinitionResource,
  roleScheduleResource,
} from '../role-resources.ts';
import { type Call, param, type Routes } from '../router.ts';
import type { Tenant } from '../tenant.ts';

function roleOf(call: Call): Row {
  const role = call.tenant.roles.find(param(call, 'role'));
  if (role === undefined) throw notFound(param(call, 'role'));
  return role;
}

const holdersOf = (tenant: Tenant, role: Row): DirectoryObject[] =>
  tenant.roles.holders(role).flatMap((id) => tenant.find(id) ?? []);

/** Assignments and schedules point at a principal and a definition. */
function expandAssignment(tenant: Tenant, object: DirectoryObject, name: string): DirectoryObject | undefined {
  if (name === 'principal') return tenant.find(String(object.get('principalId')));
  return tenant.roles.definitions.find(({ id }) => id === object.get('roleDefinitionId'));
}

const management = (call: Call, name: string, resource: Resource, rows: readonly Row[]): Listing => ({
  context: `roleManagement/directory/${name}`,
  resource,
  after: inOrder(rows),
  expand: (object, expansion) => expandAssignment(call.tenant, object, expansion),
});

const definitions = (call: Call): Listing =>
  management(call, 'roleDefinitions', roleDefinitionResource, call.tenant.roles.definitions);
const assignments = (call: Call): Listing =>
  management(call, 'roleAssignments', roleAssignmentResource, call.tenant.roles.assignments);
const activeSchedules = (call: Call): Listing =>
  management(call, 'roleAssignmentSchedules', roleAssignmentScheduleResource, call.tenant.roles.assignments);
const schedules = (call: Call): Listing =>
  management(call, 'roleEligibilitySchedules', roleScheduleResource, call.tenant.roles.eligible);

const byId = (listing: (call: Call) => Listing) => (call: Call) => {
  const { context, ...rest } = listing(call);
  for (const row of rest.after(-1)) if (row.id === param(call, 'id')) return one(call, context, row, rest);
  throw notFound(param(call, 'id'));
};

const directoryRoles = (call: Call): Listing => ({
  context: 'directoryRoles',
  resource: directoryRoleResource,
  after: inOrder(call.tenant.roles.active),
  expand: (object) =>
    call.tenant.roles.active.filter(({ id }) => id === object.id).flatMap((role) => holdersOf(call.tenant, role)),
});

export const roleRoutes: Routes = {
  'GET /directoryRoles': (call) => list(call, directoryRoles(call)),
  'GET /directoryRoles/{role}': (call) => one(call, 'directoryRoles', roleOf(call), directoryRoles(call)),
  'GET /directoryRoles/{role}/members/{cast?}': (call) =>
    related(call, inOrder(holdersOf(call.tenant, roleOf(call))), call.params['cast']),
  'GET /roleManagement/directory/roleDefinitions': (call) => list(call, definitions(call)),
  'GET /roleManagement/directory/roleDefinitions/{id}': byId(definitions),
  'GET /roleManagement/directory/roleAssignments': (call) => list(call, assignments(call)),
  'GET /roleManagement/directory/roleAssignments/{id}': byId(assignments),
  'GET /roleManagement/directory/roleAssignmentSchedules': (call) => list(call, activeSchedules(call)),
  'GET /roleManagement/directory/roleAssignmentSchedules/{id}': byId(activeSchedules),
  'GET /roleManagement/directory/roleEligibilitySchedules': (call) => list(call, schedules(call)),
  'GET /roleManagement/directory/roleEligibilitySchedules/{id}': byId(schedules),
};
