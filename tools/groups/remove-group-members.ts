import { z } from 'zod';
import { defineTool, explainRefusal, groupRef, named, path, reason } from '../../src/contract/index.ts';
import { type ChangeableGroup, changeableGroup, described, groupRequirement, rolesOf } from './changeable-group.ts';
import { eachMember, memberOutcome, memberRefs, membersAmong, type Person } from './membership.ts';

export default defineTool({
  name: 'remove_group_members',
  title: 'Remove users from a group',
  description:
    'Ends the direct membership of users in one group; those who are not members are left out. The accounts stay. ' +
    'Not for dynamic groups (a rule decides), nor groups that AD or Exchange manages.',
  toolset: 'groups',
  risk: 'destructive',
  permissions: ['GroupMember.ReadWrite.All', 'User.Read.All'],
  writes: ['DELETE /groups/{}/members/{}/$ref'],
  idempotent: true,
  input: z.strictObject({ group: groupRef, users: memberRefs, reason }),
  output: z.object({ group: z.string(), members: z.array(memberOutcome) }),

  async plan({ group, users }, { graph }) {
    const found = await changeableGroup(graph, group);
    const { inside, outside } = await membersAmong(graph, found.id, users);
    if (inside.length === 0) return { unchanged: `Not in the ${described(found)}: ${outside.map(named).join(', ')}` };
    const roles = await rolesOf(graph, found);
    return {
      summary: `Remove ${inside.length === 1 ? inside.map(named).join() : `${inside.length} users`} from the ${described(found)}`,
      effects: effectsOf(found, inside, roles),
      warnings: outside.length === 0 ? [] : [`Not members, left as they are: ${outside.map(named).join(', ')}`],
      undo: 'add_group_members',
      targets: [
        { kind: 'group', id: found.id, touch: 'change' },
        ...inside.map(({ id }) => ({ kind: 'user' as const, id, touch: 'takeaway' as const })),
      ],
      facts: { group: found.id, members: inside.map(({ id, userPrincipalName }) => ({ id, userPrincipalName })) },
    };
  },

  async run({ group, members }, { graph }) {
    // removeRef sends /$ref: without it Graph would delete the account itself.
    const refused = explainRefusal(groupRequirement('GroupMember.ReadWrite.All'));
    const remove = (userId: string) => graph.removeRef(path`/groups/${group}/members/${userId}`).catch(refused);
    return { group, members: await eachMember(members, 'removed', remove) };
  },
});

function effectsOf(found: ChangeableGroup, removed: readonly Person[], roles: readonly string[] | undefined): string[] {
  const licenses = found.assignedLicenses?.length ?? 0;
  return [
    ...removed.map((person) => `${named(person)} is no longer a member`),
    'They lose what only this group gives them: its apps, files and mail',
    ...(licenses === 0
      ? []
      : [`They lose the group's licenses: ${licenses} per person, unless assigned in another way`]),
    ...(found.isAssignableToRole ? [rolesLost(roles)] : []),
  ];
}

function rolesLost(roles: readonly string[] | undefined): string {
  if (roles === undefined) return 'They lose the directory roles that the group holds';
  return roles.length === 0
    ? 'The group holds no directory role now'
    : `They lose these directory roles: ${roles.join(', ')}`;
}
