import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { verifyTrail } from '../../src/approval/audit.ts';
import { ApprovalWorld, type Called, planIdOf } from './approval-world.ts';

const reason = 'The site closes';
const hourMs = 60 * 60 * 1000;

let world: ApprovalWorld;
let people: string[];

beforeEach(async () => {
  world = await ApprovalWorld.open({ users: 90, settings: { trustElicitation: 'true' } });
  const cast = JSON.stringify(world.demo.landmarks);
  people = Object.entries(world.before.users)
    .filter(([id, user]) => user['deletedDateTime'] === undefined && !cast.includes(id))
    .filter(([, user]) => user['userType'] === 'Member' && user['onPremisesSyncEnabled'] !== true)
    .flatMap(([id, user]) => (user['accountEnabled'] === true ? [id] : []));
  expect(people.length).toBeGreaterThan(30);
});
afterEach(() => world.close());

function someone(): string {
  const id = people.pop();
  if (id === undefined) throw new Error('Nobody is left');
  return id;
}

/** A client that answers yes to whatever it is asked. */
function asking(tool: string, args: Record<string, unknown> = {}, server = 0): Promise<Called> {
  return world.call(tool, { user: someone(), reason, ...args }, { answers: 'approve', server });
}

function deletions(): number {
  return world.changes().filter(({ method }) => method === 'DELETE').length;
}

describe('a client that answers its own questions', () => {
  test('deletes ten people in an hour, in whatever process, and no eleventh', async () => {
    for (let i = 0; i < 10; i += 1) expect((await asking('delete_user', {}, i % 2)).data['status']).toBe('completed');
    const eleventh = await asking('delete_user');
    expect(eleventh).toMatchObject({ code: 'LIMIT_REACHED', asked: true });
    expect(eleventh.data['error']).toMatchObject({
      retryAfterMs: hourMs,
      detail: { limit: 10, counted: 10, freesAt: new Date(world.clock.now() + hourMs).toISOString() },
    });
    expect(eleventh.text).toContain(new Date(world.clock.now() + hourMs).toISOString().slice(0, 16).replace('T', ' '));
    expect((await asking('delete_user', {}, 1)).code).toBe('LIMIT_REACHED');
    expect((await asking('offboard_user', { preset: 'full' })).code).toBe('LIMIT_REACHED');
    expect(deletions()).toBe(10);
    expect((await verifyTrail(world.store, world.demo.tenantId)).brokenAt).toBeUndefined();
  });

  test('may block and sign out more, and mere writes are free', async () => {
    for (let i = 0; i < 12; i += 1) {
      const user = someone();
      // Graph's quota goes by time too.
      await world.clock.advance(20_000);
      expect((await asking('update_user', { user, set: { jobTitle: 'Leaver' } })).data['status']).toBe('completed');
      expect((await asking(i % 2 === 0 ? 'disable_user' : 'revoke_sessions', { user })).data['status']).toBe(
        'completed',
      );
    }
    expect((await asking('delete_user')).data['status']).toBe('completed');
  });

  test('is let through again an hour later', async () => {
    for (let i = 0; i < 10; i += 1) await asking('delete_user');
    await world.clock.advance(hourMs - 1);
    expect((await asking('delete_user')).code).toBe('LIMIT_REACHED');
    await world.clock.advance(1);
    expect((await asking('delete_user')).data['status']).toBe('completed');
  });
});

test('a person with the PIN is not held up, and says yes to what the limit stopped', async () => {
  for (let i = 0; i < 10; i += 1) await asking('delete_user');
  const stopped = await asking('delete_user');
  const { detail } = stopped.data['error'] as { detail: Record<string, unknown> };
  for (const planId of [
    planIdOf(detail) ?? '',
    planIdOf((await world.call('delete_user', { user: someone(), reason })).data) ?? '',
  ]) {
    await world.decide(planId, 'approve');
    expect((await world.call('apply_plan', { planId })).data['status']).toBe('completed');
  }
  expect(deletions()).toBe(12);
});

test('eleven people in one plan are for a person with the PIN, even to block them', async () => {
  const users = Array.from({ length: 11 }, someone);
  for (const args of [
    { users, preset: 'block-only' },
    { users, preset: 'full' },
  ]) {
    const asked = await world.call('offboard_users', { ...args, reason }, { answers: 'approve' });
    expect(asked).toMatchObject({ asked: false, data: { status: 'approval_required', plan: { stepUp: true } } });
  }
  const group = world.demo.landmarks.groups.security.id;
  const added = await world.call('add_group_members', { group, users, reason }, { answers: 'approve' });
  expect(added).toMatchObject({ asked: false, data: { plan: { stepUp: true } } });
  expect(world.changes()).toEqual([]);
});

test('of two deletions at the same instant in two processes one has the last place', async () => {
  for (let i = 0; i < 9; i += 1) await asking('delete_user');
  const ends = await Promise.all([asking('delete_user', {}, 0), asking('delete_user', {}, 1)]);
  expect(ends.map(({ code }) => code ?? 'completed').sort()).toEqual(['LIMIT_REACHED', 'completed']);
  expect(deletions()).toBe(10);
});
