import { expect, test } from 'vitest';
import { ToolError } from '../../../src/contract/index.ts';
import restoreUser from '../../../tools/users/restore-user.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, dan } from '../../fixtures/people.ts';
import { apply, plan, run } from '../../fixtures/tool-trial.ts';

const restoreAt = `/directory/deletedItems/${dan.id}/restore`;
const tenant = () =>
  new FakeGraph()
    .deletedUser(dan)
    .collection('/users', [])
    .collection('/domains', [{ id: 'contoso.com', isVerified: true, authenticationType: 'Managed' }]);
const lost = new ToolError('OUTCOME_UNKNOWN', { message: 'Lost.', fix: 'Look.' });

async function draftOf(graph: FakeGraph, input: Parameters<typeof restoreUser.input.parse>[0] = { user: dan.id }) {
  const draft = await plan(restoreUser, restoreUser.input.parse(input), graph);
  if (!('facts' in draft)) throw new Error('a plan was expected');
  return draft;
}

test.each([dan.id, 'dan@contoso.com'])('the plan for %s says what an approver needs', async (user) => {
  expect(await plan(restoreUser, { user }, tenant())).toEqual({
    summary: 'Restore Dan Eck (dan@contoso.com)',
    effects: [
      'They can sign in again as dan@contoso.com, with the password and sign-in methods they had',
      'Properties and groups come back, and licenses as far as seats are free',
    ],
    warnings: ['Which groups it comes back to cannot be read while it is deleted'],
    undo: 'delete_user',
    changes: [],
    targets: [{ kind: 'deletedUser', id: dan.id, touch: 'takeover' }],
    facts: { id: dan.id, userPrincipalName: 'dan@contoso.com', body: {} },
  });
});

test('it restores once, without a body', async () => {
  const graph = tenant();
  expect(await apply(restoreUser, { user: dan.id }, graph)).toEqual({
    id: dan.id,
    userPrincipalName: 'dan@contoso.com',
    restored: true,
  });
  expect(graph.writes).toEqual([{ method: 'POST', at: restoreAt, repeat: 'once' }]);
});

test('a name that is taken is a CONFLICT that says what to give', async () => {
  const graph = tenant().user({ ...ann, userPrincipalName: 'dan@contoso.com' });
  await expect(plan(restoreUser, { user: dan.id }, graph)).rejects.toMatchObject({
    code: 'CONFLICT',
    fix: expect.stringContaining('newUserPrincipalName'),
    detail: { user: { id: ann.id } },
  });
  expect((await draftOf(graph, { user: dan.id, newUserPrincipalName: 'dan2@contoso.com' })).facts.body).toEqual({
    newUserPrincipalName: 'dan2@contoso.com',
  });
});

test('a new name must be well spelled, in a verified domain, and free', async () => {
  const graph = tenant().user(ann);
  for (const [newUserPrincipalName, code] of [
    ['dan eck@contoso.com', 'INPUT_INVALID'],
    ['dan@elsewhere.com', 'INPUT_INVALID'],
    [ann.userPrincipalName, 'CONFLICT'],
  ] as const) {
    await expect(plan(restoreUser, { user: dan.id, newUserPrincipalName }, graph)).rejects.toMatchObject({ code });
  }
});

test('mail addresses that someone else has by now stay with them, and the plan says so', async () => {
  const graph = tenant().collection('/users', ({ filter }) =>
    filter?.text === "proxyAddresses/any(p:p eq 'smtp:d.eck@contoso.com')" ? [ann] : [],
  );
  const draft = await draftOf(graph);
  expect(draft.effects).toContain(
    'It loses the mail address d.eck@contoso.com (ann@contoso.com), which someone else has by now',
  );
  await run(restoreUser, draft, graph);
  expect(graph.writes).toMatchObject([{ body: { autoReconcileProxyConflict: true } }]);
});

test('an account that was disabled comes back disabled', async () => {
  const graph = tenant().deletedUser({ ...dan, accountEnabled: false, userType: 'Guest', onPremisesSyncEnabled: true });
  expect(await plan(restoreUser, { user: dan.id }, graph)).toMatchObject({
    effects: [
      'The account comes back disabled: nobody can sign in with it until enable_user',
      'Properties and groups come back, and licenses as far as seats are free',
    ],
    warnings: [
      expect.any(String),
      'A guest: someone from outside the organization',
      'Synced from AD: bring it back there too, or a sync deletes it again',
    ],
  });
});

test('who is not deleted needs nothing; who never was is NOT_FOUND; who was twice is asked for by id', async () => {
  const graph = tenant().user(ann).collection('/directory/deletedItems/microsoft.graph.user', []);
  expect(await plan(restoreUser, { user: ann.id }, graph)).toEqual({
    unchanged: 'Ann Berg (ann@contoso.com) is not deleted',
  });
  await expect(plan(restoreUser, { user: 'nobody@contoso.com' }, graph)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const twice = [dan, { ...dan, id: 'x', userPrincipalName: 'dan@contoso.com' }];
  graph.collection('/directory/deletedItems/microsoft.graph.user', twice);
  await expect(plan(restoreUser, { user: 'dan@contoso.com' }, graph)).rejects.toMatchObject({
    code: 'CONFLICT',
    detail: { candidates: [{ id: dan.id }, { id: 'x' }] },
  });
});

test.each([
  ['a lost answer', lost],
  ['an answer that it is not among the deleted', new ToolError('NOT_FOUND', { message: 'No.', fix: 'Look.' })],
])('after %s it looks among the users', async (_, error) => {
  const graph = tenant();
  const draft = await draftOf(graph);
  graph.fail(restoreAt, error);
  await expect(run(restoreUser, draft, graph)).rejects.toBe(error);
  graph.user({ ...dan, userPrincipalName: 'dan@contoso.com' });
  expect(await run(restoreUser, draft, graph)).toMatchObject({ restored: true });
});

test('a refusal names the role', async () => {
  const graph = tenant();
  const draft = await draftOf(graph);
  graph.fail(restoreAt, new ToolError('NOT_PERMITTED', { message: 'No.', fix: 'Ask.' }));
  await expect(run(restoreUser, draft, graph)).rejects.toMatchObject({
    fix: expect.stringContaining('Privileged Authentication Administrator'),
  });
});
