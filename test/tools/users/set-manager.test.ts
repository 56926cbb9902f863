import { expect, test } from 'vitest';
import { ToolError } from '../../../src/contract/index.ts';
import setManager from '../../../tools/users/set-manager.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, bob, guest } from '../../fixtures/people.ts';
import { apply, plan, run } from '../../fixtures/tool-trial.ts';

const tenant = () => new FakeGraph().user(ann).user(bob).user(guest).collection('/groups', []);
const managed = () => tenant().object(`/users/${ann.id}/manager`, guest);

test('the plan says what an approver needs', async () => {
  const graph = managed();
  expect(await plan(setManager, { user: ann.userPrincipalName, manager: bob.userPrincipalName }, graph)).toEqual({
    summary: 'Make Bob Cole (bob@contoso.com) manager of Ann Berg (ann@contoso.com)',
    effects: [
      'Gia Diaz (gia_fabrikam.com#EXT#@contoso.onmicrosoft.com) is no longer the manager',
      'Requests that go to the manager go to the new one',
    ],
    warnings: ['The new manager is disabled: nobody answers what is sent to them'],
    undo: 'set_manager, with the manager before',
    changes: [
      {
        property: 'manager',
        before: 'Gia Diaz (gia_fabrikam.com#EXT#@contoso.onmicrosoft.com)',
        after: 'Bob Cole (bob@contoso.com)',
      },
    ],
    targets: [{ kind: 'user', id: ann.id, touch: 'change' }],
    references: [bob.id],
    raise: [],
    facts: { id: ann.id, userPrincipalName: ann.userPrincipalName, before: guest.id, manager: bob.id },
  });
});

test('it sets the reference; applying twice is harmless', async () => {
  const graph = managed();
  const draft = await plan(setManager, { user: ann.id, manager: bob.id }, graph);
  if (!('facts' in draft)) throw new Error('a plan was expected');
  const first = await run(setManager, draft, graph);
  expect(first).toEqual({ id: ann.id, userPrincipalName: ann.userPrincipalName, manager: bob.id });
  expect(await run(setManager, draft, graph)).toEqual(first);
  const write = { method: 'PUT', at: `/users/${ann.id}/manager/$ref`, body: `/users/${bob.id}` };
  expect(graph.writes).toEqual([write, write]);
});

test('null takes the reference away', async () => {
  const graph = managed();
  expect(await apply(setManager, { user: ann.id, manager: null }, graph)).toMatchObject({ manager: null });
  expect(graph.writes).toEqual([{ method: 'DELETE', at: `/users/${ann.id}/manager/$ref` }]);
});

test.each([
  [{ user: ann.id, manager: null }, tenant(), 'Ann Berg (ann@contoso.com) has no manager'],
  [
    { user: ann.id, manager: guest.id },
    managed(),
    'Gia Diaz (gia_fabrikam.com#EXT#@contoso.onmicrosoft.com) is the manager already',
  ],
])('nothing to do: %j', async (input, graph, unchanged) => {
  expect(await plan(setManager, input, graph)).toEqual({ unchanged });
});

test('a dynamic group of direct reports makes it a grant, and is named', async () => {
  const rules = [
    { id: 'g1', displayName: 'Team of Gia', membershipRule: `Direct Reports for "${guest.id.toUpperCase()}"` },
    { id: 'g2', displayName: 'Team of nobody', membershipRule: `Direct Reports for "${ann.id}"` },
    { id: 'g3', displayName: 'Gia herself', membershipRule: `user.objectId -eq "${guest.id}"` },
  ];
  expect(await plan(setManager, { user: ann.id, manager: null }, managed().collection('/groups', rules))).toMatchObject(
    {
      raise: ['grant'],
      effects: expect.arrayContaining([expect.stringMatching(/let them go: Team of Gia$/)]),
    },
  );
});

test('rules that cannot be read make it a grant', async () => {
  const graph = managed().fail('/groups', new ToolError('NOT_PERMITTED', { message: 'No.', fix: 'Ask.' }));
  expect(await plan(setManager, { user: ann.id, manager: null }, graph)).toMatchObject({ raise: ['grant'] });
});

test('a circle is pointed out', async () => {
  const graph = tenant().object(`/users/${guest.id}/manager`, ann);
  expect(await plan(setManager, { user: ann.id, manager: guest.id }, graph)).toMatchObject({
    warnings: ['They become managers of each other'],
  });
});

test('the own manager, a synced account and unknown people are refused', async () => {
  await expect(plan(setManager, { user: ann.id, manager: ann.id }, tenant())).rejects.toMatchObject({
    code: 'INPUT_INVALID',
  });
  await expect(plan(setManager, { user: bob.id, manager: ann.id }, tenant())).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('AD'),
  });
  for (const input of [
    { user: 'nobody', manager: ann.id },
    { user: ann.id, manager: 'nobody' },
  ]) {
    await expect(plan(setManager, input, tenant())).rejects.toMatchObject({ code: 'NOT_FOUND' });
  }
});

test('manager must be said', () => {
  expect(setManager.input.safeParse({ user: ann.id }).success).toBe(false);
});
