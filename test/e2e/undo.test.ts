import { afterEach, beforeEach, expect, test } from 'vitest';
import { findHandoff, openHandoff } from '../../src/approval/handoffs.ts';
import { demoKeys } from '../fixtures/gate-world.ts';
import { ApprovalWorld, type Called } from './approval-world.ts';
import { LifecycleOffice, statuses } from './lifecycle-office.ts';

let world: ApprovalWorld;
let office: LifecycleOffice;
beforeEach(async () => {
  world = await ApprovalWorld.open({ users: 60, flows: true });
  office = new LifecycleOffice(world);
});
afterEach(() => world.close());

/** Somebody else changes the tenant. */
async function elsewhere(method: string, path: string, body?: object): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return (await fetch(`${world.demo.url}/v1.0${path}`, { method, headers, ...sent })).status;
}

async function offboarded(args: object): Promise<unknown> {
  const done = await office.done('offboard_user', args);
  expect(done.data, JSON.stringify(done.data)).toMatchObject({ result: { status: 'completed' } });
  return done.data['runId'];
}

/** The undo's own run, which is complete. */
async function undone(runId: unknown, args: object = {}): Promise<{ called: Called; run: Record<string, unknown> }> {
  const called = await office.done('undo_offboarding', { runId, ...args });
  expect(called.data, JSON.stringify(called.data)).toMatchObject({ result: { status: 'completed' } });
  return { called, run: await office.runOf(called) };
}

const changed = 'It has been changed since the offboarding';
const gone = 'It does not exist any more';
const repliesOf = (user: string) => office.snapshot().holdings[user]?.mailbox.automaticReplies;
const setReplies = (user: string, internalReplyMessage: string) =>
  elsewhere('PATCH', `/users/${user}/mailboxSettings`, {
    automaticRepliesSetting: { status: 'alwaysEnabled', internalReplyMessage },
  });

test('the text that a mailbox answered with comes back', async () => {
  const { leaver } = world.demo.landmarks;
  expect(await setReplies(leaver.id, 'On holiday')).toBe(200);
  const before = repliesOf(leaver.id);
  const steps = ['block-sign-in', 'handover'];
  const runId = await offboarded({ user: leaver.id, steps, autoReply: { internal: 'I have left' } });
  expect(JSON.stringify(repliesOf(leaver.id))).toContain('I have left');
  const { run } = await undone(runId);
  expect(statuses(run)).toMatchObject({ handover: 'done' });
  expect(repliesOf(leaver.id)).toEqual(before);
});

test('a text that somebody has set since stays', async () => {
  const { leaver } = world.demo.landmarks;
  const steps = ['block-sign-in', 'handover'];
  const runId = await offboarded({ user: leaver.id, steps, autoReply: { internal: 'I have left' } });
  expect(await setReplies(leaver.id, 'Ask Maya')).toBe(200);
  const { run } = await undone(runId);
  expect(JSON.stringify(run['steps'])).toContain(changed);
  expect(JSON.stringify(repliesOf(leaver.id))).toContain('Ask Maya');
});

test('a license of which no seat is free is left out, and named; the run is complete', async () => {
  const { leaver } = world.demo.landmarks;
  const runId = await offboarded({ user: leaver.id, steps: ['block-sign-in', 'licenses'] });
  const answer = await fetch(`${world.demo.url}/v1.0/subscribedSkus`);
  const { value }: { value: { skuId: string; skuPartNumber: string }[] } = Object(await answer.json());
  const skuId = value.find(({ skuPartNumber }) => skuPartNumber === 'AAD_PREMIUM_P2')?.skuId;
  const body = { addLicenses: [{ skuId, disabledPlans: [] }], removeLicenses: [] };
  const others = Object.keys(office.snapshot().users).filter((id) => id !== leaver.id);
  const given = await Promise.all(others.map((id) => elsewhere('POST', `/users/${id}/assignLicense`, body)));
  expect(given.some((status) => status >= 400)).toBe(true);
  const { run } = await undone(runId);
  expect(JSON.stringify(run['steps'])).toContain('No seat is free');
  const back = JSON.stringify(office.user(leaver.id)?.['assignedLicenses']);
  expect(back).not.toContain(skuId);
  expect(office.user(leaver.id)).toMatchObject({ accountEnabled: true });
});

