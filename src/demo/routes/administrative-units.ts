import { z } from 'zod';
import { type AdministrativeUnit, administrativeUnitResource, isRestricted } from '../administrative-units.ts';
import { auditTarget, bodyOf, linkedId, noContent, recordChange } from '../change.ts';
import { Device } from '../devices.ts';
import { type DirectoryObject, Row } from '../directory-object.ts';
import { alreadyReferenced, badRequest, invalidValue, notFound } from '../errors.ts';
import { Group } from '../groups/groups.ts';
import { contextOf, type Listing, list } from '../listing.ts';
import { render } from '../odata/resource.ts';
import { inOrder, one, related } from '../reading.ts';
import type { Answer } from '../request.ts';
import { scopedRoleMembershipResource } from '../role-resources.ts';
import { scopeOf } from '../roles.ts';
import { type Call, param, type Routes } from '../router.ts';
import type { Tenant } from '../tenant.ts';
import { recordRole } from './role-writes.ts';
import { userOf } from './users.ts';

function unitOf(call: Call): AdministrativeUnit {
  const unit = call.tenant.units.find(param(call, 'unit'));
  if (unit === undefined) throw notFound(param(call, 'unit'));
  return unit;
}

const membersOf = (tenant: Tenant, { members }: AdministrativeUnit): DirectoryObject[] =>
  [...members].flatMap((id) => tenant.find(id) ?? []);

const units = ({ tenant }: Call): Listing => ({
  context: 'directory/administrativeUnits',
  resource: administrativeUnitResource,
  after: inOrder(tenant.units.all.map(({ row }) => row)),
  expand: (object) => {
    const unit = tenant.units.find(object.id);
    return unit === undefined ? [] : membersOf(tenant, unit);
  },
});

function addMember(call: Call): Answer {
  const unit = unitOf(call);
  const id = linkedId(bodyOf(call)['@odata.id']);
  const object = call.tenant.find(id);
  if (object === undefined) throw notFound(id);
  if (object.kind !== 'user' && object.kind !== 'group' && object.kind !== 'device')
    throw badRequest('Unable to add the specified object to the administrative unit: unsupported member type.');
  if (unit.members.has(object.id)) throw alreadyReferenced('members');
  unit.members.add(object.id);
  markRestricted(call.tenant, object);
  record(call, 'Add member to administrative unit', object, unit);
  return noContent;
}

function removeMember(call: Call): Answer {
  const unit = unitOf(call);
  const object = call.tenant.find(param(call, 'member'));
  if (object === undefined || !unit.members.delete(object.id)) throw notFound(param(call, 'member'));
  markRestricted(call.tenant, object);
  record(call, 'Remove member from administrative unit', object, unit);
  return noContent;
}

/** Groups and devices keep whether their management is restricted; of people it is computed. */
function markRestricted(tenant: Tenant, object: DirectoryObject): void {
  const isManagementRestricted = tenant.units.holding(object).some(isRestricted) ? true : null;
  if (object instanceof Group) object.values['isManagementRestricted'] = isManagementRestricted;
  if (object instanceof Device) tenant.devices.change(object, { isManagementRestricted });
}

const record = (call: Call, activityDisplayName: string, object: DirectoryObject, { row }: AdministrativeUnit): void =>
  recordChange(call, {
    activityDisplayName,
    category: 'AdministrativeUnit',
    operationType: activityDisplayName.startsWith('Add') ? 'Assign' : 'Unassign',
    targets: [auditTarget(object), auditTarget(row)],
  });

/** An assignment in a unit, in the older form. */
function membershipOf(tenant: Tenant, assignment: Row): Row {
  const principalId = String(assignment.get('principalId'));
  const displayName = tenant.find(principalId)?.get('displayName') ?? null;
  return new Row('record', assignment.id, assignment.ordinal, {
    administrativeUnitId: String(assignment.get('directoryScopeId')).split('/').at(-1),
    roleId: tenant.roles.roleOf(assignment.get('roleDefinitionId'))?.id,
    roleMemberInfo: { id: principalId, displayName },
  });
}

