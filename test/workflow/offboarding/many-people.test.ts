import { beforeAll, describe, expect, test } from 'vitest';
import { ApprovalWorld, planIdOf } from '../../e2e/approval-world.ts';
import { LifecycleOffice } from '../../e2e/lifecycle-office.ts';

const limit = 64 * 1024;

describe('200 people leave by one plan', () => {
  let world: ApprovalWorld;
  let users: string[];
  beforeAll(async () => {
    world = await ApprovalWorld.open({ users: 460, flows: true });
    const cast = JSON.stringify(world.demo.landmarks);
    users = Object.entries(world.demo.snapshot().users)
      .filter(([id, user]) => user['deletedDateTime'] === undefined && !cast.includes(id))
      .filter(([, user]) => user['userType'] === 'Member' && user['onPremisesSyncEnabled'] !== true)
      .flatMap(([, user]) => (user['accountEnabled'] === true ? [String(user['userPrincipalName'])] : []))
      .slice(0, 200);
    return () => world.close();
  });

  test.each(['block-only', 'standard', 'full'])('the %s plan fits into an answer and names each', async (preset) => {
    const startAt = new Date(world.clock.now() + 86_400_000).toISOString();
    const { data, text } = await world.call('offboard_users', { users, preset, startAt, reason: 'The site closes' });
    expect(users).toHaveLength(200);
    expect(data).toMatchObject({ status: 'approval_required', plan: { stepUp: true } });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(limit);
    expect(text).not.toContain('stops at 64 KB');
    expect(users.filter((user) => !text.includes(user))).toEqual([]);
    expect(text).toContain(`Plan: Offboard 200 people, from ${startAt}`);
    const again = (await world.call('get_plan', { planId: planIdOf(data) })).text;
    expect(again).not.toContain('stops at 64 KB');
    expect(users.filter((user) => !again.includes(user))).toEqual([]);
  });

  test('all complete, nothing is refused for its pace, and the answer names each', async () => {
    const office = new LifecycleOffice(world);
    const { id } = await office.plan('offboard_users', { users, preset: 'full' });
    const begun = await office.applied(id);
    const { runId } = begun.data;
    await expect
      .poll(async () => (await world.call('get_run', { runId })).data['status'], { timeout: 110_000 })
      .toBe('completed');
    const { data, text } = await world.call('get_run', { runId });
    const again = (await world.call('get_plan', { planId: id })).text;
    expect(Buffer.byteLength(again)).toBeLessThanOrEqual(limit);
    expect(again).not.toContain('stops at 64 KB');
    expect(users.filter((user) => !again.includes(`\n${user}: completed`))).toEqual([]);
    expect(data).toMatchObject({ blocked: true });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(limit);
    expect(text).not.toContain('stops at 64 KB');
    expect(text).toContain('Status: completed, 200 completed');
    expect(users.filter((user) => !text.includes(`\n${user}: completed`))).toEqual([]);
    expect((await world.call('check_access', {})).data).toMatchObject({ usage: { throttled: 0 } });
  }, 120_000);
});
