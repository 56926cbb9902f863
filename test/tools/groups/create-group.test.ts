import { expect, test } from 'vitest';
import { ToolError } from '../../../src/contract/index.ts';
import createGroup from '../../../tools/groups/create-group.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, bob, finance } from '../../fixtures/people.ts';
import { apply, plan, run } from '../../fixtures/tool-trial.ts';

const context = 'https://graph.example/v1.0/$metadata#users(id)/$entity';
const tenant = () =>
  new FakeGraph()
    .user({ ...ann, '@odata.context': context })
    .user({ ...bob, '@odata.context': context })
    .collection('/groups', []);

test('the plan says what an approver needs', async () => {
  const input = { displayName: 'Zürich Office', kind: 'microsoft365' as const, owners: [ann.userPrincipalName] };
  expect(await plan(createGroup, input, tenant())).toEqual({
    summary: 'Create the Microsoft 365 group Zürich Office',
    effects: [
      'A new group without members',
      'Ann Berg (ann@contoso.com) becomes an owner, and can change the group and who is in it',
      'A mailbox and a site come with it',
    ],
    warnings: [],
    undo: 'delete_group',
    changes: [
      { property: 'displayName', before: null, after: 'Zürich Office' },
      { property: 'mailNickname', before: null, after: 'ZurichOffice' },
      { property: 'mailEnabled', before: null, after: 'true' },
      { property: 'securityEnabled', before: null, after: 'false' },
      { property: 'groupTypes', before: null, after: 'Unified' },
      { property: 'visibility', before: null, after: 'Private' },
    ],
    targets: [],
    references: [ann.id],
    facts: {
      body: {
        displayName: 'Zürich Office',
        mailNickname: 'ZurichOffice',
        mailEnabled: true,
        securityEnabled: false,
        groupTypes: ['Unified'],
        visibility: 'Private',
      },
      owners: [ann.id],
    },
  });
});

test('it is created once, with links to its owners at the root that Graph itself names', async () => {
  const graph = tenant();
  const input = { displayName: 'Ops', kind: 'security' as const, owners: [ann.id, bob.id, ann.userPrincipalName] };
  expect(await apply(createGroup, input, graph)).toEqual({ id: 'new-id', displayName: 'Ops' });
  expect(graph.writes).toEqual([
    {
      method: 'POST',
      at: '/groups',
      repeat: 'once',
      body: {
        displayName: 'Ops',
        mailNickname: 'Ops',
        mailEnabled: false,
        securityEnabled: true,
        groupTypes: [],
        'owners@odata.bind': [ann, bob].map(({ id }) => `https://graph.example/v1.0/users/${id}`),
      },
    },
  ]);
});

test.each([
  [
    { kind: 'security' as const, membershipRule: 'user.department -eq "Sales"' },
    {
      groupTypes: ['DynamicMembership'],
      membershipRule: 'user.department -eq "Sales"',
      membershipRuleProcessingState: 'On',
    },
  ],
  [
    { kind: 'security' as const, roleAssignable: true },
    { isAssignableToRole: true, securityEnabled: true },
  ],
  [
    { kind: 'microsoft365' as const, roleAssignable: true },
    { isAssignableToRole: true, securityEnabled: true, visibility: 'Private' },
  ],
  [{ kind: 'microsoft365' as const, visibility: 'HiddenMembership' as const }, { visibility: 'HiddenMembership' }],
])('%j', async (input, body) => {
  expect(await plan(createGroup, { displayName: 'X', ...input }, tenant())).toMatchObject({ facts: { body } });
});

test('what an approver should look at twice', async () => {
  const graph = tenant().collection('/groups', ({ filter }) =>
    filter?.text === "displayName eq 'Finance'" ? [finance] : [],
  );
  const input = { displayName: 'Finance', kind: 'security' as const, roleAssignable: true };
  expect(await plan(createGroup, input, graph)).toMatchObject({
    summary: 'Create the role-assignable security group Finance',
    warnings: [
      'Another group has this name: people and tools can take one for the other',
      'Directory roles can be assigned to it, which make its members administrators',
      'It has no owner',
    ],
  });
});

test('a mail alias that is taken is refused for a Microsoft 365 group', async () => {
  const graph = tenant().collection('/groups', ({ filter }) =>
    filter?.text === "mailNickname eq 'ops'" ? [finance] : [],
  );
  const input = { displayName: 'Ops', kind: 'microsoft365' as const, mailNickname: 'ops' };
  await expect(plan(createGroup, input, graph)).rejects.toMatchObject({ code: 'CONFLICT' });
});

test('a name without a letter of the alphabet gets a plain alias', async () => {
  expect(await plan(createGroup, { displayName: '営業', kind: 'security' }, tenant())).toMatchObject({
    facts: { body: { displayName: '営業', mailNickname: 'group' } },
  });
});

test.each([
  { kind: 'security' as const, roleAssignable: true, membershipRule: 'user.a -eq "b"' },
  { kind: 'microsoft365' as const, roleAssignable: true, visibility: 'Public' as const },
  { kind: 'security' as const, visibility: 'Private' as const },
])('%j contradicts itself, and nothing is read', async (input) => {
  const graph = tenant();
  await expect(plan(createGroup, { displayName: 'X', ...input }, graph)).rejects.toMatchObject({
    code: 'INPUT_INVALID',
  });
  expect(graph.reads).toEqual([]);
});

test('an unknown owner is NOT_FOUND', async () => {
  const input = { displayName: 'X', kind: 'security' as const, owners: ['nobody'] };
  await expect(plan(createGroup, input, tenant())).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('after a lost answer it says what to look for; a refusal says what the app needs', async () => {
  const graph = tenant();
  const draft = await plan(createGroup, { displayName: 'Ops', kind: 'security' }, graph);
  if (!('facts' in draft)) throw new Error('a plan was expected');
  graph.fail('/groups', new ToolError('OUTCOME_UNKNOWN', { message: 'Lost.', fix: 'Look.' }));
  await expect(run(createGroup, draft, graph)).rejects.toMatchObject({
    code: 'OUTCOME_UNKNOWN',
    fix: expect.stringContaining('search_groups'),
    detail: { mailNickname: 'Ops' },
  });
  graph.fail('/groups', new ToolError('NOT_PERMITTED', { message: 'No.', fix: 'Ask.' }));
  await expect(run(createGroup, draft, graph)).rejects.toMatchObject({
    fix: expect.stringMatching(/Group\.Create .*RoleManagement\.ReadWrite\.Directory for role-assignable groups/),
  });
});

test.each([{ mailNickname: 'a b' }, { mailNickname: 'a@b' }, { kind: 'team' }, { members: [] }])(
  'refuses %j',
  (extra) => {
    expect(createGroup.input.safeParse({ displayName: 'X', kind: 'security', ...extra }).success).toBe(false);
  },
);
