import { z } from 'zod';
import {
  defineTool,
  explainRefusal,
  groupRef,
  optionalReason,
  path,
  type Risk,
  text,
} from '../../src/contract/index.ts';
import {
  type CloudGroup,
  cloudGroup,
  described,
  groupRequirement,
  isDynamic,
  isUnified,
  refused,
} from './changeable-group.ts';
import { groupNickname, groupsCalled, membershipRule, refuseTakenNickname } from './group-input.ts';

/** What to do instead, for properties that people ask for and update_group does not take. */
const elsewhere: Readonly<Record<string, string>> = {
  assignedLicenses: 'use the Microsoft 365 admin center for all members, or assign_licenses for one user',
  groupTypes: 'it is set at creation: use create_group',
  isAssignableToRole: 'it is set at creation: use create_group',
  mail: 'Exchange makes it: set mailNickname',
  mailEnabled: 'it is set at creation: use create_group',
  members: 'use add_group_members or remove_group_members',
  owners: 'use change_group_owners',
  proxyAddresses: 'use Exchange',
  securityEnabled: 'it is set at creation: use create_group',
};

const set = z
  .strictObject(
    {
      displayName: text(256),
      description: text(1024).nullable(),
      mailNickname: groupNickname,
      visibility: z.enum(['Private', 'Public']).describe('microsoft365 only'),
      membershipRule: membershipRule.describe('Dynamic groups only'),
      membershipRuleProcessingState: z.enum(['On', 'Paused']),
    },
    { error: (issue) => (issue.code === 'unrecognized_keys' ? refusal(issue.keys) : undefined) },
  )
  .partial();

type Given = z.output<typeof set>;
type Property = keyof Given;

export default defineTool({
  name: 'update_group',
  title: 'Change properties of a group',
  description:
    'Sets properties of one group; null clears one. Needs approval where it decides who gets in or who can read. ' +
    'Not for members, owners or licenses, nor groups that AD or Exchange manages.',
  toolset: 'groups',
  risk: 'write',
  mayRaiseTo: ['grant', 'destructive'],
  permissions: ['Group.ReadWrite.All'],
  writes: ['PATCH /groups/{}'],
  idempotent: true,
  input: z.strictObject({
    group: groupRef,
    set: set
      .refine((given) => Object.values(given).some((value) => value !== undefined), 'names no property')
      .describe('Only what changes'),
    reason: optionalReason,
  }),
  output: z.object({ id: z.string(), changed: z.array(z.string()) }),

  async plan({ group, set }, { graph }) {
    const found = await cloudGroup(graph, group);
    const differing = properties.filter((name) => set[name] !== undefined && (found[name] ?? null) !== set[name]);
    if (differing.length === 0) return { unchanged: `The ${described(found)} already has these values` };
    refuseUnfit(found, differing);
    const { mailNickname, displayName } = set;
    if (differing.includes('mailNickname') && mailNickname !== undefined && isUnified(found)) {
      await refuseTakenNickname(graph, mailNickname, found.id);
    }
    const renamed = differing.includes('displayName') && displayName !== undefined;
    const called = renamed ? await groupsCalled(graph, displayName) : [];
    const body = Object.fromEntries(differing.map((name) => [name, set[name] ?? null]));
    return {
      summary: `Change ${differing.join(', ')} of the ${described(found)}`,
      effects: effectsOf(found, set, differing),
      warnings: called.some((id) => id !== found.id)
        ? ['Another group has the new name: people and tools can take one for the other']
        : [],
      undo: 'update_group, with the values before',
      changes: differing.map((name) => ({ property: name, before: found[name] ?? null, after: set[name] ?? null })),
      targets: [{ kind: 'group', id: found.id, touch: 'change' }],
      raise: raisedTo(found, set, differing),
      facts: {
        id: found.id,
        before: Object.fromEntries(differing.map((name) => [name, found[name] ?? null])),
        body,
      },
    };
  },

  async run({ id, body }, { graph }) {
    await graph.patch(path`/groups/${id}`, body).catch(explainRefusal(groupRequirement('Group.ReadWrite.All')));
    return { id, changed: Object.keys(body) };
  },
});

const properties: readonly Property[] = [
  'displayName',
  'description',
  'mailNickname',
  'visibility',
  'membershipRule',
  'membershipRuleProcessingState',
];

function refusal(keys: readonly string[]): string | undefined {
  const known = keys.filter((key) => Object.hasOwn(elsewhere, key));
  return known.length === 0 ? undefined : known.map((key) => `${key} is not set here: ${elsewhere[key]}`).join('; ');
}

function refuseUnfit(found: CloudGroup, differing: readonly Property[]): void {
  if (!isDynamic(found) && differing.some((name) => name.startsWith('membershipRule'))) {
    throw refused(
      'The group has assigned members, not a rule.',
      'Create a dynamic group with create_group, or change members with add_group_members and remove_group_members.',
    );
  }
  if (!differing.includes('visibility')) return;
  if (!isUnified(found)) throw refused('Only Microsoft 365 groups have a visibility.', 'Leave visibility out.');
  // [learn.microsoft.com/graph/api/resources/group]
  if (found.visibility === 'HiddenMembership') {
    throw refused('Hidden membership is set at creation and stays.', 'Leave visibility out.');
  }
}

/** True where Entra works out anew who is a member. */
function recalculates(given: Given, differing: readonly Property[]): boolean {
  return (
    differing.includes('membershipRule') ||
    (differing.includes('membershipRuleProcessingState') && given.membershipRuleProcessingState === 'On')
  );
}

function raisedTo(found: CloudGroup, given: Given, differing: readonly Property[]): Risk[] {
  if (recalculates(given, differing)) return ['grant', 'destructive'];
  // Paused, the rule takes nobody out any more: who no longer fits it keeps access.
  const paused: Risk[] = differing.includes('membershipRuleProcessingState') ? ['grant'] : [];
  if (!differing.includes('visibility')) return paused;
  if (given.visibility === 'Public') return ['grant'];
  return found.visibility === 'Public' ? [...paused, 'destructive'] : paused;
}

function effectsOf(found: CloudGroup, given: Given, differing: readonly Property[]): string[] {
  const licenses = found.assignedLicenses?.length ?? 0;
  return [
    ...(recalculates(given, differing)
      ? [
          'Entra works out the members anew: whom the rule fits gets in, everyone else falls out, with all that the group gives',
          ...(licenses === 0 ? [] : [`Licenses come and go with it: ${licenses} per person`]),
        ]
      : ['Who is in the group stays as it is']),
    ...(given.membershipRuleProcessingState === 'Paused'
      ? ['The members stay as they are until processing is on']
      : []),
    ...(differing.includes('visibility')
      ? [
          given.visibility === 'Public'
            ? 'Everyone in the organization can read its content and join'
            : 'Only members can read its content, and owners decide who joins',
        ]
      : []),
  ];
}
