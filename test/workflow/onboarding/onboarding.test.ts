import { describe, expect, test } from 'vitest';
import { OnboardingWorld, refusal, statusesOf } from './world.ts';

const allDone = {
  'create-user': 'done',
  manager: 'done',
  licenses: 'done',
  'temporary-access-pass': 'done',
  groups: 'done',
};

describe('an onboarding', () => {
  test('makes the account with all that was asked for, each in one request', async () => {
    const world = await OnboardingWorld.open();
    const { groups, manager } = world.tenant.landmarks;
    const report = await world.onboard();
    expect(statusesOf(report)).toEqual(allDone);
    expect(report).toMatchObject({ status: 'completed', kind: 'onboarding', handoffIds: ['handoff-1', 'handoff-2'] });
    const id = String(world.newcomer?.['id']);
    expect(report.user).toEqual({ id, userPrincipalName: `nora.new@${world.tenant.domain}`, displayName: 'Nora New' });
    expect(world.writes.sort()).toEqual(
      [
        'POST /users',
        'PUT /users/new/manager/$ref',
        'POST /users/new/assignLicense',
        'POST /users/new/authentication/temporaryAccessPassMethods',
        `POST /groups/${groups.security.id}/members/$ref`,
        `POST /groups/${groups.m365.id}/members/$ref`,
      ].sort(),
    );
    expect(world.newcomer).toMatchObject({
      accountEnabled: true,
      usageLocation: 'DE',
      department: 'Research',
      mailNickname: 'nora.new',
      manager: manager.id,
    });
    expect(world.holdings(id).memberOf).toEqual(expect.arrayContaining([groups.security.id, groups.m365.id]));
  });

  test('shows no secret in its report or its journal', async () => {
    const world = await OnboardingWorld.open();
    const report = await world.onboard();
    const told = JSON.stringify([report, await world.runs.get(report.runId)]);
    expect(world.secrets.size).toBe(2);
    for (const secret of world.secrets.values()) expect(told).not.toContain(secret);
  });

  test('waits until the tenant knows the new account and its country', async () => {
    const world = await OnboardingWorld.open({ replicationDelayMs: 6_000 });
    const report = await world.onboard();
    expect(report, JSON.stringify(report)).toMatchObject({ status: 'completed' });
    expect(statusesOf(report)).toEqual(allDone);
  });

  test('resolves a lost answer by the name, which nobody else can have', async () => {
    const world = await OnboardingWorld.open({ faults: 'POST /users=lost-write:x1' });
    const report = await world.onboard({ groups: [] });
    expect(report, JSON.stringify(report)).toMatchObject({ status: 'completed' });
    expect(world.writes.filter((write) => write === 'POST /users')).toHaveLength(1);
  }, 20_000);

  test('asked for again is refused: the name is taken', async () => {
    const world = await OnboardingWorld.open();
    await world.onboard();
    await expect(world.onboard()).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('leaves a group that an access package gives to the package', async () => {
    const world = await OnboardingWorld.open();
    const { landmarks } = world.tenant;
    const draft = await world.plan({ like: landmarks.leaver.id, licenses: [], groups: [] });
    const proposed = draft.observations?.find(({ name }) => name === 'like')?.items ?? [];
    const governed = proposed.filter(({ kept }) => kept?.includes('access package'));
    expect(governed.length).toBeGreaterThan(0);
    const report = await world.onboard({ groups: governed.map(({ id }) => id) });
    expect(report).toMatchObject({ status: 'completed' });
    expect(report.steps.find(({ name }) => name === 'groups')).toMatchObject({ status: 'skipped' });
    expect(report.followUps.map(({ what }) => what).join()).toContain('Ask for the access package');
  });
});

describe('where a step fails', () => {
  const failing = (world: OnboardingWorld) => {
    world.around = async (what, send) => {
      if (what === 'POST /users/{}/assignLicense') throw refusal('NOT_PERMITTED');
      return send();
    };
  };

  test('the rest goes on, the account stays, and resume_run does what is left', async () => {
    const world = await OnboardingWorld.open();
    failing(world);
    const report = await world.onboard();
    expect(report.status).toBe('failed');
    expect(statusesOf(report)).toEqual({ ...allDone, licenses: 'failed' });
    world.around = (_, send) => send();
    const before = world.writes.length;
    const resumed = await world.resume(report.runId);
    expect(resumed.status).toBe('completed');
    expect(world.writes.slice(before)).toEqual(['POST /users/new/assignLicense']);
  });

  test('with rollback nothing more is done, and the account is deleted again', async () => {
    const world = await OnboardingWorld.open();
    failing(world);
    const report = await world.onboard({ onFailure: 'rollback' });
    expect(report.status).toBe('failed');
    expect(statusesOf(report)).toEqual({
      'create-user': 'done',
      manager: 'done',
      licenses: 'failed',
      'temporary-access-pass': 'skipped',
      groups: 'skipped',
      'roll-back': 'done',
    });
    expect(report.followUps[0]?.what).toContain('deleted again');
    expect(world.newcomer).toBeUndefined();
    // What is gone is not gone on with; and its name is free for the next attempt.
    world.around = (_, send) => send();
    const before = world.writes.length;
    expect((await world.resume(report.runId)).status).toBe('failed');
    expect(world.writes.length).toBe(before);
    const again = await world.onboard();
    expect(again.status).toBe('completed');
  });

  test('with rollback and without a failure nothing is taken back', async () => {
    const world = await OnboardingWorld.open();
    const report = await world.onboard({ onFailure: 'rollback' });
    expect(report.status).toBe('completed');
    expect(statusesOf(report)).toEqual({ ...allDone, 'roll-back': 'skipped' });
  });

  test('a creation of which nobody knows is followed by nothing', async () => {
    const world = await OnboardingWorld.open();
    world.around = async (what, send) => {
      if (what === 'POST /users') throw refusal('OUTCOME_UNKNOWN');
      return send();
    };
    const report = await world.onboard();
    expect(report.status).toBe('failed');
    expect(statusesOf(report)['create-user']).toBe('unknown');
    expect(world.writes).toEqual([]);
    world.around = (_, send) => send();
    expect((await world.resume(report.runId)).status).toBe('completed');
  });
});

describe('a process that dies', () => {
  const writes = [
    'POST /users',
    'PUT /users/{}/manager/$ref',
    'POST /users/{}/assignLicense',
    'POST /users/{}/authentication/temporaryAccessPassMethods',
    'batch',
  ];

  test.each(writes.flatMap((what) => [['before', what] as const, ['after', what] as const]))(
    '%s %s: another goes on, and does nothing twice',
    async (when, what) => {
      const world = await OnboardingWorld.open();
      const runId = await world.onboardAndDie({}, (one) => (one === what ? when : undefined));
      expect(await world.runs.get(runId)).toMatchObject({ status: 'waiting' });
      const report = await world.resume(runId);
      expect(report, JSON.stringify(report)).toMatchObject({ status: 'completed' });
      expect(report.user?.id).toBe(world.newcomer?.['id']);
      // A pass whose answer nobody kept is of no use: it is made anew.
      const passTwice = what === writes[3] && when === 'after';
      const twice = new Set(world.writes).size !== world.writes.length;
      expect(twice).toBe(passTwice);
      // The password that counts is among those that were sealed.
      const { handoffIds = [] } = report;
      expect(handoffIds.length).toBeGreaterThanOrEqual(2);
    },
  );

  test('the account that it made is a target of the plan to go on, and taken over only while a way in is to be given', async () => {
    const world = await OnboardingWorld.open();
    const early = await world.onboardAndDie({}, (one) => (one === writes[2] ? 'before' : undefined));
    const id = world.newcomer?.['id'];
    expect(await world.targetsToGoOn(early)).toContainEqual({ kind: 'user', id, touch: 'takeover' });
    const late = await OnboardingWorld.open();
    const runId = await late.onboardAndDie({}, (one) => (one === 'batch' ? 'before' : undefined));
    expect(await late.targetsToGoOn(runId)).toContainEqual({
      kind: 'user',
      id: late.newcomer?.['id'],
      touch: 'change',
    });
  });

  test('an account of the same name that was there before is not taken for its own', async () => {
    const world = await OnboardingWorld.open();
    const { ordinary } = world.tenant.landmarks;
    const runId = await world.onboardAndDie({}, (one) => (one === 'POST /users' ? 'before' : undefined));
    await fetch(`${world.tenant.url}/v1.0/users/${ordinary.id}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ userPrincipalName: `nora.new@${world.tenant.domain}` }),
    });
    const report = await world.resume(runId);
    expect(report.status).toBe('failed');
    expect(statusesOf(report)).toMatchObject({ 'create-user': 'failed', manager: 'skipped', groups: 'skipped' });
  });
});
