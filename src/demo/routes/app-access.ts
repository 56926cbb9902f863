import { z } from 'zod';
import { offers } from '../app-access.ts';
import { appRoleAssignmentResource, permissionGrantResource } from '../app-resources.ts';
import { auditTarget, bodyOf, noContent, recordChange } from '../change.ts';
import type { DirectoryObject, Row } from '../directory-object.ts';
import { badRequest, GraphFault, invalidValue, notFound } from '../errors.ts';
import { contextOf, type Listing, list } from '../listing.ts';
import { render } from '../odata/resource.ts';
import { inOrder, one } from '../reading.ts';
import type { Answer } from '../request.ts';
import { type Call, param, type Routes } from '../router.ts';
import { groupOf } from './groups.ts';
import { userOf } from './users.ts';

const assignments = (context: string, rows: readonly Row[]): Listing => ({
  context,
  resource: appRoleAssignmentResource,
  after: inOrder(rows),
});

const assignment = z.object({ principalId: z.guid(), resourceId: z.guid(), appRoleId: z.guid() });

function assign(call: Call): Answer {
  const person = userOf(call);
  const parsed = assignment.safeParse(bodyOf(call));
  if (!parsed.success) throw invalidValue(parsed.error.issues[0]?.path.join('/') ?? 'body', 'AppRoleAssignment');
  const { principalId, resourceId, appRoleId } = parsed.data;
  if (principalId.toLowerCase() !== person.id) throw invalidValue('principalId', 'AppRoleAssignment');
  const resource = call.tenant.apps.servicePrincipal(resourceId);
  if (resource === undefined) throw notFound(resourceId);
  if (!offers(resource, appRoleId)) throw badRequest('Permission being assigned was not found on application');
  const held = call.tenant.appAccess
    .assignmentsOf(person)
    .some((row) => row.get('resourceId') === resource.id && row.get('appRoleId') === appRoleId);
  if (held) {
    const message = 'Permission being assigned already exists on the object';
    throw badRequest(message, [{ code: 'InvalidUpdate', message }]);
  }
  const { id } = call.tenant.nextRecord();
  const row = call.tenant.appAccess.assign(person, resource, appRoleId, id, call.tenant.now());
  record(call, 'Add app role assignment grant to user', [person, resource]);
  const context = contextOf(call, `users('${person.id}')/appRoleAssignments`, undefined, true);
  return { status: 201, body: { '@odata.context': context, ...render(row, appRoleAssignmentResource) } };
}

/** One that a group brings is listed, and not found here. [GRAPH.md D8] */
function unassign(call: Call): Answer {
  const person = userOf(call);
  const row = call.tenant.appAccess.assignmentsOf(person).find(({ id }) => id === param(call, 'assignment'));
  if (row === undefined) throw notFound(param(call, 'assignment'));
  call.tenant.appAccess.unassign(person, row);
  const resource = call.tenant.apps.servicePrincipal(String(row.get('resourceId')));
  record(call, 'Remove app role assignment from user', [person, ...(resource === undefined ? [] : [resource])]);
  return noContent;
}

const record = (call: Call, activityDisplayName: string, objects: readonly DirectoryObject[]): void =>
  recordChange(call, {
    activityDisplayName,
    category: 'ApplicationManagement',
    operationType: activityDisplayName.startsWith('Add') ? 'Assign' : 'Unassign',
    targets: objects.map((object) => auditTarget(object)),
  });

/** Consents of everyone; those of one person are found without going through all. */
function consents({ tenant, query }: Call): Listing {
  const [, id] = /\bprincipalId eq '([0-9a-f-]{36})'/i.exec(query.filter ?? '') ?? [];
  const principal = id === undefined ? undefined : tenant.people.byId(id);
  const context = 'oauth2PermissionGrants';
  const after = (ordinal: number) => tenant.appAccess.consentsAfter(ordinal, principal);
  return { context, resource: permissionGrantResource, after };
}

