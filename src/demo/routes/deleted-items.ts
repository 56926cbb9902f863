import { denied } from '../authority.ts';
import { auditTarget, isObject, noContent, recordChange } from '../change.ts';
import { noteLicenses } from '../delta/watch.ts';
import type { DirectoryObject } from '../directory-object.ts';
import { directoryObjectResource, kindOf, resourceOfKind } from '../entities.ts';
import { badRequest, malformed, noSegment, notFound } from '../errors.ts';
import { Group } from '../groups/groups.ts';
import { count, type Listing, list } from '../listing.ts';
import { Person } from '../people/person.ts';
import { deletedGroupWriters, deletedUserWriters } from '../permissions.ts';
import { privilegeOf } from '../privilege.ts';
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
    call.tenant.authority.require(deletedUserWriters);
    call.tenant.authority.checkSensitive(privilegeOf(call.tenant, found));
    const wanted = isObject(body) ? body['newUserPrincipalName'] : undefined;
    const userPrincipalName = typeof wanted === 'string' ? wanted : found.text('userPrincipalName');
    if (typeof wanted === 'string') checkAddress(call.tenant, wanted, found);
    else if (call.tenant.people.holderOfName(userPrincipalName) !== undefined) {
      throw badRequest('Another object with the same value for property userPrincipalName already exists.', [
        { code: 'ObjectConflict', target: 'userPrincipalName' },
      ]);
    }
    freeAddress(call, found, isObject(body) && body['autoReconcileProxyConflict'] === true);
    call.tenant.people.restore(found, userPrincipalName);
    recordChange(call, {
      activityDisplayName: 'Restore user',
      category: 'UserManagement',
      operationType: 'Add',
      targets: [auditTarget(found)],
    });
  } else {
    call.tenant.authority.require(deletedGroupWriters);
    call.tenant.groups.restore(found);
    call.tenant.feed.note('group', found, undefined);
    const members = call.tenant.groups.membersAfter([found], -1, (id) => call.tenant.find(id));
    noteLicenses(call.tenant.feed, found, members);
    recordChange(call, {
      activityDisplayName: 'Restore Group',
      category: 'GroupManagement',
      operationType: 'Add',
      targets: [auditTarget(found)],
    });
  }
  return answerOne(call, found);
}

/** Whoever took the address meanwhile keeps it: the restore fails, or goes without the address where the caller asks for that. */
function freeAddress({ tenant }: Call, person: Person, reconcile: boolean): void {
  const mail = person.text('mail');
  const holder = mail === '' ? undefined : tenant.people.holderOfMail(mail);
  if (holder === undefined || holder.id === person.id) return;
  if (!reconcile) {
    throw badRequest(
      'A conflicting object with one or more of the specified property values is present in the directory.',
      [{ code: 'ConflictingObjects', target: 'proxyAddresses' }],
    );
  }
  const addresses = person.get('proxyAddresses');
  const others = (Array.isArray(addresses) ? addresses : []).filter(
    (address) => String(address).toLowerCase() !== `smtp:${mail.toLowerCase()}`,
  );
  tenant.people.change(person, { mail: null, proxyAddresses: others });
}

function purge(call: Call): Answer {
  const found = deletedOf(call);
  // An app alone cannot delete a group for good (GRAPH.md B16).
  if (found instanceof Group) throw denied();
  call.tenant.authority.require(deletedUserWriters);
  call.tenant.authority.checkSensitive(privilegeOf(call.tenant, found));
  const target = auditTarget(found);
  call.tenant.people.purge(found);
  call.tenant.forget(found.id);
  recordChange(call, {
    activityDisplayName: 'Hard Delete user',
    category: 'UserManagement',
    operationType: 'Delete',
    targets: [target],
  });
  return noContent;
}

/** The deleted objects of one type. Of types that this tenant does not delete softly, there are none. */
function deletedListing(call: Call): Listing {
  const kind = kindOf(call.params['cast'] ?? '');
  const { people, groups } = call.tenant;
  if (kind === undefined) throw noSegment(`microsoft.graph.${call.params['cast']}`);
  const after = inOrder(kind === 'user' ? people.deleted() : kind === 'group' ? groups.deleted() : []);
  return { context: `${kind}s`, resource: resourceOfKind(kind), after };
}

export const deletedItemRoutes: Routes = {
  'GET /directory/deletedItems/{type}/$count': (call) => {
    const cast = /^(?:microsoft\.)?graph\.(\w+)$/i.exec(param(call, 'type'))?.[1];
    if (cast === undefined) throw noSegment(param(call, 'type'));
    return count(call, deletedListing({ ...call, params: { cast } }));
  },
  'GET /directory/deletedItems/{cast?}': (call) => {
    if (call.params['cast'] === undefined)
      throw malformed('The deleted items of one type can be listed: name the type.');
    return list(call, deletedListing(call));
  },
  'GET /directory/deletedItems/{id}/{cast?}': (call) => {
    const found = deletedOf(call);
    if (call.params['cast'] === undefined) return answerOne(call, found);
    const kind = found instanceof Person ? 'user' : 'group';
    if (kindOf(call.params['cast']) !== kind) throw notFound(found.id);
    return one(call, `${kind}s`, found, { resource: resourceOfKind(kind) });
  },
  'POST /directory/deletedItems/{id}/restore': restore,
  'DELETE /directory/deletedItems/{id}': purge,
};
