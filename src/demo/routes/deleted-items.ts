import { auditTarget, isObject, noContent, recordChange } from '../change.ts';
import type { DirectoryObject } from '../directory-object.ts';
import { directoryObjectResource } from '../entities.ts';
import { badRequest, GraphFault, notFound } from '../errors.ts';
import { groupResource } from '../groups/group-resource.ts';
import { Group } from '../groups/groups.ts';
import { list } from '../listing.ts';
import { Person } from '../people/people.ts';
import { userResource } from '../people/user-resource.ts';
import { inOrder, one } from '../reading.ts';
import type { Answer } from '../request.ts';
import { type Call, param, type Routes } from '../router.ts';
import { checkAddress } from './user-values.ts';

function deletedOf(call: Call): Person | Group {
  const id = param(call, 'id');
  const found = call.tenant.people.deletedById(id) ?? call.tenant.groups.deletedById(id);
  if (found === undefined) throw notFound(id);
  return found;
}

const answerOne = (call: Call, object: DirectoryObject): Answer =>
  one(call, 'directoryObjects', object, { resource: directoryObjectResource, mixed: true });

function restore(call: Call): Answer {
  const found = deletedOf(call);
  const { body } = call.request;
  if (found instanceof Person) {
    const wanted = isObject(body) ? body['newUserPrincipalName'] : undefined;
    const userPrincipalName = typeof wanted === 'string' ? wanted : found.text('userPrincipalName');
    if (typeof wanted === 'string') checkAddress(call.tenant, wanted, found);
    else if (call.tenant.people.byUserPrincipalName(userPrincipalName) !== undefined) {
      throw badRequest('Another object with the same value for property userPrincipalName already exists.', [
        { code: 'ObjectConflict', target: 'userPrincipalName' },
      ]);
    }
    call.tenant.people.restore(found, userPrincipalName);
    recordChange(call, {
      activityDisplayName: 'Restore user',
      category: 'UserManagement',
      operationType: 'Add',
      targets: [auditTarget(found)],
    });
  } else {
    call.tenant.groups.restore(found);
    recordChange(call, {
      activityDisplayName: 'Restore Group',
      category: 'GroupManagement',
      operationType: 'Add',
      targets: [auditTarget(found)],
    });
  }
  return answerOne(call, found);
}

function purge(call: Call): Answer {
  const found = deletedOf(call);
  // An app alone cannot delete a group for good (GRAPH.md B16).
  if (found instanceof Group)
    throw new GraphFault(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.');
  const target = auditTarget(found);
  call.tenant.people.purge(found);
  call.tenant.groups.forget(found.id);
  call.tenant.roles.forget(found.id);
  recordChange(call, {
    activityDisplayName: 'Hard Delete user',
    category: 'UserManagement',
    operationType: 'Delete',
    targets: [target],
  });
  return noContent;
}

export const deletedItemRoutes: Routes = {
  'GET /directory/deletedItems/microsoft.graph.user': (call) =>
    list(call, { context: 'users', resource: userResource, after: inOrder(call.tenant.people.deleted()) }),
  'GET /directory/deletedItems/microsoft.graph.group': (call) =>
    list(call, { context: 'groups', resource: groupResource, after: inOrder(call.tenant.groups.deleted()) }),
  'GET /directory/deletedItems/{id}': (call) => answerOne(call, deletedOf(call)),
  'POST /directory/deletedItems/{id}/restore': restore,
  'DELETE /directory/deletedItems/{id}': purge,
};
