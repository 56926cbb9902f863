import { denied } from '../authority.ts';
import { auditTarget, bodyOf, linkedId, noContent, recordChange } from '../change.ts';
import { noteLicenses, noteMembers } from '../delta/watch.ts';
import type { DirectoryObject } from '../directory-object.ts';
import { badRequest, invalidValue, notFound, synced } from '../errors.ts';
import { groupResource, writableGroupProperties } from '../groups/group-resource.ts';
import { Group } from '../groups/groups.ts';
import { contextOf } from '../listing.ts';
import { render } from '../odata/resource.ts';
import { directoryTime } from '../people/generated.ts';
import { Person } from '../people/person.ts';
import { groupPropertyWriters, roleGroupWriters } from '../permissions.ts';
import type { Answer } from '../request.ts';
import { type Call, param, type Routes } from '../router.ts';
import { addMembers, candidate, checkManual } from './group-members.ts';
import { checkNames, checkShape, checkValues, links, missing } from './group-values.ts';
import { groupOf } from './groups.ts';
import { deleteUser } from './user-writes.ts';

const mostLinks = 20;

function create(call: Call): Answer {
  const { tenant } = call;
  const body = bodyOf(call);
  const values = checkValues(body, [
    ...writableGroupProperties,
    'groupTypes',
    'isAssignableToRole',
    'mailEnabled',
    'securityEnabled',
  ]);
  for (const name of ['displayName', 'mailEnabled', 'mailNickname', 'securityEnabled']) {
    if (values[name] === undefined) throw missing(name);
  }
  const { id, ordinal } = tenant.next();
  const group = new Group(id, ordinal, { ...defaultsOf(call, values), ...values });
  checkShape(group);
  checkNames(tenant, group);
  if (group.get('isAssignableToRole') === true) tenant.authority.require(roleGroupWriters);
  const members = links(body, 'members@odata.bind').map((link) => candidate(call, group, link));
  const owners = links(body, 'owners@odata.bind').map((link) => ownerOf(call, link));
  if (members.length + owners.length > mostLinks)
    throw badRequest(`The request can hold at most ${mostLinks} relationships.`);
  if (hasTwice(members) || hasTwice(owners)) throw badRequest('The request names the same object twice.');
  tenant.groups.create(group);
  tenant.feed.note('group', group, undefined);
  recordChange(call, {
    activityDisplayName: 'Add group',
    category: 'GroupManagement',
    operationType: 'Add',
    targets: [auditTarget(group)],
  });
  for (const owner of owners) group.owners.add(owner.id);
  addMembers(call, group, members);
  return {
    status: 201,
    headers: { location: `${call.request.root}/v1.0/groups('${group.id}')` },
    body: { '@odata.context': contextOf(call, 'groups', undefined, true), ...render(group, groupResource) },
  };
}

const hasTwice = (objects: readonly DirectoryObject[]): boolean =>
  new Set(objects.map(({ id }) => id)).size !== objects.length;

/** Only people and applications own groups. */
function ownerOf(call: Call, link: unknown): DirectoryObject {
  const id = linkedId(link);
  const owner = call.tenant.find(id);
  if (owner === undefined) throw notFound(id);
  if (owner.kind !== 'user' && owner.kind !== 'servicePrincipal')
    throw badRequest('The specified object cannot own a group.');
  return owner;
}

function defaultsOf(call: Call, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const createdDateTime = directoryTime(call.tenant.now());
  const unified = Array.isArray(values['groupTypes']) && values['groupTypes'].includes('Unified');
  const mail = `${String(values['mailNickname'])}@${call.tenant.domains.main}`;
  return {
    createdDateTime,
    renewedDateTime: createdDateTime,
    groupTypes: [],
    isAssignableToRole: null,
    ...(unified ? { mail, proxyAddresses: [`SMTP:${mail}`], visibility: 'Public' } : {}),
  };
}

