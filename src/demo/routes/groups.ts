import type { DirectoryObject } from '../directory-object.ts';
import { badRequest, notFound } from '../errors.ts';
import { groupResource } from '../groups/group-resource.ts';
import { Group } from '../groups/groups.ts';
import { count, type Listing, list } from '../listing.ts';
import { inOrder, one, related, relatedListing } from '../reading.ts';
import { type Call, param, type Routes } from '../router.ts';
import { mostExpanded } from '../shape.ts';
import type { Tenant } from '../tenant.ts';
import { containersOf, transitiveContainersOf } from './users.ts';

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The group that a path names. Throws Request_BadRequest for what is no id, Request_ResourceNotFound for an unknown one. */
export function groupOf(call: Call): Group {
  const id = param(call, 'group');
  if (!guid.test(id)) throw badRequest(`Invalid object identifier '${id}'.`);
  const group = call.tenant.groups.find(id);
  if (group === undefined) throw notFound(id);
  return group;
}

/** Direct members, or with those of nested groups; v1.0 leaves service principals out (GRAPH.md K2). */
function membersAfter(tenant: Tenant, group: Group, transitive: boolean) {
  const groups = transitive ? tenant.groups.nested(group) : [group];
  return function* (after: number): Generator<DirectoryObject> {
    for (const member of tenant.groups.membersAfter(groups, after, (id) => tenant.find(id))) {
      if (member.kind !== 'servicePrincipal' && member.id !== group.id) yield member;
    }
  };
}

const ownersOf = (tenant: Tenant, group: Group): DirectoryObject[] =>
  [...group.owners].flatMap((id) => tenant.find(id) ?? []);

function expandGroup(tenant: Tenant, object: DirectoryObject, name: string): readonly DirectoryObject[] {
  if (!(object instanceof Group)) return [];
  switch (name) {
    case 'owners':
      return ownersOf(tenant, object);
    case 'memberOf':
      return containersOf(tenant, object);
    case 'transitiveMemberOf':
      return transitiveContainersOf(tenant, object);
    default: {
      const groups = name === 'transitiveMembers' ? tenant.groups.nested(object) : [object];
      const expanded: DirectoryObject[] = [];
      for (const member of tenant.groups.membersAfter(groups, -1, (id) => tenant.find(id))) {
        if (expanded.push(member) === mostExpanded) break;
      }
      return expanded;
    }
  }
}

function groupListing(tenant: Tenant): Listing {
  return {
    context: 'groups',
    resource: groupResource,
    after: inOrder(tenant.groups.all()),
    expand: (object, name) => expandGroup(tenant, object, name),
  };
}

const castName = (call: Call): string | undefined => {
  const cast = call.params['cast'];
  return cast?.slice(cast.lastIndexOf('.') + 1);
};

const members = (transitive: boolean) => (call: Call) =>
  related(call, membersAfter(call.tenant, groupOf(call), transitive), castName(call));

const memberCount = (transitive: boolean) => (call: Call) =>
  count(call, relatedListing(membersAfter(call.tenant, groupOf(call), transitive), castName(call)));

export const groupReads: Routes = {
  'GET /groups': (call) => list(call, groupListing(call.tenant)),
  'GET /groups/$count': (call) => count(call, groupListing(call.tenant)),
  'GET /groups/{group}': (call) => one(call, 'groups', groupOf(call), groupListing(call.tenant)),
  'GET /groups/{group}/members/{cast?}': members(false),
  'GET /groups/{group}/members/$count': memberCount(false),
  'GET /groups/{group}/members/{cast}/$count': memberCount(false),
  'GET /groups/{group}/transitiveMembers/{cast?}': members(true),
  'GET /groups/{group}/transitiveMembers/$count': memberCount(true),
  'GET /groups/{group}/transitiveMembers/{cast}/$count': memberCount(true),
  'GET /groups/{group}/owners/{cast?}': (call) =>
    related(call, inOrder(ownersOf(call.tenant, groupOf(call))), castName(call)),
  'GET /groups/{group}/memberOf/{cast?}': (call) =>
    related(call, inOrder(containersOf(call.tenant, groupOf(call))), castName(call)),
  'GET /groups/{group}/transitiveMemberOf/{cast?}': (call) =>
    related(call, inOrder(transitiveContainersOf(call.tenant, groupOf(call))), castName(call)),
};
