import { afterEach, beforeEach, expect, test } from 'vitest';
import { startDue } from '../../src/compose/schedule.ts';
import tools from '../../tools/index.ts';
import { ApprovalWorld } from './approval-world.ts';
import { LifecycleOffice, statuses } from './lifecycle-office.ts';

let world: ApprovalWorld;
let office: LifecycleOffice;
beforeEach(async () => {
  world = await ApprovalWorld.open({ users: 60, flows: true });
  office = new LifecycleOffice(world);
});
afterEach(() => world.close());

/** A run that is kept for an hour. */
async function scheduled(tool: string, args: object): Promise<unknown> {
  const startAt = new Date(world.clock.now() + 3_600_000).toISOString();
  const kept = await office.done(tool, { preset: 'full', startAt, ...args });
  expect(kept.data, JSON.stringify(kept.data)).toMatchObject({ result: { status: 'scheduled' } });
  expect(world.changes()).toEqual([]);
  return kept.data['runId'];
}

/** The hour is over, and a server looks for what is due. */
async function itsTimeComes(): Promise<void> {
  await world.clock.advance(3_700_000);
  const [gate] = world.gates;
  const resumeRun = tools.find(({ name }) => name === 'resume_run');
  if (gate === undefined || resumeRun?.kind !== 'change') throw new Error('Nothing takes runs up');
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const { tenantId } = world.demo;
  const parts = { tenantId, store: world.store, gate, clock: world.clock, log, resumeRun: async () => resumeRun };
  await startDue(parts, new AbortController().signal);
  await gate.idle();
}

async function runOf(runId: unknown): Promise<Readonly<Record<string, unknown>>> {
  return (await world.call('get_run', { runId })).data;
}

async function elsewhere(method: string, path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${world.demo.url}/v1.0${path}`, { method, headers, body: JSON.stringify(body) });
  expect(answer.ok).toBe(true);
}

test('at its time a run starts by itself', async () => {
  const runId = await scheduled('offboard_user', { user: world.demo.landmarks.leaver.id });
  await itsTimeComes();
  expect(await runOf(runId)).toMatchObject({ status: 'completed', blocked: true });
});

test('a role that came after the approval needs a new one, and is taken once it is there', async () => {
  const { leaver } = world.demo.landmarks;
  const runId = await scheduled('offboard_user', { user: leaver.id });
  const { roleDefinitionId } = Object(world.before.roleAssignments.find((one) => Object(one).directoryScopeId === '/'));
  const role = { principalId: leaver.id, roleDefinitionId, directoryScopeId: '/' };
  await elsewhere('POST', '/roleManagement/directory/roleAssignments', role);
  const sent = world.changes().length;
  await itsTimeComes();
  expect(await runOf(runId)).toMatchObject({
    status: 'waiting',
    waitingFor: expect.stringContaining('new approval'),
  });
  expect(world.changes().length).toBe(sent);
  const asked = await world.call('resume_run', { runId, reason: 'its time has come' });
  expect(asked.data).toMatchObject({ status: 'approval_required' });
  const done = await office.applied(String(Object(asked.data['plan']).id));
  expect(done.data, JSON.stringify(done.data)).toMatchObject({ result: { status: 'completed' } });
  expect(office.snapshot().holdings[leaver.id]).toMatchObject({ roles: [] });
});

test('several people start together', async () => {
  const { leaver, ordinary, busyLeaver } = world.demo.landmarks;
  const users = [leaver.id, ordinary.id, busyLeaver.id];
  const runId = await scheduled('offboard_users', { users });
  await itsTimeComes();
  expect(await runOf(runId)).toMatchObject({ kind: 'offboardings', status: 'completed' });
  for (const user of users) expect(office.user(user)).toMatchObject({ accountEnabled: false });
});

test('several people wait for a new approval where their successor has left too', async () => {
  const { leaver, ordinary, busyLeaver, newcomer } = world.demo.landmarks;
  const users = [leaver.id, newcomer.id, busyLeaver.id];
  const runId = await scheduled('offboard_users', { users, successor: ordinary.id });
  await elsewhere('PATCH', `/users/${ordinary.id}`, { accountEnabled: false });
  const sent = world.changes().length;
  await itsTimeComes();
  expect(await runOf(runId)).toMatchObject({
    status: 'waiting',
    waitingFor: expect.stringContaining('new approval'),
  });
  expect(world.changes().length).toBe(sent);
  for (const user of users) expect(office.user(user)).toMatchObject({ accountEnabled: true });
});

test('to cancel one before anybody is kept out is destructive, and a human agrees to it', async () => {
  const runId = await scheduled('offboard_user', { user: world.demo.landmarks.leaver.id });
  const asked = await world.call('cancel_run', { runId, reason: 'they stay' });
  expect(asked.data).toMatchObject({ status: 'approval_required', plan: { risk: ['destructive'] } });
  expect(JSON.stringify(asked.data['plan'])).toContain('whoever leaves can still get in');
  expect(await runOf(runId)).toMatchObject({ status: 'scheduled' });
  const done = await office.applied(String(Object(asked.data['plan']).id));
  expect(done.data).toMatchObject({ result: { status: 'cancelled' } });
  await itsTimeComes();
  const run = await runOf(runId);
  expect(run['status']).toBe('cancelled');
  expect(new Set(Object.values(statuses(run)))).toEqual(new Set(['pending']));
  expect(world.changes()).toEqual([]);
});

test('undone before it begins, it is over, and whoever leaves can still get in: that takes something away', async () => {
  const runId = await scheduled('offboard_user', { user: world.demo.landmarks.leaver.id });
  const { plan } = await office.plan('undo_offboarding', { runId, credential: 'password' });
  expect(plan).toMatchObject({
    risk: expect.arrayContaining(['grant', 'destructive']),
    effects: expect.arrayContaining([expect.stringContaining('sign-in is not yet blocked and revoked')]),
  });
});
