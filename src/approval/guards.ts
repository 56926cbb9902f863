import { type GraphReader, type Observation, path, type Target, ToolError } from '../contract/index.ts';
import type { ProtectedIds, Protection } from './protection.ts';
import { groupIdsOf, type Subject, staysAdministered } from './subjects.ts';

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
  protection: Protection,
  graph: GraphReader,
): Promise<GuardVerdict> {
  await refuseGuarded(subjects, protection);
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

async function refuseGuarded(subjects: readonly Subject[], protection: Protection): Promise<void> {
  if (protection.isEmpty || subjects.length === 0) return;
  const guarded = await protection.ids();
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
  protection: Protection,
  graph: GraphReader,
): Promise<{ readonly observations?: readonly Observation[] }> {
  const items = (observations ?? []).flatMap((list) => list.items.filter(({ kind }) => kind !== undefined));
  if (observations === undefined || protection.isEmpty || items.length === 0) return {};
  const guarded = await protection.ids();
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
  { users, groups }: ProtectedIds,
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