const memberships = (call: Call, context: string, rows: readonly Row[]): Listing => ({
  context,
  resource: scopedRoleMembershipResource,
  after: inOrder(rows.map((row) => membershipOf(call.tenant, row))),
});

const ofUnit = (call: Call): Listing => {
  const { row } = unitOf(call);
  return memberships(
    call,
    `directory/administrativeUnits('${row.id}')/scopedRoleMembers`,
    call.tenant.roles.scopedTo(row.id),
  );
};

function scopedRowOf(call: Call): Row {
  const row = call.tenant.roles.scopedTo(unitOf(call).row.id).find(({ id }) => id === param(call, 'membership'));
  if (row === undefined) throw notFound(param(call, 'membership'));
  return row;
}

const membership = z.object({ roleId: z.string(), roleMemberInfo: z.object({ id: z.guid() }) });

function addScopedMember(call: Call): Answer {
  const unit = unitOf(call);
  const parsed = membership.safeParse(bodyOf(call));
  if (!parsed.success) throw invalidValue('roleMemberInfo', 'ScopedRoleMembership');
  const { roleId, roleMemberInfo } = parsed.data;
  const role = call.tenant.roles.find(roleId);
  if (role === undefined) throw notFound(roleId);
  if (call.tenant.find(roleMemberInfo.id) === undefined) throw notFound(roleMemberInfo.id);
  const grant = {
    principalId: roleMemberInfo.id.toLowerCase(),
    roleDefinitionId: String(role.get('roleTemplateId')),
    directoryScopeId: scopeOf(unit.row.id),
  };
  if (call.tenant.roles.granted('assigned', grant) !== undefined) throw alreadyReferenced('scopedRoleMembers');
  const row = call.tenant.roles.grant('assigned', grant, call.tenant.now());
  recordRole(call, row, true);
  const context = contextOf(call, `directory/administrativeUnits('${unit.row.id}')/scopedRoleMembers`, undefined, true);
  const body = render(membershipOf(call.tenant, row), scopedRoleMembershipResource);
  return { status: 201, body: { '@odata.context': context, ...body } };
}

function removeScopedMember(call: Call): Answer {
  const row = scopedRowOf(call);
  call.tenant.roles.revoke('assigned', row);
  recordRole(call, row, false);
  return noContent;
}

const base = '/directory/administrativeUnits';

export const administrativeUnitRoutes: Routes = {
  [`GET ${base}`]: (call) => list(call, units(call)),
  [`GET ${base}/{unit}`]: (call) => one(call, 'directory/administrativeUnits', unitOf(call).row, units(call)),
  [`GET ${base}/{unit}/members`]: (call) => related(call, inOrder(membersOf(call.tenant, unitOf(call))), undefined),
  [`POST ${base}/{unit}/members/$ref`]: addMember,
  [`DELETE ${base}/{unit}/members/{member}/$ref`]: removeMember,
  [`GET ${base}/{unit}/scopedRoleMembers`]: (call) => list(call, ofUnit(call)),
  [`GET ${base}/{unit}/scopedRoleMembers/{membership}`]: (call) => {
    const { context, ...listing } = ofUnit(call);
    return one(call, context, membershipOf(call.tenant, scopedRowOf(call)), listing);
  },
  [`POST ${base}/{unit}/scopedRoleMembers`]: addScopedMember,
  [`DELETE ${base}/{unit}/scopedRoleMembers/{membership}`]: removeScopedMember,
  'GET /users/{user}/scopedRoleMemberOf': (call) => {
    const person = userOf(call);
    const scoped = call.tenant.roles.assignments.filter(
      (row) => row.get('principalId') === person.id && row.get('directoryScopeId') !== '/',
    );
    return list(call, memberships(call, `users('${person.id}')/scopedRoleMemberOf`, scoped));
  },
};
