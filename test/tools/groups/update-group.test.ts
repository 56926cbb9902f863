import { expect, test } from 'vitest';
import { ToolError } from '../../../src/contract/index.ts';
import updateGroup from '../../../tools/groups/update-group.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { finance } from '../../fixtures/people.ts';
import { apply, plan, run } from '../../fixtures/tool-trial.ts';

const at = `/groups/${finance.id}`;
const tenant = (more: object = {}) =>
  new FakeGraph().object(at, { ...finance, ...more }).collection('/groups', [{ ...finance, ...more }]);
const unified = { groupTypes: ['Unified'], mailEnabled: true, securityEnabled: false, visibility: 'Private' };
const dynamic = {
  groupTypes: ['DynamicMembership'],
  membershipRule: 'user.department -eq "Finance"',
  membershipRuleProcessingState: 'Paused',
};

test('the plan says what an approver needs', async () => {
  const graph = tenant({ description: 'Old' });
  const set = { description: 'New', displayName: 'Finance' };
  expect(await plan(updateGroup, { group: 'Finance', set }, graph)).toEqual({
    summary: 'Change description of the security group Finance',
    effects: ['Who is in the group stays as it is'],
    warnings: [],
    undo: 'update_group, with the values before',
    changes: [{ property: 'description', before: 'Old', after: 'New' }],
    targets: [{ kind: 'group', id: finance.id, touch: 'change' }],
    raise: [],
    facts: { id: finance.id, before: { description: 'Old' }, body: { description: 'New' } },
  });
});

test.each([
  [dynamic, { membershipRule: 'user.department -eq "Sales"' }, ['grant', 'destructive']],
  [dynamic, { membershipRuleProcessingState: 'On' as const }, ['grant', 'destructive']],
  [
    { ...dynamic, membershipRuleProcessingState: 'On' },
    { membershipRuleProcessingState: 'Paused' as const },
    ['grant'],
  ],
  [unified, { visibility: 'Public' as const }, ['grant']],
  [{ ...unified, visibility: 'Public' }, { visibility: 'Private' as const }, ['destructive']],
  [unified, { mailNickname: 'fin' }, []],
  [{}, { displayName: 'Money' }, []],
])('of %j, %j raises the plan to %j', async (group, set, raise) => {
  const graph = tenant(group).collection('/groups', []);
  expect(await plan(updateGroup, { group: finance.id, set, reason: 'a test' }, graph)).toMatchObject({ raise });
});

test('a new rule says what it does to the members and their licenses', async () => {
  const graph = tenant({ ...dynamic, assignedLicenses: [{ skuId: 's' }] });
  const set = { membershipRule: 'user.department -eq "Sales"' };
  expect(await plan(updateGroup, { group: finance.id, set }, graph)).toMatchObject({
    effects: [
      'Entra works out the members anew: whom the rule fits gets in, everyone else falls out, with all that the group gives',
      'Licenses come and go with it: 1 per person',
    ],
    changes: [{ property: 'membershipRule', before: dynamic.membershipRule, after: set.membershipRule }],
  });
});

test('a name that another group has is pointed out', async () => {
  const graph = tenant().collection('/groups', [{ id: 'other', displayName: 'Money' }]);
  expect(await plan(updateGroup, { group: finance.id, set: { displayName: 'Money' } }, graph)).toMatchObject({
    warnings: ['Another group has the new name: people and tools can take one for the other'],
  });
});

test('nothing to do', async () => {
  const set = { displayName: 'Finance', description: null };
  expect(await plan(updateGroup, { group: finance.id, set }, tenant())).toEqual({
    unchanged: 'The security group Finance already has these values',
  });
});

test('only what differs is sent; null clears; applying twice sends the same', async () => {
  const graph = tenant({ description: 'Old' });
  const draft = await plan(
    updateGroup,
    { group: finance.id, set: { displayName: 'Finance', description: null } },
    graph,
  );
  if (!('facts' in draft)) throw new Error('a plan was expected');
  expect(await run(updateGroup, draft, graph)).toEqual({ id: finance.id, changed: ['description'] });
  await run(updateGroup, draft, graph);
  const write = { method: 'PATCH', at, body: { description: null } };
  expect(graph.writes).toEqual([write, write]);
});

test.each([
  ['synced', { onPremisesSyncEnabled: true }, { description: 'x' }, 'Active Directory'],
  ['Exchange', { mailEnabled: true }, { description: 'x' }, 'Exchange'],
  ['assigned', {}, { membershipRule: 'user.a -eq "b"' }, 'create_group'],
  ['security', {}, { visibility: 'Public' as const }, 'visibility'],
  ['hidden', { ...unified, visibility: 'HiddenMembership' }, { visibility: 'Public' as const }, 'visibility'],
])('a change that a %s group does not take is refused before anything is sent', async (_, group, set, fix) => {
  await expect(plan(updateGroup, { group: finance.id, set }, tenant(group))).rejects.toMatchObject({
    code: 'CONFLICT',
    fix: expect.stringContaining(fix),
  });
});

test('a mail alias that another group has is refused; the own one is no change', async () => {
  const graph = tenant({ ...unified, mailNickname: 'finance' }).collection('/groups', [{ id: 'other' }]);
  await expect(plan(updateGroup, { group: finance.id, set: { mailNickname: 'fin' } }, graph)).rejects.toMatchObject({
    code: 'CONFLICT',
  });
  expect(await plan(updateGroup, { group: finance.id, set: { mailNickname: 'finance' } }, graph)).toHaveProperty(
    'unchanged',
  );
});

test('a refusal says what the app needs', async () => {
  const graph = tenant();
  const draft = await plan(updateGroup, { group: finance.id, set: { description: 'x' } }, graph);
  if (!('facts' in draft)) throw new Error('a plan was expected');
  graph.fail(at, new ToolError('NOT_PERMITTED', { message: 'No.', fix: 'Ask.' }));
  await expect(run(updateGroup, draft, graph)).rejects.toMatchObject({
    fix: expect.stringMatching(/Group\.ReadWrite\.All .*RoleManagement/),
  });
});

test.each([
  ['members', 'use add_group_members or remove_group_members'],
  ['owners', 'use change_group_owners'],
  ['isAssignableToRole', 'use create_group'],
  ['assignedLicenses', 'assign_licenses for one user'],
])('%s is refused with what to use instead', (property, instead) => {
  const { error } = updateGroup.input.safeParse({ group: finance.id, set: { description: 'x', [property]: 'x' } });
  expect(error?.issues).toEqual([expect.objectContaining({ message: expect.stringContaining(instead) })]);
});

test.each([{}, { displayName: null }, { visibility: 'HiddenMembership' }, { mailNickname: 'a b' }])(
  'refuses to set %j',
  (set) => {
    expect(updateGroup.input.safeParse({ group: finance.id, set }).success).toBe(false);
  },
);

test('several groups of one name are a CONFLICT with candidates', async () => {
  const graph = tenant().collection('/groups', [finance, { ...finance, id: 'x' }]);
  await expect(apply(updateGroup, { group: 'Finance', set: { description: 'x' } }, graph)).rejects.toMatchObject({
    code: 'CONFLICT',
    detail: { candidates: [{ id: finance.id }, { id: 'x' }] },
  });
});
