import { z } from 'zod';
import { type GraphReader, isGuid, type Observation, odata, path, type Target, ToolError } from '../contract/index.ts';
import { groupIdsOf, type Subject, staysAdministered } from './subjects.ts';

/** What the settings protect, as they name it: object ids, UPNs, group names. */
export interface ProtectedNames {
  readonly protected: readonly string[];
  readonly approverGroup: string | undefined;
}

/** What the guards say of a plan that they let pass. */
export interface GuardVerdict {
  /** Only page or terminal may approve. */
  readonly stepUp: boolean;
  readonly warnings: readonly string[];
}

/**
 * Guards are code, never policy: no setting, approval or policy gets past them.
 * @throws ToolError PROTECTED_TARGET.
 */
export async function guard(
  subjects: readonly Subject[],
  names: ProtectedNames,
  graph: GraphReader,
): Promise<GuardVerdict> {
  await refuseGuarded(subjects, names, graph);
  const warnings: string[] = [];
  const losing = new Set<string>();
  let stepUp = false;
  for (const { judged } of subjects) {
    if (judged.privileged === 'no' || (judged.kind !== 'group' && judged.touch === 'change')) continue;
    if (judged.kind !== 'group' && judged.touch === 'takeover') throw takeoverDenied(judged.privileged);
    stepUp = true;
    warnings.push(privilegedWarning(judged.kind, judged.privileged));
    if (judged.kind === 'user') losing.add(judged.id);
  }
  if (losing.size > 0 && (await staysAdministered(losing, graph)) === false) throw lastAdministrator(losing.size);
  return { stepUp, warnings };
}

function privilegedWarning(kind: Target['kind'], level: 'yes' | 'unknown'): string {
  if (kind === 'group')
    return 'Directory roles can be assigned to this group: whoever is in it may administer the tenant';
  return level === 'yes'
    ? 'This account holds power over the directory'
    : 'Whether this account holds power over the directory cannot be read, so it is treated as if it did';
}

function listedOf({ protected: listed, approverGroup }: ProtectedNames): string[] {
  return [...listed, ...(approverGroup === undefined ? [] : [approverGroup])];
}

async function refuseGuarded(subjects: readonly Subject[], names: ProtectedNames, graph: GraphReader): Promise<void> {
  const listed = listedOf(names);
  if (listed.length === 0 || subjects.length === 0) return;
  const guarded = await resolveProtected(listed, graph);
  for (const { judged, groupIds } of subjects) {
    const isGuarded = guarded.users.has(judged.id) || guarded.groups.has(judged.id);
    const mayBeInside = guarded.groups.size > 0 && groupIds === undefined;
    const isInside = groupIds !== undefined && [...groupIds].some((id) => guarded.groups.has(id));
    if (isGuarded || mayBeInside || isInside) throw protectedTarget(judged.kind, mayBeInside && !isGuarded);
  }
}

/**
 * The lists of a plan with what is protected marked `kept`: accounts and groups in them that would themselves be changed.
 * Nothing where a plan has no such lists, or nothing is protected.
 */
export async function unguarded(
  { observations }: { readonly observations?: readonly Observation[] },
  names: ProtectedNames,
  graph: GraphReader,
): Promise<{ readonly observations?: readonly Observation[] }> {
  const listed = listedOf(names);
  const items = (observations ?? []).flatMap((list) => list.items.filter(({ kind }) => kind !== undefined));
  if (observations === undefined || listed.length === 0 || items.length === 0) return {};
  const guarded = await resolveProtected(listed, graph);
  const held = new Map(
    await Promise.all(items.map(async (item) => [item.id, await whyGuarded(item, guarded, graph)] as const)),
  );
  const marked = (item: Observation['items'][number]) => {
    const kept = item.kept ?? held.get(item.id);
    return kept === undefined ? item : { ...item, kept };
  };
  return { observations: observations.map((list) => ({ ...list, items: list.items.map(marked) })) };
}

async function whyGuarded(
  { id, kind }: Observation['items'][number],
  { users, groups }: Guarded,
  graph: GraphReader,
): Promise<string | undefined> {
  if (users.has(id) || groups.has(id)) return isProtected;
  if (groups.size === 0) return undefined;
  const at =
    kind === 'group'
      ? path`/groups/${id}/transitiveMemberOf/microsoft.graph.group`
      : path`/users/${id}/transitiveMemberOf/microsoft.graph.group`;
  const above = await groupIdsOf(graph, at);
  if (above === undefined) return 'Whether it is protected cannot be read';
  return [...above].some((group) => groups.has(group)) ? isProtected : undefined;
}

