import { expect, test } from 'vitest';
import { ToolError } from '../../../src/contract/index.ts';
import removeGroupMembers from '../../../tools/groups/remove-group-members.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, bob, finance } from '../../fixtures/people.ts';
import { apply, plan, run } from '../../fixtures/tool-trial.ts';

const reason = 'changed teams';

/** Ann and Bob exist; `inside` are members. */
function tenant(group: object = finance, inside: readonly { id: string }[] = [ann]): FakeGraph {
  const graph = new FakeGraph().object(`/groups/${finance.id}`, { ...group });
  for (const person of [ann, bob]) {
    const groups = inside.some(({ id }) => id === person.id) ? [finance] : [];
    graph.user(person).collection(`/users/${person.id}/memberOf/microsoft.graph.group`, groups);
  }
  return graph;
}

test('the plan says what an approver needs', async () => {
  const graph = tenant({ ...finance, assignedLicenses: [{ skuId: 's' }] });
  expect(await plan(removeGroupMembers, { group: finance.id, users: [ann.id, bob.id], reason }, graph)).toEqual({
    summary: 'Remove Ann Berg (ann@contoso.com) from the security group Finance',
    effects: [
      'Ann Berg (ann@contoso.com) is no longer a member',
      'They lose what only this group gives them: its apps, files and mail',
      "They lose the group's licenses: 1 per person, unless assigned in another way",
    ],
    warnings: ['Not members, left as they are: Bob Cole (bob@contoso.com)'],
    undo: 'add_group_members',
    targets: [
      { kind: 'group', id: finance.id, touch: 'change' },
      { kind: 'user', id: ann.id, touch: 'takeaway' },
    ],
    facts: { group: finance.id, members: [{ id: ann.id, userPrincipalName: ann.userPrincipalName }] },
  });
});

test('a role-assignable group: the plan names the roles that are lost', async () => {
  const at = '/roleManagement/directory/roleAssignments';
  const graph = tenant({ ...finance, isAssignableToRole: true }).collection(at, [
    { id: '1', roleDefinition: { displayName: 'User Administrator' } },
  ]);
  const input = { group: finance.id, users: [ann.id], reason };
  expect(await plan(removeGroupMembers, input, graph)).toMatchObject({
    effects: expect.arrayContaining(['They lose these directory roles: User Administrator']),
  });
  graph.fail(at, new ToolError('NOT_PERMITTED', { message: 'No.', fix: 'Ask.' }));
  expect(await plan(removeGroupMembers, input, graph)).toMatchObject({
    effects: expect.arrayContaining(['They lose the directory roles that the group holds']),
  });
});

test('nothing to do', async () => {
  expect(await plan(removeGroupMembers, { group: finance.id, users: [bob.id], reason }, tenant())).toEqual({
    unchanged: 'Not in the security group Finance: Bob Cole (bob@contoso.com)',
  });
});

test.each([
  ['dynamic', { groupTypes: ['DynamicMembership'] }],
  ['synced', { onPremisesSyncEnabled: true }],
  ['mail-enabled', { mailEnabled: true }],
])('a %s group is refused', async (kind, changed) => {
  const graph = tenant({ ...finance, ...changed });
  await expect(plan(removeGroupMembers, { group: finance.id, users: [ann.id], reason }, graph)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining(kind),
  });
});

test('an unknown user is NOT_FOUND', async () => {
  const input = { group: finance.id, users: ['nobody@contoso.com'], reason };
  await expect(plan(removeGroupMembers, input, tenant())).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('it removes the reference, never the account; applying twice is harmless', async () => {
  const graph = tenant();
  const draft = await plan(removeGroupMembers, { group: finance.id, users: [ann.id], reason }, graph);
  if (!('facts' in draft)) throw new Error('a plan was expected');
  const first = await run(removeGroupMembers, draft, graph);
  expect(first).toEqual({
    group: finance.id,
    members: [{ id: ann.id, userPrincipalName: ann.userPrincipalName, status: 'removed' }],
  });
  expect(await run(removeGroupMembers, draft, graph)).toEqual(first);
  const write = { method: 'DELETE', at: `/groups/${finance.id}/members/${ann.id}/$ref` };
  expect(graph.writes).toEqual([write, write]);
});

test('one that fails is told beside those that succeeded', async () => {
  const upstream = new ToolError('UPSTREAM', { message: 'Graph failed.', fix: 'Try again.' });
  const graph = tenant(finance, [ann, bob]).fail(`/groups/${finance.id}/members/${ann.id}/$ref`, upstream);
  expect(await apply(removeGroupMembers, { group: finance.id, users: [ann.id, bob.id], reason }, graph)).toMatchObject({
    members: [
      { id: ann.id, status: 'failed', error: { code: 'UPSTREAM' } },
      { id: bob.id, status: 'removed' },
    ],
  });
});

test('a reason is required', () => {
  expect(removeGroupMembers.input.safeParse({ group: finance.id, users: [ann.id] }).success).toBe(false);
});
