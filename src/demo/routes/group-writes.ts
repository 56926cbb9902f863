import { z } from 'zod';
import { auditTarget, bodyOf, noContent, recordChange } from '../change.ts';
import type { DirectoryObject } from '../directory-object.ts';
import { badRequest, GraphFault, invalidValue, notFound, synced } from '../errors.ts';
import { groupResource, writableGroupProperties } from '../groups/group-resource.ts';
import { Group } from '../groups/groups.ts';
import { parseMembershipRule } from '../groups/membership-rule.ts';
import { contextOf } from '../listing.ts';
import { canonicalProperty, render } from '../odata/resource.ts';
import { directoryTime } from '../people/generated.ts';
import { Person } from '../people/people.ts';
import type { Answer } from '../request.ts';
import { type Call, param, type Routes } from '../router.ts';
import { addMembers, candidate, checkManual } from './group-members.ts';
import { groupOf } from './groups.ts';
import { deleteUser } from './user-writes.ts';

const mostLinks = 20;
const schemas: Readonly<Record<string, z.ZodType>> = {
  displayName: z.string().min(1).max(256),
  description: z.string().max(1024).nullable(),
  mailNickname: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[^\s@()\\[\]";:<>,]+$/),
  mailEnabled: z.boolean(),
  securityEnabled: z.boolean(),
  isAssignableToRole: z.boolean().nullable(),
  groupTypes: z.array(z.enum(['Unified', 'DynamicMembership'])),
  visibility: z.enum(['Private', 'Public', 'HiddenMembership']).nullable(),
  membershipRule: z.string().max(3072).nullable(),
  membershipRuleProcessingState: z.enum(['On', 'Paused']).nullable(),
};

const missing = (name: string): GraphFault =>
  badRequest(`A value is required for property '${name}' of resource 'Group'.`, [
    { code: 'MissingValue', target: name },
  ]);

/** The properties of a POST or PATCH, apart from links. Throws Request_BadRequest as Graph does. */
function checkValues(body: Readonly<Record<string, unknown>>, allowed: readonly string[]): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(body)) {
    if (key === '@odata.type' || key === 'members@odata.bind' || key === 'owners@odata.bind') continue;
    const name = canonicalProperty(groupResource, key);
    if (name === undefined)
      throw badRequest(
        `One or more properties are invalid: the property '${key}' does not exist on type 'microsoft.graph.group'.`,
      );
    if (!allowed.includes(name)) throw badRequest(`Property '${name}' is read-only and cannot be set.`);
    const schema = schemas[name] ?? z.string().nullable();
    if (!schema.safeParse(value).success) throw invalidValue(name, 'Group');
    values[name] = value;
  }
  if (typeof values['membershipRule'] === 'string') parseMembershipRule(values['membershipRule']);
  return values;
}

function links(body: Readonly<Record<string, unknown>>, name: string): unknown[] {
  const value = body[name] ?? [];
  if (!Array.isArray(value)) throw invalidValue(name, 'Group');
  return value;
}

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
  const members = links(body, 'members@odata.bind').map((link) => candidate(call, group, link));
  const owners = links(body, 'owners@odata.bind').map((link) => ownerOf(call, link));
  if (members.length + owners.length > mostLinks)
    throw badRequest(`The request can hold at most ${mostLinks} relationships.`);
  tenant.groups.put(group);
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

function ownerOf(call: Call, link: unknown): DirectoryObject {
  const id = typeof link === 'string' ? (link.split('/').at(-1) ?? '') : '';
  const owner = call.tenant.find(id);
  if (owner === undefined) throw notFound(id);
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

/** Which combinations of group properties exist. */
function checkShape(group: Group): void {
  const rule = group.get('membershipRule');
  if (group.isDynamic !== (typeof rule === 'string')) throw invalidValue('membershipRule', 'Group');
  if (group.isUnified && group.get('mailEnabled') !== true) throw invalidValue('mailEnabled', 'Group');
  if (group.isExchangeManaged)
    throw badRequest(
      'The service does not currently support writes of mail-enabled groups. Please ensure that the mail-enablement property is unset and the security-enablement property is set.',
    );
  if (!group.isUnified && group.get('securityEnabled') !== true) throw invalidValue('securityEnabled', 'Group');
  if (group.get('isAssignableToRole') === true && (group.isDynamic || group.get('securityEnabled') !== true)) {
    throw invalidValue('isAssignableToRole', 'Group');
  }
}

function update(call: Call): Answer {
  const group = groupOf(call);
  const body = bodyOf(call);
  const values = checkValues(body, writableGroupProperties);
  const bound = links(body, 'members@odata.bind');
  if (bound.length > mostLinks) throw badRequest(`The request can hold at most ${mostLinks} relationships.`);
  if (group.isSynced && Object.keys(values).length > 0) throw synced();
  if (group.isExchangeManaged)
    throw badRequest('Cannot Update a mail-enabled security groups and or distribution list.');
  if (bound.length > 0) checkManual(group);
  const members = bound.map((link) => candidate(call, group, link));
  if (new Set(members.map(({ id }) => id)).size !== members.length)
    throw badRequest('The request names the same member twice.');
  addMembers(call, group, members);
  if (Object.keys(values).length > 0) {
    const target = auditTarget(group, values);
    Object.assign(group.values, values);
    recordChange(call, {
      activityDisplayName: 'Update group',
      category: 'GroupManagement',
      operationType: 'Update',
      targets: [target],
    });
  }
  return noContent;
}

/** Deletes a group; only an M365 group can come back. */
function deleteGroup(call: Call, group: Group): Answer {
  if (group.isSynced) throw synced();
  if (group.isExchangeManaged)
    throw badRequest('Cannot Delete a mail-enabled security groups and or distribution list.');
  const target = auditTarget(group);
  call.tenant.groups.remove(group, call.tenant.now());
  if (!group.isUnified) {
    call.tenant.groups.forget(group.id);
    call.tenant.roles.forget(group.id);
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
  throw new GraphFault(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.');
}

export const groupWrites: Routes = {
  'POST /groups': create,
  'PATCH /groups/{group}': update,
  'DELETE /groups/{group}/members/{member}': deleteMemberObject,
  'DELETE /groups/{group}': (call) => deleteGroup(call, groupOf(call)),
};
