import { z } from 'zod';
import {
  formerName,
  type GraphPath,
  type GraphReader,
  lookalikesOf,
  odata,
  path,
  type Target,
  ToolError,
} from '../contract/index.ts';
import { type Privilege, privilegeOf, privilegeOfDeleted } from './privilege.ts';

/**
 * One target as the server itself read it. `judged` is what an approver judges and the approval binds: another value
 * at apply makes the plan stale. `shown` is beside it, for the eye only.
 */
export interface Subject {
  readonly target: Target;
  readonly judged: {
    readonly kind: Target['kind'];
    readonly id: string;
    readonly touch: Target['touch'];
    readonly name: string | null;
    readonly userPrincipalName?: string;
    readonly accountEnabled?: boolean;
    readonly privileged: Privilege['level'];
  };
  readonly shown: Readonly<Record<string, unknown>>;
  /** Ids of the groups it is in, transitively, for the protected ones; `undefined` where they cannot be read. */
  readonly groupIds: ReadonlySet<string> | undefined;
}

const person = z.object({ id: z.string(), displayName: z.string().nullish(), userPrincipalName: z.string().nullish() });

const account = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  userPrincipalName: z.string(),
  accountEnabled: z.boolean().nullish(),
  department: z.string().nullish(),
  jobTitle: z.string().nullish(),
  createdDateTime: z.string().nullish(),
  userType: z.string().nullish(),
  onPremisesSyncEnabled: z.boolean().nullish(),
  manager: person.nullish(),
});

const groupCard = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  isAssignableToRole: z.boolean().nullish(),
  onPremisesSyncEnabled: z.boolean().nullish(),
  groupTypes: z.array(z.string()).nullish(),
});

/** Reads what approvers and guards need to know of a target. */
export async function readSubject(target: Target, graph: GraphReader): Promise<Subject> {
  if (target.kind === 'deletedUser') return readDeletedUser(target, graph);
  return target.kind === 'user' ? readUser(target, graph) : readGroup(target, graph);
}

async function readUser(target: Target, graph: GraphReader): Promise<Subject> {
  const [user, privilege] = await Promise.all([
    graph.get(path`/users/${target.id}`, account, { expand: { manager: ['id', 'displayName', 'userPrincipalName'] } }),
    privilegeOf(target.id, graph),
  ]);
  const lookalikes = await lookalikesOf(user, graph);
  return {
    target,
    judged: {
      kind: 'user',
      id: user.id,
      touch: target.touch,
      name: user.displayName ?? null,
      userPrincipalName: user.userPrincipalName,
      accountEnabled: user.accountEnabled ?? false,
      privileged: privilege.level,
    },
    shown: {
      jobTitle: user.jobTitle ?? null,
      department: user.department ?? null,
      manager: user.manager?.userPrincipalName ?? user.manager?.displayName ?? null,
      createdDateTime: user.createdDateTime ?? null,
      userType: user.userType ?? null,
      onPremisesSyncEnabled: user.onPremisesSyncEnabled ?? false,
      ...(privilege.because.length === 0 ? {} : { privilegedBecause: privilege.because }),
      ...(lookalikes.length === 0 ? {} : { lookalikes }),
    },
    groupIds: privilege.groupIds,
  };
}

const deletedAccount = account.omit({ manager: true }).extend({ deletedDateTime: z.string().nullish() });

async function readDeletedUser(target: Target, graph: GraphReader): Promise<Subject> {
  const [user, privilege] = await Promise.all([
    graph.get(path`/directory/deletedItems/${target.id}/microsoft.graph.user`, deletedAccount),
    privilegeOfDeleted(target.id, graph),
  ]);
  const userPrincipalName = formerName(user);
  const lookalikes = await lookalikesOf({ ...user, userPrincipalName }, graph);
  return {
    target,
    judged: {
      kind: 'deletedUser',
      id: user.id,
      touch: target.touch,
      name: user.displayName ?? null,
      userPrincipalName,
      accountEnabled: user.accountEnabled ?? false,
      privileged: privilege.level,
    },
    shown: {
      jobTitle: user.jobTitle ?? null,
      department: user.department ?? null,
      createdDateTime: user.createdDateTime ?? null,
      deletedDateTime: user.deletedDateTime ?? null,
      userType: user.userType ?? null,
      onPremisesSyncEnabled: user.onPremisesSyncEnabled ?? false,
      ...(privilege.because.length === 0 ? {} : { privilegedBecause: privilege.because }),
      ...(lookalikes.length === 0 ? {} : { lookalikes }),
    },
    groupIds: privilege.groupIds,
  };
}

