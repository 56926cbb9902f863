import { expect, test } from 'vitest';
import purgeUser from '../../../tools/users/purge-user.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, dan } from '../../fixtures/people.ts';
import { plan, run } from '../../fixtures/tool-trial.ts';

const reason = 'asked to be forgotten';
const tenant = () => new FakeGraph().deletedUser(dan).user(ann);

test('the plan says that it cannot come back, and names no way back', async () => {
  const draft = await plan(purgeUser, { user: 'dan@contoso.com', reason }, tenant());
  expect(draft).toEqual({
    summary: 'Delete Dan Eck (dan@contoso.com) for good',
    effects: [
      'The account is gone at once, and nobody can bring it back: not this server, not an administrator, not Microsoft',
      'Its mailbox and OneDrive go with it, unless retention keeps them',
      'A new account of the same name is another account, without its groups, files and rights',
    ],
    warnings: ['It was deleted on 2026-02-20'],
    targets: [{ kind: 'deletedUser', id: dan.id, touch: 'takeaway' }],
    facts: { id: dan.id, userPrincipalName: 'dan@contoso.com', deletedDateTime: dan.deletedDateTime },
  });
  expect(purgeUser.risk).toBe('irreversible');
});

test('it deletes the deleted item alone; applying twice is harmless', async () => {
  const graph = tenant();
  const draft = await plan(purgeUser, { user: dan.id, reason }, graph);
  if (!('facts' in draft)) throw new Error('a plan was expected');
  expect(await run(purgeUser, draft, graph)).toEqual({
    id: dan.id,
    userPrincipalName: 'dan@contoso.com',
    purged: true,
  });
  await run(purgeUser, draft, graph);
  const write = { method: 'DELETE', at: `/directory/deletedItems/${dan.id}` };
  expect(graph.writes).toEqual([write, write]);
});

test('an account that lives is refused', async () => {
  await expect(plan(purgeUser, { user: ann.id, reason }, tenant())).rejects.toMatchObject({
    code: 'CONFLICT',
    fix: expect.stringContaining('delete_user'),
  });
});

test('an unknown one is NOT_FOUND, and a reason is required', async () => {
  await expect(plan(purgeUser, { user: 'nobody@contoso.com', reason }, tenant())).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  expect(purgeUser.input.safeParse({ user: dan.id }).success).toBe(false);
});
