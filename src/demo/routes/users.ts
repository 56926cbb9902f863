import type { DirectoryObject } from '../directory-object.ts';
import { malformed, notFound } from '../errors.ts';
import { count, type Listing, list } from '../listing.ts';
import { Person } from '../people/person.ts';
import { userResource } from '../people/user-resource.ts';
import { inOrder, one, related } from '../reading.ts';
import { type Call, param, type Routes } from '../router.ts';
import type { Tenant } from '../tenant.ts';

/** The user that a path names by id or user principal name. Throws Request_ResourceNotFound. */
export function userOf(call: Call): Person {
  const key = param(call, 'user');
  const person = call.tenant.people.find(key);
  if (person === undefined) throw notFound(key);
  return person;
}

/** What holds an object directly: groups, active directory roles, administrative units. */
export function containersOf(tenant: Tenant, object: DirectoryObject): DirectoryObject[] {
  const units = tenant.units.holding(object).map(({ row }) => row);
  return [...tenant.groups.holding(object), ...tenant.roles.heldBy(object.id), ...units];
}

/** What holds an object directly or through groups. */
export function transitiveContainersOf(tenant: Tenant, object: DirectoryObject): DirectoryObject[] {
  const groups = tenant.groups.holdingTransitively(object);
  const inherited = groups.flatMap((group) => tenant.roles.heldBy(group.id));
  return [...new Set([...containersOf(tenant, object), ...groups, ...inherited])];
}

const ownedBy = (tenant: Tenant, id: string): DirectoryObject[] => [
  ...tenant.groups.all().filter((group) => group.owners.has(id)),
  ...tenant.apps.ownedBy(id),
];

function expandUser(
  tenant: Tenant,
  object: DirectoryObject,
  name: string,
): readonly DirectoryObject[] | DirectoryObject | undefined {
  if (!(object instanceof Person)) return undefined;
  switch (name) {
    case 'manager':
      return tenant.people.managerOf(object);
    case 'directReports':
      return tenant.people.reportsOf(object);
    case 'memberOf':
      return containersOf(tenant, object);
    case 'transitiveMemberOf':
      return transitiveContainersOf(tenant, object);
    case 'ownedObjects':
      return ownedBy(tenant, object.id);
    case 'sponsors':
      return tenant.sponsors.of(object.id).flatMap((id) => tenant.find(id) ?? []);
    case 'registeredDevices':
      return tenant.devices.usedBy(object);
    default:
      return tenant.devices.ownedBy(object);
  }
}

function userListing(tenant: Tenant): Listing {
  return {
    context: 'users',
    resource: userResource,
    after: (ordinal) => tenant.people.after(ordinal),
    total: () => tenant.people.count,
    expand: (object, name) => expandUser(tenant, object, name),
  };
}

/** Another object related to the user, page by page. */
const relation = (of: (tenant: Tenant, person: Person) => DirectoryObject[]) => (call: Call) => {
  const person = userOf(call);
  return related(call, inOrder(of(call.tenant, person)), call.params['cast']);
};

export const userReads: Routes = {
  'GET /users': (call) => list(call, userListing(call.tenant)),
  'GET /users/$count': (call) => count(call, userListing(call.tenant)),
  'GET /users/{user}': (call) => {
    const person = userOf(call);
    const wantsActivity = call.query.select?.some((name) => name.toLowerCase() === 'signinactivity');
    // A quirk of the real service: sign-in activity is kept by object id alone.
    if (wantsActivity && param(call, 'user').toLowerCase() !== person.id) {
      throw malformed('Get By Key only supports UserId and the key has to be a valid Guid');
    }
    return one(call, 'users', person, userListing(call.tenant));
  },
  'GET /users/{user}/manager': (call) => {
    const manager = call.tenant.people.managerOf(userOf(call));
    if (manager === undefined) throw notFound('manager');
    return one(call, 'directoryObjects', manager, { resource: userResource, mixed: true });
  },
  'GET /users/{user}/directReports/{cast?}': relation((tenant, person) => tenant.people.reportsOf(person)),
  'GET /users/{user}/memberOf/{cast?}': relation(containersOf),
  'GET /users/{user}/transitiveMemberOf/{cast?}': relation(transitiveContainersOf),
  'GET /users/{user}/ownedObjects/{cast?}': relation((tenant, person) => ownedBy(tenant, person.id)),
  'GET /users/{user}/registeredDevices/{cast?}': relation((tenant, person) => tenant.devices.usedBy(person)),
  'GET /users/{user}/ownedDevices/{cast?}': relation((tenant, person) => tenant.devices.ownedBy(person)),
  'GET /me': () => {
    throw malformed('/me request is only valid with delegated authentication flow.');
  },
};
