import { afterEach, expect, test } from 'vitest';
import { ApprovalTown, at, type Office } from '../e2e/approval-office.ts';
import { ApprovalWire, type Fate, moment } from '../e2e/approval-wire.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function opened() {
  const town = await ApprovalTown.open(60);
  const wire = await ApprovalWire.open(town.demo.url);
  closers.push(
    () => wire.close(),
    () => town.close(),
  );
  return { town, wire, env: { AZURE_TENANT_ID: town.demo.tenantId } };
}

/** Applies a plan in a server that dies while its nth write is on the way. */
async function diesAt(nth: number, wire: ApprovalWire, office: Office, planId: string): Promise<void> {
  const there = moment();
  const gone = moment();
  let seen = 0;
  wire.onTheWay = async (): Promise<Fate> => {
    seen += 1;
    if (seen !== nth) return seen < nth ? 'passes' : 'lost';
    there.come();
    await gone.comes;
    return 'lost';
  };
  office.client.call('apply_plan', { planId, waitSeconds: 60 }).catch(() => undefined);
  await there.comes;
  await office.kill();
  gone.come();
  wire.onTheWay = () => 'passes';
}

test('a server that nobody calls looks at what the one before it left in the middle, and writes nothing', async () => {
  const { town, wire, env } = await opened();
  const { leaver } = town.demo.landmarks;
  const first = await town.serve({ url: wire.url, env });
  const asked = { user: leaver.id, preset: 'full', reason: 'left the company' };
  const planId = String(at((await first.client.call('offboard_user', asked)).data, 'plan', 'id'));
  await town.approve(planId);
  await diesAt(4, wire, first, planId);
  const sent = wire.writes.length;

  const second = await town.serve({ url: wire.url, env });
  const waitingFor = () => String(town.sql('select waiting_for from runs')[0]?.['waiting_for']);
  await expect
    .poll(waitingFor, { timeout: 30_000 })
    .toMatch(/^resume_run: the server stopped in the middle of this run; left: .*groups, .*licenses$/);
  expect(waitingFor()).not.toContain('block-sign-in');
  expect(wire.writes).toHaveLength(sent);
  const access = await second.client.call('check_access', {});
  expect(access.data).toMatchObject({ runsWaiting: 1 });
  const { data: runs } = await second.client.call('list_runs', { status: 'waiting' });
  expect(at(runs, 'items', '0', 'waitingFor')).toBe(waitingFor());

  const runId = at(runs, 'items', '0', 'runId');
  const { data, text } = await second.client.call('resume_run', { runId });
  expect(data, text).toMatchObject({ status: 'completed', result: { status: 'completed' } });
  expect((await second.client.call('check_access', {})).data).not.toHaveProperty('runsWaiting');
});

test('a tenant that cannot be read then does not keep the server from its calls', async () => {
  const { town, wire, env } = await opened();
  const { leaver } = town.demo.landmarks;
  const first = await town.serve({ url: wire.url, env });
  const asked = { user: leaver.id, preset: 'full', reason: 'left the company' };
  const planId = String(at((await first.client.call('offboard_user', asked)).data, 'plan', 'id'));
  await town.approve(planId);
  await diesAt(4, wire, first, planId);

  town.demo.faults('GET /users/*=500');
  const second = await town.serve({ url: wire.url, env });
  await expect
    .poll(() => second.stderr(), { timeout: 30_000 })
    .toContain('what is left of an interrupted run could not be read');
  const { data } = await second.client.call('list_runs', { status: 'waiting' });
  expect(at(data, 'items', '0', 'waitingFor')).toBe('resume_run: the server stopped in the middle of this run');
});