async function readGroup(target: Target, graph: GraphReader): Promise<Subject> {
  const [group, above] = await Promise.all([
    graph.get(path`/groups/${target.id}`, groupCard),
    groupIdsOf(graph, path`/groups/${target.id}/transitiveMemberOf/microsoft.graph.group`),
  ]);
  return {
    target,
    judged: {
      kind: 'group',
      id: group.id,
      touch: target.touch,
      name: group.displayName ?? null,
      privileged: group.isAssignableToRole === true ? 'yes' : 'no',
    },
    shown: {
      groupTypes: group.groupTypes ?? [],
      onPremisesSyncEnabled: group.onPremisesSyncEnabled ?? false,
      ...(group.isAssignableToRole === true ? { privilegedBecause: ['roles can be assigned to this group'] } : {}),
    },
    groupIds: above,
  };
}

const groupId = z.object({ id: z.string() });

/** Every group above a user or group, transitively (`at` is its transitiveMemberOf, cast to groups); `undefined` where they cannot be read. */
export async function groupIdsOf(graph: GraphReader, at: GraphPath): Promise<ReadonlySet<string> | undefined> {
  const ids = new Set<string>();
  try {
    // A cast needs the advanced form. [learn.microsoft.com/graph/api/group-list-transitivememberof]
    const pages = graph.pages(at, groupId, { advanced: true });
    for await (const page of pages) for (const group of page.items) ids.add(group.id);
    return ids;
  } catch (error) {
    if (error instanceof ToolError && error.code === 'NOT_PERMITTED') return undefined;
    throw error;
  }
}

const globalAdministrator = '62e90394-69f5-4237-9190-012177145e10';
const assignment = z.object({ id: z.string(), principalId: z.string() });
const enabledState = z.object({ id: z.string(), accountEnabled: z.boolean().nullish() });

/**
 * Whether the tenant keeps an enabled Global Administrator when access is taken from these users, all at once. `unknown`
 * where the assignments cannot be read.
 */
export async function staysAdministered(losing: ReadonlySet<string>, graph: GraphReader): Promise<boolean | 'unknown'> {
  try {
    const holders = new Set<string>();
    let takesOne = false;
    const pages = graph.pages(path`/roleManagement/directory/roleAssignments`, assignment, {
      filter: odata`roleDefinitionId eq ${globalAdministrator}`,
    });
    for await (const page of pages) for (const row of page.items) holders.add(row.principalId);
    for (const holder of holders) {
      for await (const user of usersBehind(holder, graph)) {
        if (losing.has(user.id)) takesOne = true;
        else if (user.accountEnabled === true) return true;
      }
    }
    return !takesOne;
  } catch (error) {
    if (error instanceof ToolError && error.code === 'NOT_PERMITTED') return 'unknown';
    throw error;
  }
}

/** The users behind a role assignment: the user, or the members of a role-assignable group. */
async function* usersBehind(principalId: string, graph: GraphReader): AsyncGenerator<z.output<typeof enabledState>> {
  const user = await graph.find(path`/users/${principalId}`, enabledState);
  if (user !== undefined) {
    yield user;
    return;
  }
  if ((await graph.find(path`/groups/${principalId}`, groupId)) === undefined) return;
  const pages = graph.pages(path`/groups/${principalId}/transitiveMembers/microsoft.graph.user`, enabledState, {
    advanced: true,
  });
  for await (const page of pages) yield* page.items;
}
