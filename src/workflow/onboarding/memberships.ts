import { z } from 'zod';
import { findGroup, type GraphReader, path, type SubscribedSku, ToolError } from '../../contract/index.ts';
import { appRole, type Group, group } from '../offboarding/graph-objects.ts';
import { nameOf, whyFixed } from '../offboarding/memberships.ts';
import { itemsOf, readAll, type Section } from '../offboarding/section.ts';
import type { JoinedGroup } from './facts.ts';
import type { GivingGroup } from './licensing.ts';

const bundle = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  resourceRoleScopes: z
    .array(
      z.object({ scope: z.object({ originId: z.string().nullish(), originSystem: z.string().nullish() }).nullish() }),
    )
    .nullish(),
});

/** By group id, the name of an access package that gives it; or why that cannot be read. */
export type Governed = { readonly byGroup: ReadonlyMap<string, string> } | { readonly unread: string };

/** Which groups are given by access packages. A tenant without the license for them has none. */
export async function governedGroups(graph: GraphReader): Promise<Governed> {
  const packages = await readAll(
    graph,
    path`/identityGovernance/entitlementManagement/accessPackages`,
    bundle,
    { what: 'which groups access packages give', permission: 'EntitlementManagement.Read.All' },
    { expand: { resourceRoleScopes: { expand: ['scope'] } } },
  );
  if ('unread' in packages) return packages;
  const pairs = packages.items.flatMap(({ id, displayName, resourceRoleScopes }) =>
    (resourceRoleScopes ?? []).flatMap(({ scope }) =>
      scope?.originSystem === 'AadGroup' && scope.originId != null
        ? [[scope.originId, displayName ?? id] as const]
        : [],
    ),
  );
  return { byGroup: new Map(pairs) };
}

/** The access package that gives a group, where that is known. */
export function packageOf(governed: Governed, groupId: string): string | undefined {
  return 'byGroup' in governed ? governed.byGroup.get(groupId) : undefined;
}

/** The groups that were named, each once. @throws ToolError NOT_FOUND, or CONFLICT for one that Graph cannot add members to. */
export async function namedGroups(graph: GraphReader, refs: readonly string[]): Promise<Group[]> {
  const found = await Promise.all(refs.map((ref) => findGroup(graph, ref, group)));
  for (const one of found) {
    const why = whyFixed(one);
    if (why === undefined) continue;
    throw new ToolError('CONFLICT', {
      message: `A group in groups takes no members by hand. ${why.replace(/: see.*/, '')}.`,
      fix: 'Leave it out of groups: a rule takes the account in by its properties, AD and Exchange are changed there.',
      detail: { field: 'groups', group: { id: one.id, displayName: one.displayName ?? null } },
    });
  }
  return [...new Map(found.map((one) => [one.id, one])).values()];
}

/** A named group as the facts have it. */
export function joinedGroup(found: Group, governed: Governed): JoinedGroup {
  const accessPackage = packageOf(governed, found.id);
  return {
    id: found.id,
    displayName: nameOf(found),
    roleAssignable: found.isAssignableToRole === true,
    ...(accessPackage === undefined ? {} : { accessPackage }),
  };
}

/** The groups that a colleague is in directly. */
export function groupsOf(graph: GraphReader, userId: string): Promise<Section<Group>> {
  const wanted = { what: 'the groups of the colleague', permission: 'GroupMember.Read.All' };
  return readAll(graph, path`/users/${userId}/memberOf/microsoft.graph.group`, group, wanted, { advanced: true });
}

/** What a group is known to give, in words; and what is not known. */
export async function giftsOf(
  graph: GraphReader,
  found: Group,
  subscriptions: readonly SubscribedSku[],
): Promise<string[]> {
  const wanted = { what: 'its app roles', permission: 'Application.Read.All' };
  const roles = await readAll(graph, path`/groups/${found.id}/appRoleAssignments`, appRole, wanted);
  const apps = [
    ...new Set(itemsOf(roles).map(({ resourceDisplayName, resourceId }) => resourceDisplayName ?? resourceId)),
  ];
  return [
    ...ownGiftsOf(found, subscriptions),
    ...(apps.length === 0 ? [] : [`gives roles in the apps ${apps.join(', ')}`]),
    ...('unread' in roles ? ['which apps it gives is not known'] : []),
  ];
}

/** What the group itself tells of what it gives. */
export function ownGiftsOf(found: Group, subscriptions: readonly SubscribedSku[]): string[] {
  const licenses = (found.assignedLicenses ?? []).map(
    ({ skuId }) => subscriptions.find((one) => one.skuId === skuId)?.skuPartNumber ?? skuId,
  );
  return [
    ...(found.isAssignableToRole === true ? ['directory roles can be assigned to it'] : []),
    ...(licenses.length === 0 ? [] : [`gives the licenses ${licenses.join(', ')}`]),
  ];
}

/** The licenses of a group that the account is put into; what an access package gives comes at its own time. */
export function givingGroup(found: Group, governed: Governed): GivingGroup {
  const licenses = packageOf(governed, found.id) === undefined ? (found.assignedLicenses ?? []) : [];
  return {
    displayName: nameOf(found),
    licenses: licenses.map(({ skuId, disabledPlans }) => ({ skuId, disabledPlans: disabledPlans ?? [] })),
  };
}
