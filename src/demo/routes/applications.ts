import { applicationResource, servicePrincipalResource } from '../app-resources.ts';
import { callerOf } from '../caller.ts';
import { auditTarget, bodyOf, linkedId, noContent, recordChange } from '../change.ts';
import type { DirectoryObject, Row } from '../directory-object.ts';
import { alreadyReferenced, badRequest, notFound } from '../errors.ts';
import { count, type Listing, list } from '../listing.ts';
import { applicationWriters, ownedApplicationWriters } from '../permissions.ts';
import { inOrder, one, related } from '../reading.ts';
import { type Call, param, type Routes } from '../router.ts';
import type { Tenant } from '../tenant.ts';

const ownersOf = (tenant: Tenant, app: Row): DirectoryObject[] =>
  [...tenant.apps.ownersOf(app)].flatMap((id) => tenant.find(id) ?? []);

const expandOwners = (tenant: Tenant, object: DirectoryObject): DirectoryObject[] => {
  const app = tenant.apps.application(object.id) ?? tenant.apps.servicePrincipal(object.id);
  return app === undefined ? [] : ownersOf(tenant, app);
};

/** Routes of applications or of service principals, which are owned alike. */
function ownedRoutes(
  collection: 'applications' | 'servicePrincipals',
  listingOf: (tenant: Tenant) => Listing,
  find: (tenant: Tenant, key: string) => Row | undefined,
): Routes {
  const appOf = (call: Call): Row => {
    const found = find(call.tenant, param(call, 'app'));
    if (found === undefined) throw notFound(param(call, 'app'));
    return found;
  };
  const record = (call: Call, activityDisplayName: string, owner: DirectoryObject, app: Row): void =>
    recordChange(call, {
      activityDisplayName,
      category: 'ApplicationManagement',
      operationType: activityDisplayName.startsWith('Add') ? 'Assign' : 'Unassign',
      targets: [auditTarget(owner), auditTarget(app)],
    });
  /** An app may change what it owns itself with less. [GRAPH.md D7] */
  const checkRights = (call: Call, app: Row): void => {
    const caller = call.tenant.apps.byAppId(callerOf(call.request.headers).appId);
    const isOwn = caller !== undefined && call.tenant.apps.ownersOf(app).has(caller.id);
    call.tenant.authority.require(isOwn ? ownedApplicationWriters : applicationWriters);
  };
  const noun = collection === 'applications' ? 'application' : 'service principal';
  return {
    [`GET /${collection}`]: (call) => list(call, listingOf(call.tenant)),
    [`GET /${collection}/$count`]: (call) => count(call, listingOf(call.tenant)),
    [`GET /${collection}/{app}`]: (call) => one(call, collection, appOf(call), listingOf(call.tenant)),
    [`GET /${collection}/{app}/owners`]: (call) =>
      related(call, inOrder(ownersOf(call.tenant, appOf(call))), undefined),
    [`POST /${collection}/{app}/owners/$ref`]: (call) => {
      const app = appOf(call);
      checkRights(call, app);
      const id = linkedId(bodyOf(call)['@odata.id']);
      const owner = call.tenant.find(id);
      if (owner === undefined) throw notFound(id);
      if (owner.kind !== 'user' && owner.kind !== 'servicePrincipal')
        throw badRequest(`The specified object cannot own a ${noun}.`);
      const owners = call.tenant.apps.ownersOf(app);
      if (owners.has(owner.id)) throw alreadyReferenced('owners');
      owners.add(owner.id);
      record(call, `Add owner to ${noun}`, owner, app);
      return noContent;
    },
    // The last owner may go: only groups keep one. [learn.microsoft.com/graph/api/application-delete-owners]
    [`DELETE /${collection}/{app}/owners/{owner}/$ref`]: (call) => {
      const app = appOf(call);
      checkRights(call, app);
      const owner = call.tenant.find(param(call, 'owner'));
      if (owner === undefined || !call.tenant.apps.ownersOf(app).delete(owner.id)) throw notFound(param(call, 'owner'));
      record(call, `Remove owner from ${noun}`, owner, app);
      return noContent;
    },
  };
}

export const applicationRoutes: Routes = {
  ...ownedRoutes(
    'applications',
    (tenant) => ({
      context: 'applications',
      resource: applicationResource,
      after: inOrder(tenant.apps.applications),
      expand: (object) => expandOwners(tenant, object),
    }),
    (tenant, key) => tenant.apps.application(key),
  ),
  ...ownedRoutes(
    'servicePrincipals',
    (tenant) => ({
      context: 'servicePrincipals',
      resource: servicePrincipalResource,
      after: inOrder(tenant.apps.all),
      expand: (object) => expandOwners(tenant, object),
    }),
    (tenant, key) => tenant.apps.servicePrincipal(key),
  ),
};
