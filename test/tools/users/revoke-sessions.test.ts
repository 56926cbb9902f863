import { expect, test } from 'vitest';
import revokeSessions from '../../../tools/users/revoke-sessions.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, bob, guest } from '../../fixtures/people.ts';
import { plan, run } from '../../fixtures/tool-trial.ts';

const reason = 'laptop stolen';

test('the plan says what an approver needs', async () => {
  expect(await plan(revokeSessions, { user: ann.id, reason }, new FakeGraph().user(ann))).toEqual({
    summary: 'Sign Ann Berg (ann@contoso.com) out everywhere',
    effects: [
      'Every device and app has to sign in again, after a few minutes',
      'Tokens already issued can work for up to an hour; apps with sessions of their own can stay signed in',
    ],
    warnings: ['The account stays enabled: they can sign in again at once'],
    targets: [{ kind: 'user', id: ann.id, touch: 'takeaway' }],
    containment: true,
    facts: { id: ann.id, userPrincipalName: ann.userPrincipalName },
  });
});

test('it is never "unchanged": a disabled account can have open sessions', async () => {
  expect(await plan(revokeSessions, { user: bob.id, reason }, new FakeGraph().user(bob))).toMatchObject({
    warnings: [],
    facts: { id: bob.id },
  });
});

test('for a guest it says that it has no effect', async () => {
  expect(await plan(revokeSessions, { user: guest.id, reason }, new FakeGraph().user(guest))).toMatchObject({
    warnings: [
      'A guest: this has no effect, their own organization holds their sessions',
      'The account stays enabled: they can sign in again at once',
    ],
  });
});

test('an unknown user is NOT_FOUND', async () => {
  await expect(plan(revokeSessions, { user: ann.id, reason }, new FakeGraph())).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

test('it posts without a body, and may be repeated', async () => {
  const graph = new FakeGraph().user(ann);
  const draft = await plan(revokeSessions, { user: ann.id, reason }, graph);
  if (!('facts' in draft)) throw new Error('a plan was expected');
  const done = { id: ann.id, userPrincipalName: ann.userPrincipalName, sessionsRevoked: true };
  expect(await run(revokeSessions, draft, graph)).toEqual(done);
  expect(await run(revokeSessions, draft, graph)).toEqual(done);
  const post = { method: 'POST', at: `/users/${ann.id}/revokeSignInSessions`, repeat: 'repeatable' };
  expect(graph.writes).toEqual([post, post]);
});
