import { expect, test } from 'vitest';
import { ToolError } from '../../../src/contract/index.ts';
import deleteUser from '../../../tools/users/delete-user.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, bob, dan, finance } from '../../fixtures/people.ts';
import { plan, run } from '../../fixtures/tool-trial.ts';

const reason = 'left the company';
const deletedList = '/directory/deletedItems/microsoft.graph.user';
const tenant = (owned: readonly object[] = [], reports: readonly object[] = []) => {
  const graph = new FakeGraph().collection(deletedList, []);
  for (const person of [ann, bob]) {
    graph
      .user({ ...person, assignedLicenses: [{ skuId: 's1' }, { skuId: 's2' }] })
      .collection(
        `/users/${person.id}/directReports/microsoft.graph.user`,
        reports.map((one) => ({ ...one })),
      )
      .collection(
        `/users/${person.id}/ownedObjects/microsoft.graph.group`,
        owned.map((one) => ({ ...one })),
      );
  }
  return graph;
};

test('the plan says what goes with the account', async () => {
  expect(await plan(deleteUser, { user: ann.userPrincipalName, reason }, tenant([finance], [bob]))).toEqual({
    summary: 'Delete Ann Berg (ann@contoso.com)',
    effects: [
      'They cannot sign in any more, and lose mail, files and apps',
      'For 30 days the account can be restored, with its properties and groups',
      'After 30 days the account, its mailbox and its OneDrive are deleted for good, unless retention keeps them',
      'Its licenses are free for others: 2',
    ],
    warnings: ['Direct reports left without a manager: 1', 'Groups left with one owner less: 1'],
    undo: 'restore_user, within 30 days',
    targets: [{ kind: 'user', id: ann.id, touch: 'takeaway' }],
    facts: { id: ann.id, userPrincipalName: ann.userPrincipalName },
  });
});

test('a synced account can come back, and says so', async () => {
  expect(await plan(deleteUser, { user: bob.id, reason }, tenant())).toMatchObject({
    warnings: ['Synced from AD: delete it there too, or a sync can bring it back'],
  });
});

test('what may not be read is left out', async () => {
  const graph = tenant([finance], [bob]).fail(
    `/users/${ann.id}/ownedObjects/microsoft.graph.group`,
    new ToolError('NOT_PERMITTED', { message: 'No.', fix: 'Ask.' }),
  );
  expect(await plan(deleteUser, { user: ann.id, reason }, graph)).toMatchObject({
    warnings: ['Direct reports left without a manager: 1'],
  });
});

test.each([dan.id, 'dan@contoso.com', 'DAN@contoso.com'])('%s is already deleted', async (user) => {
  expect(await plan(deleteUser, { user, reason }, new FakeGraph().deletedUser(dan))).toEqual({
    unchanged: 'Dan Eck (dan@contoso.com) is already deleted',
  });
});

test('it deletes the account by its own address; applying twice is harmless', async () => {
  const graph = tenant();
  const draft = await plan(deleteUser, { user: ann.id, reason }, graph);
  if (!('facts' in draft)) throw new Error('a plan was expected');
  expect(await run(deleteUser, draft, graph)).toEqual(await run(deleteUser, draft, graph));
  const write = { method: 'DELETE', at: `/users/${ann.id}` };
  expect(graph.writes).toEqual([write, write]);
});

test('a refusal names the permission and the role that the app lacks', async () => {
  const graph = tenant();
  const draft = await plan(deleteUser, { user: ann.id, reason }, graph);
  if (!('facts' in draft)) throw new Error('a plan was expected');
  graph.fail(`/users/${ann.id}`, new ToolError('NOT_PERMITTED', { message: 'No.', fix: 'Ask.', requestId: 'r-1' }));
  await expect(run(deleteUser, draft, graph)).rejects.toMatchObject({
    code: 'NOT_PERMITTED',
    fix: expect.stringMatching(/User\.DeleteRestore\.All .*Privileged Authentication Administrator/),
    requestId: 'r-1',
    detail: {
      permissions: ['User.DeleteRestore.All'],
      directoryRoles: ['Privileged Authentication Administrator'],
    },
  });
});

test('an unknown user is NOT_FOUND, and a reason is required', async () => {
  await expect(plan(deleteUser, { user: 'nobody@contoso.com', reason }, tenant())).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  expect(deleteUser.input.safeParse({ user: ann.id }).success).toBe(false);
});
