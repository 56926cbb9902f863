import { afterEach, beforeEach, expect, test } from 'vitest';
import { GraphClient } from './graph-client.ts';

let graph: GraphClient;
beforeEach(async () => {
  graph = await GraphClient.start({ users: 60 });
});
afterEach(() => graph.tenant.close());

const settings = (id: string) => `/users/${id}/mailboxSettings`;
const gone = { code: 'MailboxNotEnabledForRESTAPI' };

test('automatic replies are set, what is not named stays, and the answer shows them', async () => {
  const { leaver } = graph.tenant.landmarks;
  const set = (automaticRepliesSetting: object) =>
    graph.send('PATCH', settings(leaver.id), { automaticRepliesSetting });
  const first = { status: 'alwaysEnabled', internalReplyMessage: 'I left', externalReplyMessage: 'Write to Sam' };
  expect(await set(first)).toMatchObject({ status: 200, json: { automaticRepliesSetting: first } });
  await set({ status: 'disabled' });
  const { json } = await graph.get(`${settings(leaver.id)}?$select=automaticRepliesSetting`);
  expect(Object.keys(json)).toEqual(['@odata.context', 'automaticRepliesSetting']);
  expect(json['automaticRepliesSetting']).toMatchObject({ ...first, status: 'disabled' });
  expect(graph.tenant.snapshot().holdings[leaver.id]?.mailbox.automaticReplies).toMatchObject({ status: 'disabled' });
});

test.each([
  { automaticRepliesSetting: { status: 'on' } },
  { automaticRepliesSetting: { reply: 'x' } },
  { forwardingAddress: 'x@y.example' },
])('%j is refused', async (body) => {
  const answer = await graph.send('PATCH', settings(graph.tenant.landmarks.leaver.id), body);
  expect(answer.status).toBe(400);
});

test('without a license for Exchange there is no mailbox', async () => {
  const { guest, newcomer, busyLeaver } = graph.tenant.landmarks;
  for (const { id } of [guest, newcomer, busyLeaver]) {
    expect(await graph.get(settings(id))).toMatchObject({ status: 404, error: gone });
    expect((await graph.send('PATCH', settings(id), {})).error.code).toBe(gone.code);
  }
});

test('it is gone with the group that licenses it, and back with what was set', async () => {
  const { leaver, groups } = graph.tenant.landmarks;
  await graph.send('PATCH', settings(leaver.id), { timeZone: 'W. Europe Standard Time' });
  const members = `/groups/${groups.licensed.id}/members`;
  expect((await graph.send('DELETE', `${members}/${leaver.id}/$ref`)).status).toBe(204);
  expect((await graph.get(settings(leaver.id))).error.code).toBe(gone.code);
  const { json } = await graph.get(`/users/${leaver.id}?$select=assignedLicenses,licenseAssignmentStates`);
  expect(JSON.stringify(json)).not.toContain(groups.licensed.id);
  expect(json['assignedLicenses']).toHaveLength(2);
  await graph.send('POST', `${members}/$ref`, { '@odata.id': graph.link(leaver.id) });
  expect((await graph.get(settings(leaver.id))).json['timeZone']).toBe('W. Europe Standard Time');
});

test('it is gone with the service plan', async () => {
  const { leaver, groups } = graph.tenant.landmarks;
  await graph.send('DELETE', `/groups/${groups.licensed.id}/members/${leaver.id}/$ref`);
  const assign = (disabledPlans: readonly string[]) =>
    graph.send('POST', `/users/${leaver.id}/assignLicense`, {
      addLicenses: [{ skuId: '05e9a617-0261-4cee-bb44-138d3ef5d965', disabledPlans }],
      removeLicenses: [],
    });
  expect((await assign([])).status).toBe(200);
  expect((await graph.get(settings(leaver.id))).status).toBe(200);
  await assign(['efb87545-963c-4e0d-99df-69c6916d9eb0']);
  expect((await graph.get(settings(leaver.id))).status).toBe(404);
});
