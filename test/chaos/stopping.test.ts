import { afterEach, beforeEach, expect, test } from 'vitest';
import { offboardingStepNames } from '../../src/contract/index.ts';
import { ApprovalTown, at, type Office } from '../e2e/approval-office.ts';
import { ApprovalWire, type Fate, moment, type PassingWrite } from '../e2e/approval-wire.ts';
import { ended } from '../e2e/server-process.ts';

let town: ApprovalTown;
let wire: ApprovalWire;
let first: Office;
beforeEach(async () => {
  town = await ApprovalTown.open(60);
  wire = await ApprovalWire.open(town.demo.url);
  first = await town.serve({ url: wire.url });
});
afterEach(async () => {
  await wire.close();
  await town.close();
});

const reason = 'left the company';

async function approved(tool: string, args: Record<string, unknown>): Promise<string> {
  const { data, text } = await first.client.call(tool, { reason, ...args });
  expect(data, text).toMatchObject({ status: 'approval_required' });
  const planId = String(at(data, 'plan', 'id'));
  await town.approve(planId);
  return planId;
}

/** Holds every write from the first of these on. */
function held(isHeld: (write: PassingWrite) => boolean): { readonly comes: Promise<void>; release(): void } {
  const there = moment();
  const goesOn = moment();
  wire.onTheWay = async (write): Promise<Fate> => {
    if (isHeld(write)) there.come();
    else if (!(await Promise.race([there.comes.then(() => true), false]))) return 'passes';
    await goesOn.comes;
    return 'passes';
  };
  return { comes: there.comes, release: goesOn.come };
}

/** Devices are disabled after the account was blocked, and before most else. */
const isDevice = ({ path, body }: PassingWrite) => /\/devices\//.test(`${path} ${JSON.stringify(body)}`);

interface RunView {
  readonly status: string;
  readonly steps: readonly { readonly name: string; readonly status: string }[];
  readonly runs?: readonly { readonly runId: string; readonly status: string }[];
}

async function runOf(office: Office, runId: unknown): Promise<RunView & Record<string, unknown>> {
  const { data } = await office.client.call('get_run', { runId });
  return Object(data);
}

function runIdOf(planId: string): string {
  return String(town.sql('select id from runs where plan_id = ? and parent_id is null', planId)[0]?.['id']);
}

/** The step that was under way is over, and nothing after it was begun. */
function expectStopped({ steps }: RunView): void {
  const firstPending = steps.findIndex(({ status }) => status === 'pending');
  expect(firstPending).toBeGreaterThan(0);
  for (const [index, { name, status }] of steps.entries()) {
    if (index < firstPending) expect(status, name).toMatch(/^(?:done|already_so|skipped)$/);
    else expect(status, name).toBe('pending');
  }
}

test('a run that is cancelled from another server ends after the step under way, and writes nothing more', async () => {
  const planId = await approved('offboard_user', { user: town.demo.landmarks.leaver.id, preset: 'full' });
  const device = held(isDevice);
  const applied = first.client.call('apply_plan', { planId, waitSeconds: 60 });
  await device.comes;
  const second = await town.serve();
  const runId = runIdOf(planId);
  expect(await runOf(second, runId)).toMatchObject({ status: 'running' });
  const asked = await second.client.call('cancel_run', { runId, reason: 'they stay' });
  expect(asked.data, asked.text).toMatchObject({ status: 'completed' });
  const sent = wire.writes.length;
  device.release();
  const { data, text } = await applied;
  expect(data, text).toMatchObject({ result: { status: 'cancelled' } });
  const run = await runOf(second, runId);
  expect(run.status).toBe('cancelled');
  expectStopped(run);
  expect(run.steps.find(({ name }) => name === 'devices')).toMatchObject({ status: 'done' });
  expect(wire.writes.length).toBe(sent);
});

