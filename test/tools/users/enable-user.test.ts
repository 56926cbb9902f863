import { expect, test } from 'vitest';
import enableUser from '../../../tools/users/enable-user.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, bob, guest } from '../../fixtures/people.ts';
import { apply, plan } from '../../fixtures/tool-trial.ts';

test('the plan says what an approver needs', async () => {
  const graph = new FakeGraph().user(bob);
  expect(await plan(enableUser, { user: bob.userPrincipalName }, graph)).toEqual({
    summary: 'Enable Bob Cole (bob@contoso.com)',
    effects: [
      'The account can sign in again, with the password and sign-in methods it has',
      'Its licenses and group memberships work again',
    ],
    warnings: ['Synced from AD: enable the account there too, or a sync disables it again'],
    undo: 'disable_user',
    changes: [{ property: 'accountEnabled', before: 'false', after: 'true' }],
    targets: [{ kind: 'user', id: bob.id, touch: 'takeover' }],
    facts: { id: bob.id, userPrincipalName: bob.userPrincipalName },
  });
});

test('a guest is pointed out', async () => {
  const graph = new FakeGraph().user({ ...guest, accountEnabled: false });
  expect(await plan(enableUser, { user: guest.userPrincipalName }, graph)).toMatchObject({
    warnings: ['A guest: someone from outside the organization'],
  });
});

test('nothing to do', async () => {
  expect(await plan(enableUser, { user: ann.id }, new FakeGraph().user(ann))).toEqual({
    unchanged: 'Ann Berg (ann@contoso.com) is already enabled',
  });
});

test('an unknown user is NOT_FOUND', async () => {
  await expect(plan(enableUser, { user: ann.id }, new FakeGraph())).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('it sets accountEnabled and nothing else', async () => {
  const graph = new FakeGraph().user(bob);
  expect(await apply(enableUser, { user: bob.id, reason: 'back from leave' }, graph)).toEqual({
    id: bob.id,
    userPrincipalName: bob.userPrincipalName,
    accountEnabled: true,
  });
  expect(graph.writes).toEqual([{ method: 'PATCH', at: `/users/${bob.id}`, body: { accountEnabled: true } }]);
});
