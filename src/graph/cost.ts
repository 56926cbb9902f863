import type { Method } from './request.ts';

/** What a request takes from the quotas of its app in its tenant. */
export interface Cost {
  /** Which quota is charged: identity resource units, or the reports' own count of requests. */
  readonly quota: 'directory' | 'reports';
  /** Resource units. [learn.microsoft.com/graph/throttling-limits] */
  readonly units: number;
  /** 1 where it counts against the write quota. */
  readonly writes: 0 | 1;
}

/** What of the query changes the cost. */
export interface CostlyQuery {
  readonly selects: boolean;
  readonly expands: boolean;
  readonly top: number | undefined;
}

const plain: CostlyQuery = { selects: false, expands: false, top: undefined };

// The first match counts; anything else costs 1. Published for the identity service, read 2026-02-06.
const reads: readonly (readonly [RegExp, number])[] = [
  [/^\/directoryObjects\/getByIds$/, 5],
  [/\/(?:checkMemberGroups|checkMemberObjects|isMemberOf)$/, 4],
  [/\/(?:getMemberGroups|getMemberObjects)$/, 2],
  [/^\/groups\/\{\}\/transitiveMembers(?:\/|$)/, 5],
  [/^\/groups\/\{\}\/members(?:\/|$)/, 3],
  [/^\/users\/\{\}\/(?:licenseDetails|memberOf|transitiveMemberOf|ownedObjects|oauth2PermissionGrants)(?:\/|$)/, 2],
  [/^\/servicePrincipals\/\{\}\/appRoleAssignments(?:\/|$)/, 2],
  [/^\/oauth2PermissionGrants(?:\/|$)/, 2],
  [/^\/subscribedSkus(?:\/|$)/, 3],
  [/^\/contracts(?:\/|$)/, 3],
  [/^\/domains\/\{\}\/domainNameReferences$/, 4],
  [/^\/applications$/, 2],
  [/^\/users(?:\/\{\})?$/, 2],
];

/** The published cost of a request; `x-ms-resource-unit` of the answer is the truth. */
export function costOf(method: Method, template: string, reading: boolean, query: CostlyQuery = plain): Cost {
  const quota = template.startsWith('/auditLogs/') ? 'reports' : 'directory';
  if (!reading) return { quota, units: 1, writes: 1 };
  const base = reads.find(([shape]) => shape.test(template))?.[1] ?? 1;
  const few = query.top !== undefined && query.top < 20;
  const units = base - (query.selects ? 1 : 0) + (query.expands ? 1 : 0) - (few && method === 'GET' ? 1 : 0);
  return { quota, units: Math.max(1, units), writes: 0 };
}