test('runs of several people that are cancelled from another server end one and all, and so does the whole', async () => {
  const { leaver, ordinary, busyLeaver } = town.demo.landmarks;
  const users = [leaver.id, ordinary.id, busyLeaver.id];
  const planId = await approved('offboard_users', { users, preset: 'full' });
  const device = held(isDevice);
  const applied = first.client.call('apply_plan', { planId, waitSeconds: 60 });
  await device.comes;
  const second = await town.serve();
  const runId = runIdOf(planId);
  const asked = await second.client.call('cancel_run', { runId, reason: 'they stay' });
  if (asked.data['status'] === 'approval_required') {
    const cancelling = String(at(asked.data, 'plan', 'id'));
    await town.approve(cancelling);
    const done = await second.client.call('apply_plan', { planId: cancelling, waitSeconds: 60 });
    expect(done.data, done.text).toMatchObject({ status: 'completed' });
  }
  device.release();
  const { data, text } = await applied;
  expect(data, text).toMatchObject({ result: { status: 'cancelled' } });
  const sent = wire.writes.length;
  const whole = await runOf(second, runId);
  expect(whole.status).toBe('cancelled');
  expect(whole.runs).toHaveLength(3);
  for (const one of whole.runs ?? []) {
    expect(one.status).toBe('cancelled');
    const { steps } = await runOf(second, one.runId);
    expect(steps.at(-1)).toMatchObject({ status: 'pending' });
    expect(steps.filter(({ status }) => status === 'running')).toEqual([]);
  }
  expect(wire.writes.length).toBe(sent);
});

test('a client that cancels its call leaves a run that waits, and goes on', async () => {
  const { leaver } = town.demo.landmarks;
  const planId = await approved('offboard_user', { user: leaver.id, preset: 'full' });
  const device = held(isDevice);
  const call = new AbortController();
  const applied = first.client.call('apply_plan', { planId, waitSeconds: 60 }, { signal: call.signal });
  await device.comes;
  call.abort();
  await expect(applied).rejects.toThrow();
  const runId = runIdOf(planId);
  await expect.poll(async () => (await runOf(first, runId)).status, { timeout: 10_000 }).toBe('waiting');
  const run = await runOf(first, runId);
  expect(run['waitingFor']).toContain('resume_run');
  expect(run.steps.at(-1)).toMatchObject({ status: 'pending' });
  device.release();
  const resumed = await first.client.call('resume_run', { runId });
  expect(resumed.data, resumed.text).toMatchObject({ result: { status: 'completed' } });
});

test('a server whose stdin closes in the middle of a run ends by itself, and has the step in its journal', async () => {
  const planId = await approved('offboard_user', { user: town.demo.landmarks.leaver.id, preset: 'full' });
  const device = held(isDevice);
  const env = { ENTRA_MCP_GRAPH_URL: wire.url, ENTRA_MCP_AUTH: 'none' };
  const child = town.place.spawn(['serve'], { env });
  const over = ended(child);
  const say = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const clientInfo = { name: 'test', version: '1' };
  say({ id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo } });
  say({ method: 'notifications/initialized' });
  const call = { name: 'apply_plan', arguments: { planId, waitSeconds: 60 } };
  say({ id: 2, method: 'tools/call', params: call });
  await device.comes;
  child.stdin.end();
  const { code, stderr } = await over;
  expect(code, stderr).toBe(0);
  device.release();
  const runId = runIdOf(planId);
  const ends = town.sql("select body from journal where run_id = ? and step = 'devices' and phase = 'end'", runId);
  expect(ends).toHaveLength(1);
  expect(await runOf(first, runId)).toMatchObject({ status: 'waiting' });
});

test('a client that asks for progress hears which step is under way', async () => {
  const planId = await approved('offboard_user', { user: town.demo.landmarks.leaver.id, preset: 'full' });
  const heard: string[] = [];
  const onprogress = ({ message }: { message?: string | undefined }) => void heard.push(message ?? '');
  const { data, text } = await first.client.call('apply_plan', { planId, waitSeconds: 60 }, { onprogress });
  expect(data, text).toMatchObject({ result: { status: 'completed' } });
  const steps = offboardingStepNames.filter((name) => name !== 'delete');
  for (const [index, name] of steps.entries()) expect(heard).toContain(`step ${index + 1} of ${steps.length}, ${name}`);
});

test('of several people it hears whose step it is', async () => {
  const people = [town.demo.landmarks.leaver, town.demo.landmarks.ordinary];
  const planId = await approved('offboard_users', { users: people.map(({ id }) => id), preset: 'block-only' });
  const heard: string[] = [];
  const onprogress = ({ message }: { message?: string | undefined }) => void heard.push(message ?? '');
  await first.client.call('apply_plan', { planId, waitSeconds: 60 }, { onprogress });
  for (const { userPrincipalName } of people) {
    expect(heard).toContain(`${userPrincipalName}: step 1 of 2, block-sign-in`);
    expect(heard).toContain(`${userPrincipalName}: step 2 of 2, revoke-sessions`);
  }
});
