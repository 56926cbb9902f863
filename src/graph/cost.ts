import type { Method } from './request.ts';

/**
 * The quota that is charged: identity resource units, or a count of requests that an interface of its own has.
 * [learn.microsoft.com/graph/throttling-limits]
 */
export type QuotaName = 'directory' | 'reports' | 'protection' | 'signInActivity';

/** What a request takes from the quotas of its app in its tenant. */
export interface Cost {
  readonly quota: QuotaName;
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
  /** True where signInActivity of users is asked for. */
  readonly signIns?: boolean;
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
  const quota = quotaOf(template, query.signIns === true);
  if (!reading) return { quota, units: 1, writes: 1 };
  const base = reads.find(([shape]) => shape.test(template))?.[1] ?? 1;
  const few = query.top !== undefined && query.top < 20;
  const units = base - (query.selects ? 1 : 0) + (query.expands ? 1 : 0) - (few && method === 'GET' ? 1 : 0);
  return { quota, units: Math.max(1, units), writes: 0 };
}

function quotaOf(template: string, signIns: boolean): QuotaName {
  if (/^\/(?:auditLogs|reports)\//.test(template)) return 'reports';
  if (/^\/(?:identityProtection|identity\/conditionalAccess)(?:\/|$)/.test(template)) return 'protection';
  return signIns ? 'signInActivity' : 'directory';
}
