import { z } from 'zod';
import {
  type ErrorCode,
  findGroup,
  findUser,
  type GraphReader,
  odata,
  path,
  ToolError,
  userRef,
} from '../../src/contract/index.ts';

/** The users of one change of membership: at most 20. */
export const memberRefs = z.array(userRef).min(1).max(20).describe('1 to 20 users: object ids or userPrincipalNames');

const group = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  groupTypes: z.array(z.string()).nullish(),
  mailEnabled: z.boolean().nullish(),
  securityEnabled: z.boolean().nullish(),
  isAssignableToRole: z.boolean().nullish(),
  onPremisesSyncEnabled: z.boolean().nullish(),
  assignedLicenses: z.array(z.object({ skuId: z.string() })).nullish(),
});
const person = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  userPrincipalName: z.string(),
  userType: z.string().nullish(),
});
const idOnly = z.object({ id: z.string() });

export type ChangeableGroup = z.output<typeof group>;
export type Person = z.output<typeof person>;

/** The group, if Graph can change its membership by hand. Throws ToolError NOT_FOUND or CONFLICT. */
export async function changeableGroup(graph: GraphReader, ref: string): Promise<ChangeableGroup> {
  const found = await findGroup(graph, ref, group);
  const types = found.groupTypes ?? [];
  if (types.includes('DynamicMembership')) {
    throw refused(
      'The group is dynamic: a rule decides who is in it.',
      'Change the property that its rule goes by with update_user, or take another group.',
    );
  }
  if (found.onPremisesSyncEnabled === true) {
    throw refused('The group is synced from AD, which masters its members.', 'Change its members in Active Directory.');
  }
  // Distribution lists and mail-enabled security groups belong to Exchange. [learn.microsoft.com/graph/api/resources/groups-overview]
  if (found.mailEnabled === true && !types.includes('Unified')) {
    throw refused(
      'Exchange manages this mail-enabled group, and Graph cannot change its members.',
      'Change its members in the Exchange admin center.',
    );
  }
  return found;
}

function refused(message: string, fix: string): ToolError {
  return new ToolError('CONFLICT', { message, fix });
}

/** The users, each once, and whether each is a direct member now. Throws NOT_FOUND for one that does not exist. */
export async function membersAmong(
  graph: GraphReader,
  groupId: string,
  refs: readonly string[],
): Promise<{ readonly inside: Person[]; readonly outside: Person[] }> {
  const people = await Promise.all(refs.map((ref) => findUser(graph, ref, person)));
  const unique = [...new Map(people.map((one) => [one.id, one])).values()];
  const isMember = await Promise.all(unique.map((one) => isDirectMember(graph, groupId, one.id)));
  return { inside: unique.filter((_, i) => isMember[i]), outside: unique.filter((_, i) => !isMember[i]) };
}

/** Read from the user's side: a person is in fewer groups than a group has members, and no delayed index is asked. */
async function isDirectMember(graph: GraphReader, groupId: string, userId: string): Promise<boolean> {
  for await (const page of graph.pages(path`/users/${userId}/memberOf/microsoft.graph.group`, idOnly, { top: 999 })) {
    if (page.items.some((one) => one.id === groupId)) return true;
  }
  return false;
}

/** What kind of group it is, for summaries. */
export function described(found: ChangeableGroup): string {
  const kind = found.groupTypes?.includes('Unified') ? 'Microsoft 365 group' : 'security group';
  return `${found.isAssignableToRole ? 'role-assignable ' : ''}${kind} ${found.displayName ?? found.id}`;
}

const assignment = z.object({
  id: z.string(),
  roleDefinition: z.object({ displayName: z.string().nullish() }).nullish(),
});

/** Names of the directory roles that the group holds; `undefined` where they could not be read. */
export async function rolesOf(graph: GraphReader, found: ChangeableGroup): Promise<string[] | undefined> {
  if (found.isAssignableToRole !== true) return [];
  const at = path`/roleManagement/directory/roleAssignments`;
  const query = { filter: odata`principalId eq ${found.id}`, expand: { roleDefinition: ['displayName'] } };
  const names: string[] = [];
  try {
    for await (const page of graph.pages(at, assignment, query)) {
      names.push(...page.items.map((one) => one.roleDefinition?.displayName ?? 'an unnamed role'));
    }
  } catch (error) {
    if (error instanceof ToolError && error.code === 'NOT_PERMITTED') return undefined;
    throw error;
  }
  return [...new Set(names)].toSorted();
}

/** What became of one member. */
export const memberOutcome = z.object({
  id: z.string(),
  userPrincipalName: z.string(),
  status: z.enum(['added', 'removed', 'failed']),
  error: z.object({ code: z.string(), message: z.string(), fix: z.string() }).optional(),
});
export type MemberOutcome = z.output<typeof memberOutcome>;

// After these, the next member would fail the same way.
const stopping: readonly ErrorCode[] = ['CANCELLED', 'AUTH_REQUIRED', 'NOT_PERMITTED', 'THROTTLED'];

/**
 * Changes one member after the other: a failure is told beside its member and does not hide what succeeded.
 * Where nothing succeeded, the first error is thrown. Concurrent writes to one group conflict, so they go in order.
 */
export async function eachMember(
  members: readonly { readonly id: string; readonly userPrincipalName: string }[],
  status: 'added' | 'removed',
  change: (userId: string) => Promise<void>,
): Promise<MemberOutcome[]> {
  const outcomes: MemberOutcome[] = [];
  let failure: ToolError | undefined;
  for (const { id, userPrincipalName } of members) {
    if (failure === undefined || !stopping.includes(failure.code)) {
      try {
        await change(id);
        outcomes.push({ id, userPrincipalName, status });
        continue;
      } catch (error) {
        if (!(error instanceof ToolError)) throw error;
        failure = error;
      }
    }
    const { code, message, fix } = failure;
    outcomes.push({ id, userPrincipalName, status: 'failed', error: { code, message, fix } });
  }
  if (failure !== undefined && outcomes.every((outcome) => outcome.status === 'failed')) throw failure;
  return outcomes;
}
