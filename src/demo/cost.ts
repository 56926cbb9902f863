import type { Query } from './odata/query.ts';

/** Resource units of reads that cost more than one, by method and path template; every other request costs one (GRAPH.md A3). */
const costs: readonly (readonly [RegExp, number])[] = [
  [/^GET \/users(\/[^/]+)?$/i, 2],
  [/^GET \/applications(\/[^/]+)?$/i, 2],
  [/^GET \/groups\/[^/]+\/members(\/|$)/i, 3],
  [/^GET \/groups\/[^/]+\/transitiveMembers(\/|$)/i, 5],
  [/^POST \/.*\/(checkMemberGroups|checkMemberObjects|isMemberOf)$/i, 4],
  [/^POST \/.*\/(getMemberGroups|getMemberObjects)$/i, 2],
  [/^GET \/users\/[^/]+\/(licenseDetails|memberOf|transitiveMemberOf|ownedObjects|oauth2PermissionGrants)(\/|$)/i, 2],
  [/^GET \/oauth2PermissionGrants(\/|$)/i, 2],
  [/^GET \/servicePrincipals\/[^/]+\/appRoleAssignments$/i, 2],
  [/^GET \/subscribedSkus(\/|$)/i, 3],
  [/^GET \/contracts(\/|$)/i, 3],
  [/^GET \/domains\/[^/]+\/domainNameReferences$/i, 4],
];

/** What a request costs in resource units: the base by path, less for $select and small pages, more for $expand, never below one. */
export function resourceUnits(method: string, segments: readonly string[], query: Query): number {
  const line = `${method} /${segments.join('/')}`;
  if (/^POST \/directoryObjects\/getByIds$/i.test(line)) return query.select ? 2 : 5;
  const base = costs.find(([pattern]) => pattern.test(line))?.[1] ?? 1;
  if (method !== 'GET') return base;
  const small = query.top !== undefined && query.top < 20;
  return Math.max(1, base - (query.select ? 1 : 0) + query.expand.length - (small ? 1 : 0));
}