function update(call: Call): Answer {
  const group = groupOf(call);
  const body = bodyOf(call);
  const values = checkValues(body, [...writableGroupProperties, 'groupTypes']);
  checkRights(call, group, Object.keys(values).length > 0);
  const bound = links(body, 'members@odata.bind');
  if (bound.length > mostLinks) throw badRequest(`The request can hold at most ${mostLinks} relationships.`);
  if (group.isSynced && Object.keys(values).length > 0) throw synced();
  if (group.isExchangeManaged)
    throw badRequest('Cannot Update a mail-enabled security groups and or distribution list.');
  if (Object.keys(values).length > 0) checkChange(call, group, values);
  if (bound.length > 0) checkManual(group);
  const members = bound.map((link) => candidate(call, group, link));
  if (hasTwice(members)) throw badRequest('The request names the same object twice.');
  addMembers(call, group, members);
  if (Object.keys(values).length > 0) {
    const target = auditTarget(group, values);
    // Another rule makes other members.
    const isRuled = 'membershipRule' in values || 'groupTypes' in values;
    const before = isRuled ? membersOf(call, group) : [];
    Object.assign(group.values, values);
    const after = isRuled ? membersOf(call, group) : [];
    noteMembers(
      call.tenant.feed,
      group,
      [...left(before, after, true), ...left(after, before, false)],
      Object.keys(values),
    );
    recordChange(call, {
      activityDisplayName: 'Update group',
      category: 'GroupManagement',
      operationType: 'Update',
      targets: [target],
    });
  }
  return noContent;
}

const membersOf = ({ tenant }: Call, group: Group): DirectoryObject[] => [
  ...tenant.groups.membersAfter([group], -1, (id) => tenant.find(id)),
];

function left(before: readonly DirectoryObject[], after: readonly DirectoryObject[], removed: boolean) {
  const ids = new Set(after.map(({ id }) => id));
  return before.filter(({ id }) => !ids.has(id)).map((object) => ({ object, removed }));
}

/** Members may be added with less than what properties need; role-assignable groups need more for both. */
function checkRights({ tenant }: Call, group: Group, properties: boolean): void {
  if (properties) tenant.authority.require(groupPropertyWriters);
  if (group.get('isAssignableToRole') === true) tenant.authority.require(roleGroupWriters);
}

/** A group of members can become dynamic and back; what it is otherwise stays. */
function checkChange({ tenant }: Call, group: Group, values: Readonly<Record<string, unknown>>): void {
  const changed = new Group(group.id, group.ordinal, { ...group.values, ...values });
  if (changed.isUnified !== group.isUnified) throw invalidValue('groupTypes', 'Group');
  const [before, after] = [group.get('visibility'), changed.get('visibility')];
  if (before !== after && [before, after].includes('HiddenMembership')) throw invalidValue('visibility', 'Group');
  checkShape(changed);
  if ('mailNickname' in values || 'uniqueName' in values) checkNames(tenant, changed);
}

/** Deletes a group; only an M365 group can come back. */
function deleteGroup(call: Call, group: Group): Answer {
  checkRights(call, group, true);
  if (group.isSynced) throw synced();
  if (group.isExchangeManaged)
    throw badRequest('Cannot Delete a mail-enabled security groups and or distribution list.');
  const target = auditTarget(group);
  noteLicenses(call.tenant.feed, group, membersOf(call, group));
  call.tenant.groups.remove(group, call.tenant.now());
  call.tenant.feed.note('group', group, undefined);
  if (!group.isUnified) {
    call.tenant.forget(group.id);
  }
  recordChange(call, {
    activityDisplayName: 'Delete group',
    category: 'GroupManagement',
    operationType: 'Delete',
    targets: [target],
  });
  return noContent;
}

/** DELETE on a member without `/$ref`: Graph deletes the object itself (GRAPH.md D5). */
function deleteMemberObject(call: Call): Answer {
  const group = groupOf(call);
  const object = call.tenant.find(param(call, 'member'));
  if (object === undefined || !group.has(object)) throw notFound(param(call, 'member'));
  if (object instanceof Person) return deleteUser(call, object);
  if (object instanceof Group) return deleteGroup(call, object);
  if (object.kind === 'device') {
    call.tenant.devices.remove(object.id);
    recordChange(call, {
      activityDisplayName: 'Delete device',
      category: 'DeviceManagement',
      operationType: 'Delete',
      targets: [auditTarget(object)],
    });
    return noContent;
  }
  throw denied();
}

export const groupWrites: Routes = {
  'POST /groups': create,
  'PATCH /groups/{group}': update,
  'DELETE /groups/{group}/members/{member}': deleteMemberObject,
  'DELETE /groups/{group}': (call) => deleteGroup(call, groupOf(call)),
};
