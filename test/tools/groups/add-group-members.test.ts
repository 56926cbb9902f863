import { expect, test } from 'vitest';
import { ToolError } from '../../../src/contract/index.ts';
import addGroupMembers from '../../../tools/groups/add-group-members.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, bob, finance, guest, mallory } from '../../fixtures/people.ts';
import { apply, plan, run } from '../../fixtures/tool-trial.ts';

/** Everybody exists; `inside` are members. */
function tenant(group: object = finance, inside: readonly { id: string }[] = []): FakeGraph {
  const graph = new FakeGraph().object(`/groups/${finance.id}`, { ...group });
  for (const person of [ann, bob, guest, mallory]) {
    const groups = inside.some(({ id }) => id === person.id) ? [{ id: 'other' }, finance] : [{ id: 'other' }];
    graph.user(person).collection(`/users/${person.id}/memberOf/microsoft.graph.group`, groups);
  }
  return graph;
}

test('the plan says what an approver needs', async () => {
  const input = { group: finance.id, users: [ann.userPrincipalName] };
  expect(await plan(addGroupMembers, input, tenant())).toEqual({
    summary: 'Add Ann Berg (ann@contoso.com) to the security group Finance',
    effects: ['Ann Berg (ann@contoso.com) becomes a member', 'They get what the group gives: its apps, files and mail'],
    warnings: [],
    undo: 'remove_group_members',
    targets: [{ kind: 'group', id: finance.id, touch: 'change' }],
    references: [ann.id],
    people: [ann.id],
    facts: {
      group: finance.id,
      members: [{ id: ann.id, userPrincipalName: ann.userPrincipalName }],
      roleAssignable: false,
      roles: [],
    },
  });
});

test('several users: each is named once, members and guests are pointed out, licenses are counted', async () => {
  const graph = tenant({ ...finance, groupTypes: ['Unified'], mailEnabled: true, assignedLicenses: [{ skuId: 's' }] }, [
    bob,
  ]);
  const users = [ann.id, ann.userPrincipalName, bob.id, guest.userPrincipalName];
  expect(await plan(addGroupMembers, { group: finance.id, users }, graph)).toMatchObject({
    summary: 'Add 2 users to the Microsoft 365 group Finance',
    effects: [
      'Ann Berg (ann@contoso.com) becomes a member',
      'Gia Diaz (gia_fabrikam.com#EXT#@contoso.onmicrosoft.com) becomes a member',
      'They get what the group gives: its apps, files and mail',
      "They get the group's licenses: 1 per person, while seats are free",
    ],
    warnings: [
      'Gia Diaz (gia_fabrikam.com#EXT#@contoso.onmicrosoft.com) is a guest, from outside the organization',
      'Already members, left as they are: Bob Cole (bob@contoso.com)',
    ],
    references: [ann.id, guest.id],
  });
});

test('a role-assignable group: the plan names the roles', async () => {
  const at = '/roleManagement/directory/roleAssignments';
  const graph = tenant({ ...finance, isAssignableToRole: true }).collection(at, [
    { id: '1', roleDefinition: { displayName: 'User Administrator' } },
  ]);
  const warning =
    'Members of this group hold its directory roles, now and later: whoever is added can administer the tenant';
  expect(await plan(addGroupMembers, { group: finance.id, users: [ann.id] }, graph)).toMatchObject({
    summary: 'Add Ann Berg (ann@contoso.com) to the role-assignable security group Finance',
    effects: [
      'Ann Berg (ann@contoso.com) becomes a member',
      'They get what the group gives: its apps, files and mail',
      'They become administrators: User Administrator',
    ],
    warnings: [warning],
    facts: { roleAssignable: true, roles: ['User Administrator'] },
  });
  graph.fail(at, new ToolError('NOT_PERMITTED', { message: 'No.', fix: 'Ask.' }));
  expect(await plan(addGroupMembers, { group: finance.id, users: [ann.id] }, graph)).toMatchObject({
    warnings: [warning],
    facts: { roles: null },
  });
});

test('nothing to do', async () => {
  expect(await plan(addGroupMembers, { group: finance.id, users: [ann.id] }, tenant(finance, [ann]))).toEqual({
    unchanged: 'Already in the security group Finance: Ann Berg (ann@contoso.com)',
  });
});

test.each([
  ['dynamic', { groupTypes: ['DynamicMembership'] }],
  ['synced', { onPremisesSyncEnabled: true }],
  ['mail-enabled', { mailEnabled: true }],
])('a %s group is refused before members are looked at', async (kind, changed) => {
  const graph = tenant({ ...finance, ...changed });
  await expect(plan(addGroupMembers, { group: finance.id, users: [ann.id] }, graph)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining(kind),
  });
  expect(graph.reads).toHaveLength(1);
});

test('one unknown user stops the whole plan, by name', async () => {
  const users = [ann.id, 'nobody@contoso.com'];
  await expect(plan(addGroupMembers, { group: finance.id, users }, tenant())).rejects.toMatchObject({
    code: 'NOT_FOUND',
    detail: { user: 'nobody@contoso.com' },
  });
});

test('it adds each by reference; applying twice is harmless', async () => {
  const graph = tenant();
  const draft = await plan(addGroupMembers, { group: finance.id, users: [ann.id, mallory.userPrincipalName] }, graph);
  if (!('facts' in draft)) throw new Error('a plan was expected');
  const first = await run(addGroupMembers, draft, graph);
  expect(first).toEqual({
    group: finance.id,
    members: [
      { id: ann.id, userPrincipalName: ann.userPrincipalName, status: 'added' },
      { id: mallory.id, userPrincipalName: mallory.userPrincipalName, status: 'added' },
    ],
  });
  expect(await run(addGroupMembers, draft, graph)).toEqual(first);
  const at = `/groups/${finance.id}/members/$ref`;
  expect(graph.writes.slice(0, 2)).toEqual([
    { method: 'POST', at, body: ann.id },
    { method: 'POST', at, body: mallory.id },
  ]);
});

test('one that fails is told beside those that succeeded', async () => {
  const conflict = new ToolError('CONFLICT', { message: 'Not allowed here.', fix: 'Leave it out.' });
  const graph = tenant();
  let calls = 0;
  graph.addRef = async () => {
    calls += 1;
    if (calls === 1) throw conflict;
  };
  expect(await apply(addGroupMembers, { group: finance.id, users: [ann.id, bob.id] }, graph)).toMatchObject({
    members: [
      { id: ann.id, status: 'failed', error: { code: 'CONFLICT', message: 'Not allowed here.', fix: 'Leave it out.' } },
      { id: bob.id, status: 'added' },
    ],
  });
});

test('after a missing permission the others are not tried; with none added the error is thrown', async () => {
  const forbidden = new ToolError('NOT_PERMITTED', { message: 'No.', fix: 'Grant it.' });
  const graph = tenant().fail(`/groups/${finance.id}/members/$ref`, forbidden);
  await expect(apply(addGroupMembers, { group: finance.id, users: [ann.id, bob.id] }, graph)).rejects.toMatchObject({
    code: 'NOT_PERMITTED',
    fix: expect.stringContaining('GroupMember.ReadWrite.All'),
    cause: forbidden,
  });
  expect(graph.writes).toHaveLength(1);
});

test.each([{ users: [] }, { users: Array.from({ length: 21 }, (_, i) => `u${i}@contoso.com`) }, { users: 'ann' }])(
  'refuses %j',
  (changed) => {
    expect(addGroupMembers.input.safeParse({ group: finance.id, ...changed }).success).toBe(false);
  },
);
