import { z } from 'zod';
import { defineTool, explainRefusal, groupRef, named, optionalReason, path } from '../../src/contract/index.ts';
import { type ChangeableGroup, changeableGroup, described, groupRequirement, rolesOf } from './changeable-group.ts';
import { eachMember, memberOutcome, memberRefs, membersAmong, type Person } from './membership.ts';

export default defineTool({
  name: 'add_group_members',
  title: 'Add users to a group',
  description:
    'Makes users direct members of one group; those who are already are left out. ' +
    'Not for dynamic groups (a rule decides), nor groups that AD or Exchange manages.',
  toolset: 'groups',
  risk: 'grant',
  permissions: ['GroupMember.ReadWrite.All', 'User.Read.All'],
  writes: ['POST /groups/{}/members/$ref'],
  idempotent: true,
  input: z.strictObject({ group: groupRef, users: memberRefs, reason: optionalReason }),
  output: z.object({ group: z.string(), members: z.array(memberOutcome) }),

  async plan({ group, users }, { graph }) {
    const found = await changeableGroup(graph, group);
    const { inside, outside } = await membersAmong(graph, found.id, users);
    if (outside.length === 0)
      return { unchanged: `Already in the ${described(found)}: ${inside.map(named).join(', ')}` };
    const roles = await rolesOf(graph, found);
    return {
      summary: `Add ${outside.length === 1 ? outside.map(named).join() : `${outside.length} users`} to the ${described(found)}`,
      effects: effectsOf(found, outside, roles),
      warnings: warningsOf(found, outside, inside),
      undo: 'remove_group_members',
      targets: [{ kind: 'group', id: found.id, touch: 'change' }],
      references: outside.map((person) => person.id),
      people: outside.map((person) => person.id),
      facts: {
        group: found.id,
        members: outside.map(({ id, userPrincipalName }) => ({ id, userPrincipalName })),
        roleAssignable: found.isAssignableToRole === true,
        roles: roles ?? null,
      },
    };
  },

  async run({ group, members }, { graph }) {
    const refused = explainRefusal(groupRequirement('GroupMember.ReadWrite.All'));
    const add = (userId: string) => graph.addRef(path`/groups/${group}/members`, userId).catch(refused);
    return { group, members: await eachMember(members, 'added', add) };
  },
});

function effectsOf(found: ChangeableGroup, added: readonly Person[], roles: readonly string[] | undefined): string[] {
  const licenses = found.assignedLicenses?.length ?? 0;
  return [
    ...added.map((person) => `${named(person)} becomes a member`),
    'They get what the group gives: its apps, files and mail',
    ...(licenses === 0 ? [] : [`They get the group's licenses: ${licenses} per person, while seats are free`]),
    ...(roles === undefined || roles.length === 0 ? [] : [`They become administrators: ${roles.join(', ')}`]),
  ];
}

function warningsOf(found: ChangeableGroup, added: readonly Person[], left: readonly Person[]): string[] {
  return [
    ...(found.isAssignableToRole
      ? ['Members of this group hold its directory roles, now and later: whoever is added can administer the tenant']
      : []),
    ...added
      .filter((person) => person.userType === 'Guest')
      .map((person) => `${named(person)} is a guest, from outside the organization`),
    ...(left.length === 0 ? [] : [`Already members, left as they are: ${left.map(named).join(', ')}`]),
  ];
}
