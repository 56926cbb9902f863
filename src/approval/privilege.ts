import { z } from 'zod';
import { type GraphPath, type GraphReader, odata, path, type ReadQuery, ToolError } from '../contract/index.ts';

/** Whether a user holds power over the directory, and why. */
export interface Privilege {
  /** `unknown` counts as privileged. */
  readonly level: 'no' | 'yes' | 'unknown';
  /** Reasons, in our own words. */
  readonly because: readonly string[];
  /** Every group the user is in, transitively; `undefined` where that cannot be read. */
  readonly groupIds: ReadonlySet<string> | undefined;
}

const row = z.object({ id: z.string() });
const membership = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  isAssignableToRole: z.boolean().nullish(),
});

/**
 * Role holders, those eligible for a role, and members or owners of role-assignable groups are privileged: Entra
 * guards them alike. [learn.microsoft.com/graph/api/resources/users#who-can-perform-sensitive-actions]
 */
export async function privilegeOf(userId: string, graph: GraphReader): Promise<Privilege> {
  const ofPrincipal = { filter: odata`principalId eq ${userId}` };
  const [roles, eligible, groups, owned] = await Promise.all([
    all(graph, path`/roleManagement/directory/roleAssignments`, row, ofPrincipal),
    all(graph, path`/roleManagement/directory/roleEligibilitySchedules`, row, ofPrincipal),
    // A cast needs the advanced form. [learn.microsoft.com/graph/api/user-list-transitivememberof]
    all(graph, path`/users/${userId}/transitiveMemberOf/microsoft.graph.group`, membership, {
      advanced: true,
      top: 999,
    }),
    all(graph, path`/users/${userId}/ownedObjects/microsoft.graph.group`, membership, { advanced: true }),
  ]);
  const assignable = (rows: readonly { isAssignableToRole?: boolean | null | undefined }[] | undefined) =>
    rows?.some((group) => group.isAssignableToRole === true) === true;
  const because = [
    ...(roles !== undefined && roles.length > 0 ? ['holds a directory role'] : []),
    ...(eligible !== undefined && eligible.length > 0 ? ['is eligible for a directory role'] : []),
    ...(assignable(groups) ? ['is in a group that roles can be assigned to'] : []),
    ...(assignable(owned) ? ['owns a group that roles can be assigned to'] : []),
  ];
  const groupIds = groups === undefined ? undefined : new Set(groups.map((group) => group.id));
  if (because.length > 0) return { level: 'yes', because, groupIds };
  // Without permission for groups Graph answers their ids and nulls. [learn.microsoft.com/graph/permissions-overview]
  const isBlank = (rows: readonly { displayName?: string | null | undefined }[] | undefined) =>
    rows === undefined || rows.some((group) => group.displayName == null);
  const unread = [
    ...(roles === undefined ? ['directory roles'] : []),
    ...(eligible === undefined ? ['eligible roles'] : []),
    ...(isBlank(groups) ? ['groups'] : []),
    ...(isBlank(owned) ? ['owned groups'] : []),
  ];
  if (unread.length === 0) return { level: 'no', because: [], groupIds };
  return { level: 'unknown', because: [`this server may not read: ${unread.join(', ')}`], groupIds };
}

/**
 * As `privilegeOf`, of a soft-deleted user. The roles it holds or is eligible for come back with it; which groups it
 * comes back to cannot be read while it is deleted, so `groupIds` is undefined. [learn.microsoft.com/graph/api/resources/deleteditems]
 */
export async function privilegeOfDeleted(userId: string, graph: GraphReader): Promise<Privilege> {
  const ofPrincipal = { filter: odata`principalId eq ${userId}` };
  const [roles, eligible] = await Promise.all([
    all(graph, path`/roleManagement/directory/roleAssignments`, row, ofPrincipal),
    all(graph, path`/roleManagement/directory/roleEligibilitySchedules`, row, ofPrincipal),
  ]);
  const because = [
    ...(roles !== undefined && roles.length > 0 ? ['comes back with a directory role'] : []),
    ...(eligible !== undefined && eligible.length > 0 ? ['comes back eligible for a directory role'] : []),
  ];
  if (because.length > 0) return { level: 'yes', because, groupIds: undefined };
  if (roles !== undefined && eligible !== undefined) return { level: 'no', because, groupIds: undefined };
  const unread = [
    ...(roles === undefined ? ['directory roles'] : []),
    ...(eligible === undefined ? ['eligible roles'] : []),
  ];
  return { level: 'unknown', because: [`this server may not read: ${unread.join(', ')}`], groupIds: undefined };
}

/**
 * The whole collection; `undefined` where it cannot be read. A tenant without the license for eligible roles
 * answers 400 and has none: isolated here, since Graph's code for it is not documented (medium).
 */
async function all<S extends z.ZodObject>(
  graph: GraphReader,
  at: GraphPath,
  schema: S,
  query: ReadQuery,
): Promise<z.output<S>[] | undefined> {
  const found: z.output<S>[] = [];
  try {
    for await (const page of graph.pages(at, schema, query)) found.push(...page.items);
    return found;
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    if (error.detail?.['graphCode'] === 'AadPremiumLicenseRequired') return [];
    if (['NOT_PERMITTED', 'NOT_FOUND', 'UNSUPPORTED_QUERY', 'CONFLICT'].includes(error.code)) return undefined;
    throw error;
  }
}
