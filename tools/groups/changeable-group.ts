import { z } from 'zod';
import { findGroup, type GraphReader, odata, path, type Requirement, ToolError } from '../../src/contract/index.ts';

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

const settledGroup = group.extend({
  description: z.string().nullish(),
  mailNickname: z.string().nullish(),
  visibility: z.string().nullish(),
  membershipRule: z.string().nullish(),
  membershipRuleProcessingState: z.string().nullish(),
});

export type ChangeableGroup = z.output<typeof group>;
export type CloudGroup = z.output<typeof settledGroup>;

/** What of a group is to be changed, and where it is done for groups that Graph cannot change. */
interface Place {
  /** `its members`, for messages. */
  readonly what: string;
}

/** The group, if Graph can change its membership by hand. Throws ToolError NOT_FOUND or CONFLICT. */
export async function changeableGroup(graph: GraphReader, ref: string): Promise<ChangeableGroup> {
  const found = await findGroup(graph, ref, group);
  if (isDynamic(found)) {
    throw refused(
      'The group is dynamic: a rule decides who is in it.',
      'Change the property that its rule goes by with update_user, or take another group.',
    );
  }
  refuseMastered(found, { what: 'its members' });
  return found;
}

/** The group with its settings, if Graph can change or delete it. Throws ToolError NOT_FOUND or CONFLICT. */
export async function cloudGroup(graph: GraphReader, ref: string): Promise<CloudGroup> {
  const found = await findGroup(graph, ref, settledGroup);
  refuseMastered(found, { what: 'it' });
  return found;
}

function refuseMastered(found: ChangeableGroup, { what }: Place): void {
  if (found.onPremisesSyncEnabled === true) {
    throw refused(`The group is synced from AD, which masters ${what}.`, `Change ${what} in Active Directory.`);
  }
  // Distribution lists and mail-enabled security groups belong to Exchange. [learn.microsoft.com/graph/api/resources/groups-overview]
  if (found.mailEnabled === true && !isUnified(found)) {
    throw refused(
      `Exchange manages this mail-enabled group, and Graph cannot change ${what}.`,
      `Change ${what} in the Exchange admin center.`,
    );
  }
}

export function refused(message: string, fix: string): ToolError {
  return new ToolError('CONFLICT', { message, fix });
}

export function isDynamic({ groupTypes }: Pick<ChangeableGroup, 'groupTypes'>): boolean {
  return groupTypes?.includes('DynamicMembership') === true;
}

export function isUnified({ groupTypes }: Pick<ChangeableGroup, 'groupTypes'>): boolean {
  return groupTypes?.includes('Unified') === true;
}

/** What kind of group it is, for summaries. */
export function described(found: ChangeableGroup): string {
  const kind = isUnified(found) ? 'Microsoft 365 group' : 'security group';
  return `${found.isAssignableToRole ? 'role-assignable ' : ''}${kind} ${found.displayName ?? found.id}`;
}

const assignment = z.object({
  id: z.string(),
  roleDefinitionId: z.string().nullish(),
  roleDefinition: z.object({ displayName: z.string().nullish() }).nullish(),
});

/** The same in every tenant. [learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference] */
const globalAdministrator = '62e90394-69f5-4237-9190-012177145e10';

/** The directory roles that a group holds. */
export interface HeldRoles {
  /** Their names; `undefined` where they could not be read. */
  readonly names: string[] | undefined;
  readonly isGlobalAdministrator: boolean;
}

/** Reads the roles of a role-assignable group; any other holds none. */
export async function heldRoles(graph: GraphReader, found: ChangeableGroup): Promise<HeldRoles> {
  if (found.isAssignableToRole !== true) return { names: [], isGlobalAdministrator: false };
  const at = path`/roleManagement/directory/roleAssignments`;
  const query = { filter: odata`principalId eq ${found.id}`, expand: { roleDefinition: ['displayName'] } };
  const held: z.output<typeof assignment>[] = [];
  try {
    for await (const page of graph.pages(at, assignment, query)) held.push(...page.items);
  } catch (error) {
    if (error instanceof ToolError && error.code === 'NOT_PERMITTED') {
      return { names: undefined, isGlobalAdministrator: false };
    }
    throw error;
  }
  const names = held.map((one) => one.roleDefinition?.displayName ?? 'an unnamed role');
  return {
    names: [...new Set(names)].toSorted(),
    isGlobalAdministrator: held.some((one) => one.roleDefinitionId === globalAdministrator),
  };
}

/** Names of the directory roles that the group holds; `undefined` where they could not be read. */
export async function rolesOf(graph: GraphReader, found: ChangeableGroup): Promise<string[] | undefined> {
  return (await heldRoles(graph, found)).names;
}

/** What a change of a group needs; of one that can hold roles, more. [learn.microsoft.com/graph/api/resources/group] */
export function groupRequirement(permission: string): Requirement {
  return {
    permissions: [permission],
    sometimes: { 'RoleManagement.ReadWrite.Directory': 'for role-assignable groups' },
  };
}
