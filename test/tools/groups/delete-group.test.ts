import { expect, test } from 'vitest';
import { ToolError } from '../../../src/contract/index.ts';
import deleteGroup from '../../../tools/groups/delete-group.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, bob, finance } from '../../fixtures/people.ts';
import { plan, run } from '../../fixtures/tool-trial.ts';

const reason = 'no longer used';
const at = `/groups/${finance.id}`;
const roles = '/roleManagement/directory/roleAssignments';
const tenant = (more: object = {}) =>
  new FakeGraph()
    .object(at, { ...finance, ...more })
    .collection(`${at}/members`, [ann, bob])
    .collection(roles, []);
const unified = { groupTypes: ['Unified'], mailEnabled: true, securityEnabled: false };

test('a security group is gone for good, and the plan says so', async () => {
  const graph = tenant({ assignedLicenses: [{ skuId: 's' }] });
  expect(await plan(deleteGroup, { group: finance.id, reason }, graph)).toEqual({
    summary: 'Delete the security group Finance for good',
    effects: [
      'Its members stay, and lose what only this group gives them: apps, files, policies',
      "They lose the group's licenses: 1 per person, unless assigned in another way",
      'It cannot be brought back; a new group of the same name is another group, without its rights',
    ],
    warnings: ['Direct members now: 2'],
    targets: [{ kind: 'group', id: finance.id, touch: 'change' }],
    raise: ['irreversible'],
    facts: { id: finance.id, displayName: 'Finance', isUnified: false },
  });
});

test('a Microsoft 365 group can be brought back', async () => {
  const draft = await plan(deleteGroup, { group: finance.id, reason }, tenant(unified));
  expect(draft).toMatchObject({
    summary: 'Delete the Microsoft 365 group Finance',
    undo: expect.stringContaining('30 days'),
    raise: [],
  });
});

test('the roles that it holds are named', async () => {
  const graph = tenant({ isAssignableToRole: true }).collection(roles, [
    { id: '1', roleDefinitionId: 'r', roleDefinition: { displayName: 'User Administrator' } },
  ]);
  expect(await plan(deleteGroup, { group: finance.id, reason }, graph)).toMatchObject({
    effects: expect.arrayContaining(['They lose these directory roles: User Administrator']),
  });
  graph.fail(roles, new ToolError('NOT_PERMITTED', { message: 'No.', fix: 'Ask.' }));
  expect(await plan(deleteGroup, { group: finance.id, reason }, graph)).toMatchObject({
    effects: expect.arrayContaining(['They lose the directory roles that the group holds']),
  });
});

test('a group that holds Global Administrator stays', async () => {
  const graph = tenant({ isAssignableToRole: true }).collection(roles, [
    { id: '1', roleDefinitionId: '62e90394-69f5-4237-9190-012177145e10' },
  ]);
  await expect(plan(deleteGroup, { group: finance.id, reason }, graph)).rejects.toMatchObject({
    code: 'PROTECTED_TARGET',
  });
});

test.each([
  ['synced', { onPremisesSyncEnabled: true }],
  ['Exchange', { mailEnabled: true }],
])('a %s group is refused', async (_, group) => {
  await expect(plan(deleteGroup, { group: finance.id, reason }, tenant(group))).rejects.toMatchObject({
    code: 'CONFLICT',
  });
});

test('it deletes the group by its own address; applying twice is harmless', async () => {
  const graph = tenant();
  const draft = await plan(deleteGroup, { group: finance.id, reason }, graph);
  if (!('facts' in draft)) throw new Error('a plan was expected');
  expect(await run(deleteGroup, draft, graph)).toEqual({ id: finance.id, deleted: true });
  await run(deleteGroup, draft, graph);
  expect(graph.writes).toEqual([
    { method: 'DELETE', at },
    { method: 'DELETE', at },
  ]);
});

test('an unknown group is NOT_FOUND, and a reason is required', async () => {
  await expect(plan(deleteGroup, { group: ann.id, reason }, tenant())).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(deleteGroup.input.safeParse({ group: finance.id }).success).toBe(false);
});
