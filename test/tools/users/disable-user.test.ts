import { expect, test } from 'vitest';
import disableUser from '../../../tools/users/disable-user.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, bob, mallory } from '../../fixtures/people.ts';
import { apply, plan, run } from '../../fixtures/tool-trial.ts';

const reason = 'left the company';

test('the plan says what an approver needs', async () => {
  const graph = new FakeGraph().user(ann);
  expect(await plan(disableUser, { user: ann.userPrincipalName, reason }, graph)).toEqual({
    summary: 'Disable Ann Berg (ann@contoso.com)',
    effects: ['New sign-ins are blocked', 'Licenses and group memberships are kept'],
    warnings: [],
    undo: 'enable_user',
    changes: [{ property: 'accountEnabled', before: 'true', after: 'false' }],
    targets: [{ kind: 'user', id: ann.id, touch: 'takeaway' }],
    containment: true,
    facts: { id: ann.id, userPrincipalName: ann.userPrincipalName },
  });
  expect(graph.reads[0]).toEqual({
    at: '/users/ann@contoso.com',
    select: ['id', 'displayName', 'userPrincipalName', 'accountEnabled', 'onPremisesSyncEnabled'],
  });
});

test('a synced account is to be disabled in AD too', async () => {
  const graph = new FakeGraph().user({ ...bob, accountEnabled: true });
  expect(await plan(disableUser, { user: bob.id, reason }, graph)).toMatchObject({
    warnings: ['Synced from AD: disable the account there too'],
  });
});

test('nothing to do', async () => {
  const graph = new FakeGraph().user(bob);
  expect(await plan(disableUser, { user: bob.id, reason }, graph)).toEqual({
    unchanged: 'Bob Cole (bob@contoso.com) is already disabled',
  });
});

test('an unknown user is NOT_FOUND', async () => {
  await expect(plan(disableUser, { user: 'nobody@contoso.com', reason }, new FakeGraph())).rejects.toMatchObject({
    code: 'NOT_FOUND',
    detail: { user: 'nobody@contoso.com' },
  });
});

test('a reason is required', () => {
  expect(disableUser.input.safeParse({ user: ann.id }).success).toBe(false);
});

test('applying twice sends the same harmless PATCH', async () => {
  const graph = new FakeGraph().user(ann);
  const draft = await plan(disableUser, { user: ann.id, reason }, graph);
  if (!('facts' in draft)) throw new Error('a plan was expected');
  const done = { id: ann.id, userPrincipalName: ann.userPrincipalName, accountEnabled: false };
  expect(await run(disableUser, draft, graph)).toEqual(done);
  expect(await run(disableUser, draft, graph)).toEqual(done);
  const patch = { method: 'PATCH', at: `/users/${ann.id}`, body: { accountEnabled: false } };
  expect(graph.writes).toEqual([patch, patch]);
});

test('a hostile name changes neither the address nor the body', async () => {
  const graph = new FakeGraph().user(mallory);
  await apply(disableUser, { user: mallory.userPrincipalName, reason }, graph);
  expect(graph.writes).toEqual([{ method: 'PATCH', at: `/users/${mallory.id}`, body: { accountEnabled: false } }]);
});
