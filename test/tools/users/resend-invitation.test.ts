import { expect, test } from 'vitest';
import { ToolError } from '../../../src/contract/index.ts';
import resendInvitation from '../../../tools/users/resend-invitation.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, invited } from '../../fixtures/people.ts';
import { apply, plan, run } from '../../fixtures/tool-trial.ts';

const tenant = (guest: object = invited) =>
  new FakeGraph()
    .user({ ...invited, ...guest })
    .user(ann)
    .object('/invitations', { id: 'i1', status: 'PendingAcceptance', invitedUser: { id: invited.id } });

test('the plan says where the mail goes, and touches the account as a way into it', async () => {
  expect(await plan(resendInvitation, { user: invited.userPrincipalName }, tenant())).toMatchObject({
    summary: 'Mail Ida Falk (ida_fabrikam.com#EXT#@contoso.onmicrosoft.com) the invitation again',
    effects: ['A mail from Microsoft on behalf of the organization to ida@fabrikam.com, with a link to accept'],
    warnings: [],
    changes: [],
    targets: [{ kind: 'user', id: invited.id, touch: 'takeover' }],
  });
});

test('it goes to the address of the account, once', async () => {
  const graph = tenant();
  const input = { user: invited.id, customizedMessageBody: 'A reminder' };
  expect(await apply(resendInvitation, input, graph)).toEqual({
    id: invited.id,
    invitedUserEmailAddress: 'ida@fabrikam.com',
    status: 'PendingAcceptance',
  });
  expect(graph.writes).toMatchObject([
    {
      method: 'POST',
      at: '/invitations',
      repeat: 'once',
      body: {
        invitedUserEmailAddress: 'ida@fabrikam.com',
        sendInvitationMessage: true,
        invitedUserMessageInfo: { customizedMessageBody: 'A reminder' },
      },
    },
  ]);
});

test('who has accepted needs none', async () => {
  expect(await plan(resendInvitation, { user: invited.id }, tenant({ externalUserState: 'Accepted' }))).toEqual({
    unchanged: 'Ida Falk (ida_fabrikam.com#EXT#@contoso.onmicrosoft.com) has already accepted',
  });
});

test.each([
  ['a member', tenant(), ann.id],
  ['a guest without address', tenant({ mail: null }), invited.id],
  ['a guest who was not invited', tenant({ externalUserState: null }), invited.id],
])('%s is a CONFLICT', async (_, graph, user) => {
  await expect(plan(resendInvitation, { user }, graph)).rejects.toMatchObject({ code: 'CONFLICT' });
});

test('after a lost answer it is not sent again', async () => {
  const graph = tenant();
  const draft = await plan(resendInvitation, { user: invited.id }, graph);
  if (!('facts' in draft)) throw new Error('a plan was expected');
  graph.fail('/invitations', new ToolError('OUTCOME_UNKNOWN', { message: 'Lost.', fix: 'Look.' }));
  await expect(run(resendInvitation, draft, graph)).rejects.toMatchObject({
    code: 'OUTCOME_UNKNOWN',
    fix: expect.stringContaining('Ask the guest'),
  });
  expect(graph.writes).toHaveLength(1);
});
