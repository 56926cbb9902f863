import { z } from 'zod';
import { type GraphReader, isGuid, odata, path, ToolError } from '../contract/index.ts';
import { type Subject, staysAdministered } from './subjects.ts';

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
  let stepUp = false;
  for (const { judged } of subjects) {
    if (judged.privileged === 'no' || (judged.kind === 'user' && judged.touch === 'change')) continue;
    if (judged.kind === 'user' && judged.touch === 'takeover') throw takeoverDenied(judged.privileged);
    stepUp = true;
    warnings.push(privilegedWarning(judged.kind, judged.privileged));
    if (judged.kind !== 'user') continue;
    const stays = await staysAdministered(judged.id, graph);
    if (stays === false) throw lastAdministrator();
  }
  return { stepUp, warnings };
}

function privilegedWarning(kind: 'user' | 'group', level: 'yes' | 'unknown'): string {
  if (kind === 'group')
    return 'Directory roles can be assigned to this group: whoever is in it may administer the tenant';
  return level === 'yes'
    ? 'This account holds power over the directory'
    : 'Whether this account holds power over the directory cannot be read, so it is treated as if it did';
}

async function refuseGuarded(subjects: readonly Subject[], names: ProtectedNames, graph: GraphReader): Promise<void> {
  const listed = [...names.protected, ...(names.approverGroup === undefined ? [] : [names.approverGroup])];
  if (listed.length === 0 || subjects.length === 0) return;
  const ids = await resolveProtected(listed, graph);
  for (const { judged, groupIds } of subjects) {
    const reached = ids.has(judged.id) || groupIds === undefined || [...groupIds].some((id) => ids.has(id));
    if (reached) throw protectedTarget(judged.kind, groupIds === undefined && !ids.has(judged.id));
  }
}

const row = z.object({ id: z.string(), groupTypes: z.array(z.string()).nullish() });
const onlyId = z.object({ id: z.string() });

/**
 * Ids behind the settings' names. A name that is found nowhere stops every change: a misspelt protection must not be
 * a hole. Dynamic groups are refused: whoever can edit a property in their rule could leave them.
 */
async function resolveProtected(listed: readonly string[], graph: GraphReader): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (const name of listed) {
    const found = await resolveOne(name, graph);
    if (found.length === 0) throw unknownProtected(name);
    for (const id of found) ids.add(id);
  }
  return ids;
}

async function resolveOne(name: string, graph: GraphReader): Promise<string[]> {
  if (name.includes('@') && !isGuid(name)) {
    const user = await graph.find(path`/users/${name}`, onlyId);
    return user === undefined ? [] : [user.id];
  }
  if (!isGuid(name)) {
    const { items } = await graph.page(path`/groups`, row, { filter: odata`displayName eq ${name}` });
    return items.map(refuseDynamic(name));
  }
  const group = await graph.find(path`/groups/${name}`, row);
  if (group !== undefined) return [group].map(refuseDynamic(name));
  const user = await graph.find(path`/users/${name}`, onlyId);
  return user === undefined ? [] : [user.id];
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

function protectedTarget(kind: 'user' | 'group', unread: boolean): ToolError {
  return new ToolError('PROTECTED_TARGET', {
    message: unread
      ? `Whether this ${kind} is protected cannot be read, so this server does not change it.`
      : `This ${kind} is protected: no tool of this server changes it.`,
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

function lastAdministrator(): ToolError {
  return new ToolError('PROTECTED_TARGET', {
    message: 'This is the last enabled Global Administrator of the tenant.',
    fix: 'Give another enabled account the role first, in the Entra admin center.',
  });
}
