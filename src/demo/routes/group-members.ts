import { auditTarget, bodyOf, linkedId, noContent, recordChange } from '../change.ts';
import { noteMembers } from '../delta/watch.ts';
import type { DirectoryObject } from '../directory-object.ts';
import { alreadyReferenced, badRequest, notFound, synced } from '../errors.ts';
import { Group } from '../groups/groups.ts';
import { roleGroupWriters } from '../permissions.ts';
import type { Answer } from '../request.ts';
import { type Call, param, type Routes } from '../router.ts';
import { groupOf } from './groups.ts';

/** Throws where the app may not change who is in a role-assignable group, or owns it (GRAPH.md K4). */
function checkRights({ tenant }: Call, group: Group): void {
  if (group.get('isAssignableToRole') === true) tenant.authority.require(roleGroupWriters);
}

/** Throws where a group's members are not changed by hand (GRAPH.md K4). */
export function checkManual(group: Group): void {
  if (group.isSynced) throw synced();
  if (group.isDynamic)
    throw badRequest(
      'Insufficient privileges to complete the operation: the members of a group with dynamic membership cannot be changed.',
    );
  checkExchange(group);
}

function checkExchange(group: Group): void {
  if (group.isExchangeManaged)
    throw badRequest('Cannot Update a mail-enabled security groups and or distribution list.');
}

/** The object behind a link, fit to be a member of the group. */
export function candidate(call: Call, group: Group, link: unknown): DirectoryObject {
  const id = linkedId(link);
  const object = call.tenant.find(id);
  if (object === undefined) throw notFound(id);
  const fits = {
    user: true,
    device: !group.isUnified,
    servicePrincipal: true,
    group:
      !group.isUnified &&
      group.get('isAssignableToRole') !== true &&
      object.id !== group.id &&
      !(object instanceof Group && object.isUnified),
  };
  const allowed = Object.entries(fits).some(([kind, fit]) => kind === object.kind && fit);
  if (!allowed)
    throw badRequest(`Unable to add the specified object as a member of the group: unsupported member type.`);
  return object;
}

/** Puts objects into a group and writes it down. Nothing happens unless all are new. */
export function addMembers(call: Call, group: Group, objects: readonly DirectoryObject[]): void {
  if (objects.some((object) => group.has(object))) throw alreadyReferenced('members');
  for (const object of objects) {
    group.add(object);
    noteMembers(call.tenant.feed, group, [{ object, removed: false }]);
    recordChange(call, {
      activityDisplayName: 'Add member to group',
      category: 'GroupManagement',
      operationType: 'Assign',
      targets: [auditTarget(object), auditTarget(group)],
    });
  }
}

function addMember(call: Call): Answer {
  const group = groupOf(call);
  checkRights(call, group);
  checkManual(group);
  addMembers(call, group, [candidate(call, group, bodyOf(call)['@odata.id'])]);
  return noContent;
}

function removeMember(call: Call): Answer {
  const group = groupOf(call);
  checkRights(call, group);
  checkManual(group);
  const object = call.tenant.find(param(call, 'member'));
  if (object === undefined || !group.has(object)) throw notFound(param(call, 'member'));
  takeOut(call, group, object);
  return noContent;
}

/** Takes a member out of a group and writes it down. */
export function takeOut(call: Call, group: Group, object: DirectoryObject): void {
  group.remove(object);
  noteMembers(call.tenant.feed, group, [{ object, removed: true }]);
  recordChange(call, {
    activityDisplayName: 'Remove member from group',
    category: 'GroupManagement',
    operationType: 'Unassign',
    targets: [auditTarget(object), auditTarget(group)],
  });
}

function addOwner(call: Call): Answer {
  const group = groupOf(call);
  checkRights(call, group);
  if (group.isSynced) throw synced();
  checkExchange(group);
  const id = linkedId(bodyOf(call)['@odata.id']);
  const owner = call.tenant.find(id);
  if (owner === undefined) throw notFound(id);
  if (owner.kind !== 'user' && owner.kind !== 'servicePrincipal')
    throw badRequest('The specified object cannot own a group.');
  if (group.owners.has(owner.id)) throw alreadyReferenced('owners');
  group.owners.add(owner.id);
  recordChange(call, {
    activityDisplayName: 'Add owner to group',
    category: 'GroupManagement',
    operationType: 'Assign',
    targets: [auditTarget(owner), auditTarget(group)],
  });
  return noContent;
}

function removeOwner(call: Call): Answer {
  const group = groupOf(call);
  checkRights(call, group);
  if (group.isSynced) throw synced();
  checkExchange(group);
  const owner = call.tenant.find(param(call, 'owner'));
  if (owner === undefined || !group.owners.has(owner.id)) throw notFound(param(call, 'owner'));
  const users = [...group.owners].filter((id) => call.tenant.people.byId(id) !== undefined);
  // A service principal that stays behind does not count as an owner (GRAPH.md D6).
  if (owner.kind === 'user' && users.length === 1) {
    throw badRequest('The group must have at least one owner, hence this owner cannot be removed.');
  }
  group.owners.delete(owner.id);
  recordChange(call, {
    activityDisplayName: 'Remove owner from group',
    category: 'GroupManagement',
    operationType: 'Unassign',
    targets: [auditTarget(owner), auditTarget(group)],
  });
  return noContent;
}

export const groupMemberWrites: Routes = {
  'POST /groups/{group}/members/$ref': addMember,
  'DELETE /groups/{group}/members/{member}/$ref': removeMember,
  'POST /groups/{group}/owners/$ref': addOwner,
  'DELETE /groups/{group}/owners/{owner}/$ref': removeOwner,
};