test('whoever was put into the group that blocks access leaves it', async () => {
  const { leaver, groups } = world.demo.landmarks;
  const isIn = () => office.snapshot().holdings[leaver.id]?.memberOf.includes(groups.security.id);
  expect(isIn()).toBe(false);
  const runId = await offboarded({ user: leaver.id, preset: 'block-only', blockGroup: groups.security.id });
  expect(isIn()).toBe(true);
  const { run } = await undone(runId);
  expect(statuses(run)).toEqual({ 'block-group': 'done', 'unblock-sign-in': 'done' });
  expect(isIn()).toBe(false);
});

test('a Temporary Access Pass is sealed to the approver, and stands in no answer', async () => {
  const { leaver } = world.demo.landmarks;
  const runId = await offboarded({ user: leaver.id, preset: 'block-only' });
  const { called, run } = await undone(runId, { credential: 'temporaryAccessPass' });
  const [handoffId] = Array.isArray(run['handoffIds']) ? run['handoffIds'] : [];
  expect(called.data).toMatchObject({ result: { handoffIds: [handoffId] } });
  const row = await findHandoff(world.store, world.demo.tenantId, String(handoffId), world.clock.now());
  const pass = await openHandoff(world.store, row, await demoKeys(), world.clock.now());
  expect(pass.length).toBeGreaterThan(5);
  const plan = await world.call('get_plan', { planId: run['planId'] });
  const told = [called.data, run, plan.data, await world.trail()].map((one) => JSON.stringify(one)).join();
  expect(told).not.toContain(pass);
  expect(office.snapshot().holdings[leaver.id]?.authenticationMethods.join()).toContain('temporaryAccessPass');
});

test('what others have changed since stays: a manager, a device, a group that is gone', async () => {
  const { leaver, ordinary, manager } = world.demo.landmarks;
  const { holdings, users, groups } = office.snapshot();
  const steps = ['block-sign-in', 'devices', 'groups', 'handover'];
  const runId = await offboarded({ user: leaver.id, steps, successor: ordinary.id });
  const after = office.snapshot();
  const report = holdings[leaver.id]?.directReports.find((id) => after.users[id]?.['manager'] !== leaver.id) ?? '';
  expect(users[report]).toMatchObject({ manager: leaver.id });
  const at = { '@odata.id': `${world.demo.url}/v1.0/users/${manager.id}` };
  expect(await elsewhere('PUT', `/users/${report}/manager/$ref`, at)).toBe(204);
  const device = after.holdings[leaver.id]?.devices.find((one) => one.accountEnabled === false)?.id ?? '';
  expect(await elsewhere('PATCH', `/devices/${device}`, { accountEnabled: true })).toBe(204);
  const [bid = ''] = Object.entries(groups).find(([, group]) => group['displayName'] === 'Bid Team') ?? [];
  expect(await elsewhere('DELETE', `/groups/${bid}`)).toBe(204);
  const sent = world.changes().length;
  const { run } = await undone(runId);
  const told = JSON.stringify(run['steps']);
  expect(told).toContain(changed);
  expect(told).toContain(gone);
  expect(office.user(report)).toMatchObject({ manager: manager.id });
  const writes = world.changes().slice(sent);
  for (const id of [report, device, bid]) expect(writes.filter(({ path }) => path.includes(id))).toEqual([]);
});

test('directory roles never come back, and the follow-up names them', async () => {
  const { privilegedLeaver } = world.demo.landmarks;
  const steps = ['block-sign-in', 'directory-roles', 'groups'];
  const runId = await offboarded({ user: privilegedLeaver.id, steps });
  const { run } = await undone(runId);
  const { roles, eligibleRoles } = office.snapshot().holdings[privilegedLeaver.id] ?? {};
  expect([roles, eligibleRoles]).toEqual([[], []]);
  const told = JSON.stringify(run['followUps']);
  for (const role of ['Groups Administrator', 'Security Reader', 'User Administrator (eligible)', 'Sales Region'])
    expect(told).toContain(role);
});