function consentOf(call: Call): Row {
  const row = call.tenant.appAccess.consent(param(call, 'grant'));
  if (row === undefined) throw notFound(param(call, 'grant'));
  return row;
}

const consent = z.object({
  clientId: z.guid(),
  consentType: z.enum(['AllPrincipals', 'Principal']),
  principalId: z.guid().nullish(),
  resourceId: z.guid(),
  scope: z.string(),
});

function consentTo(call: Call): Answer {
  const parsed = consent.safeParse(bodyOf(call));
  if (!parsed.success) throw invalidValue(parsed.error.issues[0]?.path.join('/') ?? 'body', 'OAuth2PermissionGrant');
  const { clientId, consentType, resourceId, scope } = parsed.data;
  const principalId = parsed.data.principalId?.toLowerCase() ?? null;
  if ((principalId === null) !== (consentType === 'AllPrincipals'))
    throw invalidValue('principalId', 'OAuth2PermissionGrant');
  const { apps, people, appAccess } = call.tenant;
  for (const id of [clientId, resourceId]) if (apps.servicePrincipal(id) === undefined) throw notFound(id);
  const person = principalId === null ? undefined : people.byId(principalId);
  if (principalId !== null && person === undefined) throw notFound(principalId);
  const before = person === undefined ? appAccess.forEveryone : appAccess.consentsOf(person);
  if (before.some((row) => row.get('clientId') === clientId && row.get('resourceId') === resourceId)) {
    throw new GraphFault(409, 'Request_MultipleObjectsWithSameKeyValue', 'Permission entry already exists.');
  }
  const row = appAccess.addConsent({ clientId, consentType, principalId, resourceId, scope });
  record(call, 'Add delegated permission grant', person === undefined ? [row] : [person, row]);
  const context = contextOf(call, 'oauth2PermissionGrants', undefined, true);
  return { status: 201, body: { '@odata.context': context, ...render(row, permissionGrantResource) } };
}

function revokeConsent(call: Call): Answer {
  const row = consentOf(call);
  const person = call.tenant.people.byId(String(row.get('principalId')));
  call.tenant.appAccess.removeConsent(row);
  record(call, 'Remove delegated permission grant', person === undefined ? [row] : [person, row]);
  return noContent;
}

export const appAccessRoutes: Routes = {
  'GET /users/{user}/appRoleAssignments': (call) => {
    const person = userOf(call);
    return list(call, assignments(`users('${person.id}')/appRoleAssignments`, call.tenant.appAccess.listedFor(person)));
  },
  'GET /users/{user}/appRoleAssignments/{assignment}': (call) => {
    const person = userOf(call);
    const row = call.tenant.appAccess.listedFor(person).find(({ id }) => id === param(call, 'assignment'));
    if (row === undefined) throw notFound(param(call, 'assignment'));
    return one(call, `users('${person.id}')/appRoleAssignments`, row, { resource: appRoleAssignmentResource });
  },
  'POST /users/{user}/appRoleAssignments': assign,
  'DELETE /users/{user}/appRoleAssignments/{assignment}': unassign,
  'GET /groups/{group}/appRoleAssignments': (call) => {
    const group = groupOf(call);
    const rows = call.tenant.appAccess.assignmentsOf(group);
    return list(call, assignments(`groups('${group.id}')/appRoleAssignments`, rows));
  },
  'GET /users/{user}/oauth2PermissionGrants': (call) => {
    const rows = call.tenant.appAccess.consentsOf(userOf(call));
    return list(call, { context: 'oauth2PermissionGrants', resource: permissionGrantResource, after: inOrder(rows) });
  },
  'GET /oauth2PermissionGrants': (call) => list(call, consents(call)),
  'GET /oauth2PermissionGrants/{grant}': (call) =>
    one(call, 'oauth2PermissionGrants', consentOf(call), { resource: permissionGrantResource }),
  'POST /oauth2PermissionGrants': consentTo,
  'DELETE /oauth2PermissionGrants/{grant}': revokeConsent,
};
