import { z } from 'zod';
import {
  defineTool,
  explainRefusal,
  findUser,
  type GraphReader,
  groupRef,
  named,
  optionalReason,
  path,
  ToolError,
  userRef,
} from '../../src/contract/index.ts';
import { type ChangeableGroup, cloudGroup, described, groupRequirement, refused } from './changeable-group.ts';
import { eachMember, memberOutcome } from './membership.ts';

const users = z.array(userRef).min(1).max(20).optional();
const person = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  userPrincipalName: z.string(),
  userType: z.string().nullish(),
});
const owner = z.object({ '@odata.type': z.string().optional(), id: z.string() });
type Person = z.output<typeof person>;

/** [learn.microsoft.com/entra/identity/users/directory-service-limits-restrictions] */
const mostOwners = 100;

export default defineTool({
  name: 'change_group_owners',
  title: 'Change the owners of a group',
  description:
    'Makes users owners of one group, then takes ownership from others. ' +
    'The last owner stays: add another in the same call. Not for groups that AD or Exchange manages.',
  toolset: 'groups',
  risk: 'grant',
  mayRaiseTo: ['destructive'],
  permissions: ['Group.ReadWrite.All', 'User.Read.All'],
  writes: ['POST /groups/{}/owners/$ref', 'DELETE /groups/{}/owners/{}/$ref'],
  idempotent: true,
  input: z.strictObject({
    group: groupRef,
    add: users.describe('New owners: object ids or UPNs'),
    remove: users.describe('Owners to remove: object ids or UPNs'),
    reason: optionalReason,
  }),
  output: z.object({ group: z.string(), owners: z.array(memberOutcome) }),

  async plan({ group, add = [], remove = [] }, { graph }) {
    refuseContradictions(add, remove);
    const found = await cloudGroup(graph, group);
    const [owners, toAdd, toRemove] = await Promise.all([
      ownersOf(graph, found.id),
      peopleOf(graph, add),
      peopleOf(graph, remove),
    ]);
    const isOwner = ({ id }: Person) => owners.has(id);
    const added = toAdd.filter((one) => !isOwner(one));
    const removed = toRemove.filter(isOwner);
    refuseBoth(toAdd, toRemove);
    if (added.length + removed.length === 0)
      return { unchanged: `The owners of the ${described(found)} are so already` };
    refuseNobodyLeft(owners, added, removed);
    return {
      summary: `Change the owners of the ${described(found)}`,
      effects: [
        ...added.map((one) => `${named(one)} becomes an owner, and can change the group and who is in it`),
        ...removed.map((one) => `${named(one)} is no longer an owner; a membership stays`),
      ],
      warnings: warningsOf(found, added),
      undo: 'change_group_owners, the other way round',
      targets: [
        { kind: 'group', id: found.id, touch: 'change' },
        ...removed.map(({ id }) => ({ kind: 'user' as const, id, touch: 'takeaway' as const })),
      ],
      references: added.map(({ id }) => id),
      people: added.map(({ id }) => id),
      raise: removed.length > 0 ? ['destructive'] : [],
      facts: { group: found.id, add: added.map(listed), remove: removed.map(listed) },
    };
  },

  // Additions first: a group must not be without an owner in between.
  async run({ group, add, remove }, { graph }) {
    const explained = explainRefusal(groupRequirement('Group.ReadWrite.All'));
    const added = await eachMember(add, 'added', (id) =>
      graph.addRef(path`/groups/${group}/owners`, id).catch(explained),
    );
    const removed = await eachMember(remove, 'removed', (id) =>
      graph.removeRef(path`/groups/${group}/owners/${id}`).catch(explained),
    );
    return { group, owners: [...added, ...removed] };
  },
});

const listed = ({ id, userPrincipalName }: Person) => ({ id, userPrincipalName });

/** Every owner, and whether it is a user: a service principal does not keep a group from being without owner. */
async function ownersOf(graph: GraphReader, id: string): Promise<ReadonlyMap<string, boolean>> {
  const owners = new Map<string, boolean>();
  for await (const page of graph.pages(path`/groups/${id}/owners`, owner, { top: mostOwners })) {
    for (const one of page.items) owners.set(one.id, one['@odata.type'] === '#microsoft.graph.user');
  }
  return owners;
}

async function peopleOf(graph: GraphReader, refs: readonly string[]): Promise<Person[]> {
  const people = await Promise.all(refs.map((ref) => findUser(graph, ref, person)));
  return [...new Map(people.map((one) => [one.id, one])).values()];
}

function refuseContradictions(add: readonly string[], remove: readonly string[]): void {
  if (add.length + remove.length > 0) return;
  throw new ToolError('INPUT_INVALID', {
    message: 'Neither add nor remove names a user.',
    fix: 'Name who becomes an owner in add, and who ceases to be one in remove.',
  });
}

function refuseBoth(toAdd: readonly Person[], toRemove: readonly Person[]): void {
  const both = toAdd.filter((one) => toRemove.some(({ id }) => id === one.id));
  if (both.length === 0) return;
  throw new ToolError('INPUT_INVALID', {
    message: 'A user stands both in add and in remove.',
    fix: 'Name each user in one of them.',
    detail: { users: both.map(listed) },
  });
}

function refuseNobodyLeft(
  owners: ReadonlyMap<string, boolean>,
  added: readonly Person[],
  removed: readonly Person[],
): void {
  if (owners.size + added.length > mostOwners) {
    throw refused('A group has at most 100 owners.', 'Take ownership from others first.');
  }
  const people = [...owners].filter(([, isUser]) => isUser).length;
  if (removed.length === 0 || people - removed.length + added.length > 0) return;
  throw refused(
    'These are the last users who own the group, and it must keep one.',
    'Name a successor in add, in the same call.',
  );
}

function warningsOf(found: ChangeableGroup, added: readonly Person[]): string[] {
  return [
    ...(found.isAssignableToRole && added.length > 0
      ? ['The group can hold directory roles: its owners decide who administers the tenant']
      : []),
    ...added
      .filter((one) => one.userType === 'Guest')
      .map((one) => `${named(one)} is a guest, from outside the organization`),
  ];
}
