import { describe, expect, test } from 'vitest';
import { OffboardingWorld, statusesOf } from './world.ts';

describe('a privileged leaver', () => {
  test('every role goes: standing, for a while, in a unit, eligible; that of a group goes with the group', async () => {
    const world = await OffboardingWorld.open();
    const { privilegedLeaver } = world.tenant.landmarks;
    const draft = await world.draft({ user: privilegedLeaver.id, preset: 'full' });
    const roles = draft.observations?.find(({ name }) => name === 'directory-roles');
    expect(roles?.items.map(({ name, privileged, kept }) => ({ name, privileged, kept }))).toEqual([
      { name: 'Groups Administrator', privileged: true },
      { name: 'User Administrator, in the unit Sales Region', privileged: true },
      { name: 'Security Reader', privileged: true },
      { name: 'User Administrator (eligible)', privileged: true },
      {
        name: 'The roles of the group Access Reviewers',
        kept: 'They come through the group, and go with the membership in it',
      },
    ]);
    const report = await world.offboard({ user: privilegedLeaver.id, preset: 'full' });
    expect(report.status).toBe('completed');
    expect(world.holdings(privilegedLeaver.id)).toMatchObject({ roles: [], eligibleRoles: [] });
    expect(world.writes.filter((write) => /ScheduleRequests$/.test(write))).toHaveLength(2);
  });

  test('a block is tried again once the roles are gone, and once the role-assignable groups are left', async () => {
    const world = await OffboardingWorld.open({ appRoles: ['User Administrator'] });
    const { privilegedLeaver } = world.tenant.landmarks;
    const report = await world.offboard({
      user: privilegedLeaver.id,
      steps: ['block-sign-in', 'revoke-sessions', 'reset-password', 'directory-roles', 'groups'],
    });
    const blocks = world.tenant.requests.filter(({ body }) => JSON.stringify(body)?.includes('"accountEnabled":false'));
    // Graph refuses it for a role, then for the group, then no more.
    expect(blocks.map(({ status }) => status)).toEqual([403, 403, 204]);
    expect(world.user(privilegedLeaver.id)).toMatchObject({ accountEnabled: false });
    expect(report).toMatchObject({ status: 'completed', blocked: true });
    expect(new Set(Object.values(statusesOf(report)))).toEqual(new Set(['done']));
  });

  test('a block that nothing makes possible is tried once more after each step that takes power, and failed', async () => {
    const world = await OffboardingWorld.open({ appRoles: ['User Administrator'] });
    const { privilegedLeaver } = world.tenant.landmarks;
    const report = await world.offboard({ user: privilegedLeaver.id, steps: ['block-sign-in', 'directory-roles'] });
    expect(report).toMatchObject({ status: 'failed', blocked: false });
    expect(report.steps[0]).toMatchObject({ status: 'failed', fix: expect.stringContaining('role-assignable group') });
    expect(world.user(privilegedLeaver.id)).toMatchObject({ accountEnabled: true });
  });

  test('a run that stops before the roles go says that the account is not blocked', async () => {
    const world = await OffboardingWorld.open({ appRoles: ['User Administrator'] });
    const { privilegedLeaver } = world.tenant.landmarks;
    const abort = new AbortController();
    const report = await world.offboard(
      { user: privilegedLeaver.id, steps: ['block-sign-in', 'directory-roles', 'groups'] },
      { abort, progress: (message) => message.endsWith('directory-roles') && abort.abort() },
    );
    expect(report).toMatchObject({ status: 'waiting', blocked: false });
    expect(world.user(privilegedLeaver.id)).toMatchObject({ accountEnabled: true });
    const ended = await world.resume({ runId: report.runId });
    expect(ended).toMatchObject({ status: 'completed', blocked: true });
  });
});
