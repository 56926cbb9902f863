import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApprovalTown, at } from '../e2e/approval-office.ts';

let town: ApprovalTown;
beforeAll(async () => {
  town = await ApprovalTown.open(60);
});
afterAll(() => town.close());

test('a run for later is started by a server that nobody calls, after the one that kept it was killed', async () => {
  const { leaver } = town.demo.landmarks;
  const first = await town.serve({ env: { AZURE_TENANT_ID: town.demo.tenantId } });
  const startAt = new Date(Date.now() + 4_000).toISOString();
  const asked = { user: leaver.id, preset: 'block-only', startAt, reason: 'left the company' };
  const planId = String(at((await first.client.call('offboard_user', asked)).data, 'plan', 'id'));
  await town.approve(planId);
  const { data, text } = await first.client.call('apply_plan', { planId });
  expect(data, text).toMatchObject({ result: { status: 'scheduled' } });
  await first.kill();
  expect(town.demo.snapshot().users[leaver.id]).toMatchObject({ accountEnabled: true });
  const second = await town.serve({ env: { AZURE_TENANT_ID: town.demo.tenantId } });
  await expect.poll(() => town.demo.snapshot().users[leaver.id]?.['accountEnabled'], { timeout: 30_000 }).toBe(false);
  const runId = at(data, 'runId');
  await expect
    .poll(async () => at((await second.client.call('get_run', { runId })).data, 'status'), { timeout: 10_000 })
    .toBe('completed');
});
