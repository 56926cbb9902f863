import { expect, test } from 'vitest';
import { ToolError } from '../../../src/contract/index.ts';
import inviteGuest from '../../../tools/users/invite-guest.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, invited } from '../../fixtures/people.ts';
import { apply, plan, run } from '../../fixtures/tool-trial.ts';

const mail = 'eva@fabrikam.com';
const tenant = () =>
  new FakeGraph()
    .collection('/users', [])
    .collection('/domains', [{ id: 'contoso.com', isVerified: true, authenticationType: 'Managed' }])
    .object('/invitations', { id: 'i1', status: 'PendingAcceptance', invitedUser: { id: 'new-guest' } });
const ask = { invitedUserEmailAddress: mail };

test('the plan says what an approver needs', async () => {
  const input = { ...ask, invitedUserDisplayName: 'Eva Groth', customizedMessageBody: 'Welcome aboard' };
  expect(await plan(inviteGuest, input, tenant())).toEqual({
    summary: 'Invite eva@fabrikam.com as a guest',
    effects: [
      'A guest account for someone from outside the organization',
      'They get a mail from Microsoft on behalf of the organization, with a link to accept',
      'As a guest they can see what the tenant lets guests see',
    ],
    warnings: [],
    undo: 'delete_user',
    changes: [
      { property: 'invitedUserEmailAddress', before: null, after: mail },
      { property: 'invitedUserDisplayName', before: null, after: 'Eva Groth' },
      { property: 'customizedMessageBody', before: null, after: 'Welcome aboard' },
      { property: 'inviteRedirectUrl', before: null, after: 'https://myapplications.microsoft.com' },
    ],
    targets: [],
    facts: {
      body: {
        invitedUserEmailAddress: mail,
        invitedUserDisplayName: 'Eva Groth',
        sendInvitationMessage: true,
        inviteRedirectUrl: 'https://myapplications.microsoft.com',
        invitedUserMessageInfo: { customizedMessageBody: 'Welcome aboard' },
      },
    },
  });
});

test('it sends the invitation once; the link to accept is in no result', async () => {
  const graph = tenant().object('/invitations', {
    id: 'i1',
    status: 'PendingAcceptance',
    invitedUser: { id: 'new-guest' },
    inviteRedeemUrl: 'https://login.microsoftonline.com/redeem?ticket=secret',
  });
  const result = await apply(inviteGuest, { ...ask, sendInvitationMessage: false }, graph);
  expect(result).toEqual({ id: 'new-guest', invitedUserEmailAddress: mail, status: 'PendingAcceptance' });
  expect(graph.writes).toEqual([
    {
      method: 'POST',
      at: '/invitations',
      repeat: 'once',
      body: {
        invitedUserEmailAddress: mail,
        sendInvitationMessage: false,
        inviteRedirectUrl: 'https://myapplications.microsoft.com',
      },
    },
  ]);
});

test('another page to land on is pointed out', async () => {
  const input = { ...ask, inviteRedirectUrl: 'https://evil.example/login' };
  expect(await plan(inviteGuest, input, tenant())).toMatchObject({
    warnings: [expect.stringContaining('chosen by the agent')],
    changes: expect.arrayContaining([
      { property: 'inviteRedirectUrl', before: null, after: 'https://evil.example/login' },
    ]),
  });
});

test('who is a guest already needs no other account, and can be reminded', async () => {
  const holding = (person: object) =>
    tenant().collection('/users', ({ filter }) =>
      filter?.text === `otherMails/any(p:p eq '${mail}')` ? [{ ...person }] : [],
    );
  expect(await plan(inviteGuest, ask, holding(invited))).toMatchObject({
    unchanged: expect.stringMatching(/is a guest already, .*resend_invitation/),
  });
  expect(await plan(inviteGuest, ask, holding({ ...invited, externalUserState: 'Accepted' }))).toMatchObject({
    unchanged: expect.stringMatching(/is a guest already$/),
  });
  await expect(plan(inviteGuest, ask, holding(ann))).rejects.toMatchObject({
    code: 'CONFLICT',
    detail: { user: { id: ann.id } },
  });
});

test('own people are not guests', async () => {
  await expect(plan(inviteGuest, { invitedUserEmailAddress: 'x@Contoso.com' }, tenant())).rejects.toMatchObject({
    code: 'CONFLICT',
    fix: expect.stringContaining('create_user'),
  });
});

test('words for a mail that is not sent are refused', async () => {
  const input = { ...ask, sendInvitationMessage: false, customizedMessageBody: 'Hello' };
  await expect(plan(inviteGuest, input, tenant())).rejects.toMatchObject({ code: 'INPUT_INVALID' });
});

test('after a lost answer it says what to look for', async () => {
  const graph = tenant();
  const draft = await plan(inviteGuest, ask, graph);
  if (!('facts' in draft)) throw new Error('a plan was expected');
  graph.fail('/invitations', new ToolError('OUTCOME_UNKNOWN', { message: 'Lost.', fix: 'Look.', requestId: 'r-1' }));
  await expect(run(inviteGuest, draft, graph)).rejects.toMatchObject({
    code: 'OUTCOME_UNKNOWN',
    fix: expect.stringContaining('search_users'),
    requestId: 'r-1',
    detail: { invitedUserEmailAddress: mail },
  });
});

test.each([
  { invitedUserEmailAddress: 'eva' },
  { invitedUserEmailAddress: 'Eva <eva@fabrikam.com>' },
  { invitedUserEmailAddress: 'a@b.com, c@d.com' },
  { ...ask, inviteRedirectUrl: 'http://plain.example' },
  { ...ask, inviteRedirectUrl: 'javascript:alert(1)' },
  { ...ask, customizedMessageBody: 'two\nlines' },
  { ...ask, inviteRedeemUrl: 'https://x.example' },
])('refuses %j', (input) => {
  expect(inviteGuest.input.safeParse(input).success).toBe(false);
});