const isProtected = 'It is protected: no tool of this server changes it';

interface Guarded {
  readonly users: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

const row = z.object({ id: z.string(), groupTypes: z.array(z.string()).nullish() });
const onlyId = z.object({ id: z.string() });

/**
 * Ids behind the settings' names. A name that is found nowhere stops every change: a misspelt protection must not be
 * a hole. Dynamic groups are refused: whoever can edit a property in their rule could leave them.
 */
async function resolveProtected(listed: readonly string[], graph: GraphReader): Promise<Guarded> {
  const users = new Set<string>();
  const groups = new Set<string>();
  for (const name of listed) {
    const found = await resolveOne(name, graph);
    if (found.users.length + found.groups.length === 0) throw unknownProtected(name);
    for (const id of found.users) users.add(id);
    for (const id of found.groups) groups.add(id);
  }
  return { users, groups };
}

async function resolveOne(name: string, graph: GraphReader): Promise<{ users: string[]; groups: string[] }> {
  if (isGuid(name)) {
    const group = await graph.find(path`/groups/${name}`, row);
    if (group !== undefined) return { users: [], groups: [group].map(refuseDynamic(name)) };
  } else if (!name.includes('@')) {
    const { items } = await graph.page(path`/groups`, row, { filter: odata`displayName eq ${name}` });
    return { users: [], groups: items.map(refuseDynamic(name)) };
  }
  const user = (await graph.find(path`/users/${name}`, onlyId)) ?? (await deletedUser(name, graph));
  return { users: user === undefined ? [] : [user.id], groups: [] };
}

/** A protected account stays protected while it is deleted, where the setting names its object id. */
async function deletedUser(name: string, graph: GraphReader): Promise<z.output<typeof onlyId> | undefined> {
  return isGuid(name) ? graph.find(path`/directory/deletedItems/${name}/microsoft.graph.user`, onlyId) : undefined;
}

function refuseDynamic(name: string): (group: z.output<typeof row>) => string {
  return (group) => {
    if (group.groupTypes?.includes('DynamicMembership') !== true) return group.id;
    throw new ToolError('CONFIG_INVALID', {
      message: `The group ${name} in ENTRA_MCP_PROTECTED or ENTRA_MCP_APPROVER_GROUP is dynamic: its members can change themselves out of it.`,
      fix: 'Name a group with assigned members.',
    });
  };
}

function unknownProtected(name: string): ToolError {
  return new ToolError('CONFIG_INVALID', {
    message: `ENTRA_MCP_PROTECTED or ENTRA_MCP_APPROVER_GROUP names ${name}, which is not found in the tenant, so no change is made.`,
    fix: 'Correct the setting: object ids, UPNs or exact group names, separated by commas.',
  });
}

function protectedTarget(kind: Target['kind'], unread: boolean): ToolError {
  if (kind === 'deletedUser' && unread) {
    return new ToolError('PROTECTED_TARGET', {
      message:
        'The groups of a deleted user cannot be read, so this server cannot tell whether a protected group has it.',
      fix: 'Make the change in the Entra admin center.',
    });
  }
  return new ToolError('PROTECTED_TARGET', {
    message: unread
      ? `Whether this ${kind} is protected cannot be read, so this server does not change it.`
      : `This ${kind === 'group' ? 'group' : 'user'} is protected: no tool of this server changes it.`,
    fix: unread
      ? 'Grant the server GroupMember.Read.All, or make the change in the Entra admin center.'
      : 'Make the change in the Entra admin center, or have an administrator edit ENTRA_MCP_PROTECTED.',
  });
}

function takeoverDenied(level: 'yes' | 'unknown'): ToolError {
  return new ToolError('PROTECTED_TARGET', {
    message:
      level === 'yes'
        ? 'This account holds power over the directory, and the change would give a way into it: this server never does that.'
        : 'Whether this account holds power over the directory cannot be read, so this server does not give a way into it.',
    fix:
      level === 'yes'
        ? 'A privileged administrator makes this change in the Entra admin center.'
        : 'Grant the server RoleManagement.Read.Directory and GroupMember.Read.All, or make the change in the Entra admin center.',
  });
}

function lastAdministrator(targets: number): ToolError {
  return new ToolError('PROTECTED_TARGET', {
    message:
      targets === 1
        ? 'This is the last enabled Global Administrator of the tenant.'
        : 'This plan would take access from every enabled Global Administrator of the tenant.',
    fix: 'Give another enabled account the role first, in the Entra admin center.',
  });
}
