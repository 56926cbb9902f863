import { afterEach, beforeEach, expect, test } from 'vitest';
import { GraphClient } from './graph-client.ts';

let graph: GraphClient;
beforeEach(async () => {
  graph = await GraphClient.start({ users: 60 });
});
afterEach(() => graph.tenant.close());

const invite = (body: Record<string, unknown>) =>
  graph.send('POST', '/invitations', { inviteRedirectUrl: 'https://myapps.microsoft.com', ...body });
const invitedId = (json: Record<string, unknown>): string => String(Object(json['invitedUser']).id);
const select = '$select=id,displayName,mail,userPrincipalName,userType,creationType,externalUserState,accountEnabled';

test('makes a guest who has yet to accept', async () => {
  const answer = await invite({
    invitedUserEmailAddress: 'ann.lee@fabrikam.example',
    invitedUserDisplayName: 'Ann Lee',
  });
  expect(answer.status).toBe(201);
  expect(answer.json).toMatchObject({
    status: 'PendingAcceptance',
    invitedUserType: 'Guest',
    invitedUserEmailAddress: 'ann.lee@fabrikam.example',
    sendInvitationMessage: false,
    inviteRedeemUrl: expect.stringMatching(/^https:\/\//),
  });
  const guest = await graph.get(`/users/${invitedId(answer.json)}?${select}`);
  expect(guest.json).toMatchObject({
    displayName: 'Ann Lee',
    mail: 'ann.lee@fabrikam.example',
    userPrincipalName: 'ann.lee_fabrikam.example#EXT#@contoso-demo.onmicrosoft.com',
    userType: 'Guest',
    creationType: 'Invitation',
    externalUserState: 'PendingAcceptance',
    accountEnabled: true,
  });
});

test('once more makes nobody new, also for a guest who accepted long ago', async () => {
  const first = await invite({ invitedUserEmailAddress: 'ann@fabrikam.example' });
  const before = graph.tenant.snapshot();
  const again = await invite({ invitedUserEmailAddress: 'Ann@Fabrikam.example', sendInvitationMessage: true });
  expect(again.status).toBe(201);
  expect(invitedId(again.json)).toBe(invitedId(first.json));
  expect(graph.tenant.snapshot().users).toEqual(before.users);
  const { guest } = graph.tenant.landmarks;
  const mail = String((await graph.get(`/users/${guest.id}?$select=mail`)).json['mail']);
  const accepted = await invite({ invitedUserEmailAddress: mail });
  expect([accepted.status, invitedId(accepted.json), accepted.json['status']]).toEqual([201, guest.id, 'Completed']);
});

test('resetting the redemption keeps the account', async () => {
  const { guest } = graph.tenant.landmarks;
  const answer = await invite({
    invitedUserEmailAddress: 'ruth@new.example',
    resetRedemption: true,
    invitedUser: { id: guest.id },
  });
  expect([answer.status, invitedId(answer.json)]).toEqual([201, guest.id]);
  const { json } = await graph.get(`/users/${guest.id}?${select}`);
  expect(json).toMatchObject({ mail: 'ruth@new.example', externalUserState: 'PendingAcceptance' });
  const without = await invite({ invitedUserEmailAddress: 'ruth@new.example', resetRedemption: true });
  expect(without.status).toBe(400);
});

test('who is here already, or belongs here, or is blocked, is refused', async () => {
  const { ordinary, disabled } = graph.tenant.landmarks;
  const before = graph.tenant.snapshot();
  const problems = new Map([
    [ordinary.userPrincipalName, `already exists in the directory as object ID: ${ordinary.id}`],
    [disabled.userPrincipalName, 'blocked from signing in'],
    [`nobody@${graph.tenant.domain}`, 'verified domain'],
    ['not an address', 'not valid'],
  ]);
  for (const [invitedUserEmailAddress, problem] of problems) {
    const answer = await invite({ invitedUserEmailAddress });
    expect([answer.status, answer.error.code]).toEqual([400, 'BadRequest']);
    expect(answer.error.message).toContain(problem);
  }
  expect((await graph.send('POST', '/invitations', { invitedUserEmailAddress: 'a@b.example' })).status).toBe(400);
  expect((await invite({ invitedUserEmailAddress: 'a@b.example', invitedUserType: 'King' })).status).toBe(400);
  expect(graph.tenant.snapshot()).toEqual(before);
});

test('a guest who was deleted can be invited anew, as someone else', async () => {
  const first = await invite({ invitedUserEmailAddress: 'ann@fabrikam.example' });
  await graph.send('DELETE', `/users/${invitedId(first.json)}`);
  const second = await invite({ invitedUserEmailAddress: 'ann@fabrikam.example' });
  expect(second.status).toBe(201);
  expect(invitedId(second.json)).not.toBe(invitedId(first.json));
});
