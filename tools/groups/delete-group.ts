import { z } from 'zod';
import {
  defineTool,
  explainRefusal,
  type GraphReader,
  groupRef,
  path,
  reason,
  ToolError,
} from '../../src/contract/index.ts';
import {
  type ChangeableGroup,
  cloudGroup,
  described,
  groupRequirement,
  heldRoles,
  isUnified,
} from './changeable-group.ts';

export default defineTool({
  name: 'delete_group',
  title: 'Delete a group',
  description:
    'Deletes one group, never its members. A Microsoft 365 group can be restored for 30 days in the Entra admin center; ' +
    'a security group is gone for good. Not for groups that AD or Exchange manages.',
  toolset: 'groups',
  risk: 'destructive',
  mayRaiseTo: ['irreversible'],
  permissions: ['Group.ReadWrite.All'],
  writes: ['DELETE /groups/{}'],
  idempotent: true,
  input: z.strictObject({ group: groupRef, reason }),
  output: z.object({ id: z.string(), deleted: z.literal(true) }),

  async plan({ group }, { graph }) {
    const found = await cloudGroup(graph, group);
    const [roles, members] = await Promise.all([heldRoles(graph, found), countMembers(graph, found.id)]);
    if (roles.isGlobalAdministrator) throw keepsAdministrators();
    return {
      summary: `Delete the ${described(found)}${isUnified(found) ? '' : ' for good'}`,
      effects: effectsOf(found, roles.names),
      // What it has now, not what is agreed to: members come and go until the plan is applied.
      warnings: members === undefined ? [] : [`Direct members now: ${members}`],
      ...(isUnified(found) ? { undo: 'Entra admin center, Groups, Deleted groups: within 30 days' } : {}),
      targets: [{ kind: 'group', id: found.id, touch: 'change' }],
      // Only Microsoft 365 groups are soft-deleted. [learn.microsoft.com/graph/api/group-delete]
      raise: isUnified(found) ? [] : ['irreversible'],
      facts: { id: found.id, displayName: found.displayName ?? null, isUnified: isUnified(found) },
    };
  },

  async run({ id }, { graph }) {
    await graph.delete(path`/groups/${id}`).catch(explainRefusal(groupRequirement('Group.ReadWrite.All')));
    return { id, deleted: true };
  },
});

function effectsOf(found: ChangeableGroup, roles: readonly string[] | undefined): string[] {
  const licenses = found.assignedLicenses?.length ?? 0;
  return [
    'Its members stay, and lose what only this group gives them: apps, files, policies',
    ...(licenses === 0
      ? []
      : [`They lose the group's licenses: ${licenses} per person, unless assigned in another way`]),
    ...(roles === undefined ? ['They lose the directory roles that the group holds'] : []),
    ...(roles === undefined || roles.length === 0 ? [] : [`They lose these directory roles: ${roles.join(', ')}`]),
    isUnified(found)
      ? 'Its mailbox, site, files and team go with it, and come back with it for 30 days'
      : 'It cannot be brought back; a new group of the same name is another group, without its rights',
  ];
}

const idOnly = z.object({ id: z.string() });

/** The count comes from an index that follows changes with a delay. [learn.microsoft.com/graph/aad-advanced-queries] */
async function countMembers(graph: GraphReader, id: string): Promise<number | undefined> {
  return (await graph.page(path`/groups/${id}/members`, idOnly, { advanced: true, top: 1 })).total;
}

function keepsAdministrators(): ToolError {
  return new ToolError('PROTECTED_TARGET', {
    message: 'The group holds the role Global Administrator: deleting it could leave the tenant without one.',
    fix: 'An administrator takes the role from the group first, in the Entra admin center.',
  });
}
