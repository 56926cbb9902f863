import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { OffboardingWorld, statusesOf } from './world.ts';

const everyStep = [
  'block-sign-in',
  'revoke-sessions',
  'reset-password',
  'directory-roles',
  'devices',
  'app-access',
  'ownerships',
  'groups',
  'handover',
  'revoke-again',
  'auth-methods',
  'licenses',
];

describe('what is done', () => {
  test('100 groups, 5 licenses, 3 devices: at most 16 requests with the two of the gate', async () => {
    const world = await OffboardingWorld.open();
    const { busyLeaver } = world.tenant.landmarks;
    await world.draft({ user: busyLeaver.id, preset: 'full' });
    // A human takes longer than that to approve.
    await delay(2_100);
    const before = world.sent;
    const report = await world.offboard({ user: busyLeaver.id, preset: 'full' });
    expect(report.status).toBe('completed');
    expect(world.sent - before).toBeLessThanOrEqual(14);
    expect(world.holdings(busyLeaver.id)).toMatchObject({ memberOf: [] });
    expect(world.holdings(busyLeaver.id).devices.map(({ accountEnabled }) => accountEnabled)).toEqual([
      false,
      false,
      false,
    ]);
    expect(world.user(busyLeaver.id)['assignedLicenses'] ?? []).toEqual([]);
  });

  test('someone who has everything: it is handed over and taken, and what Graph cannot do is said', async () => {
    const world = await OffboardingWorld.open();
    const { leaver, ordinary } = world.tenant.landmarks;
    const request = {
      user: leaver.userPrincipalName,
      preset: 'full' as const,
      successor: ordinary.userPrincipalName,
      autoReply: { internal: 'Write to Maya.', external: 'Write to us.' },
    };
    const report = await world.offboard(request);
    expect(report).toMatchObject({ status: 'completed', blocked: true });
    expect(statusesOf(report)).toEqual({
      ...Object.fromEntries(everyStep.map((name) => [name, 'done'])),
      'directory-roles': 'already_so',
    });
    expect(world.user(leaver.id)).toMatchObject({ accountEnabled: false });
    const left = world.holdings(leaver.id);
    expect(left).toMatchObject({
      owns: [],
      appRoles: [],
      consents: [],
      accessPackages: [],
      sponsorOf: [],
      authenticationMethods: [expect.stringMatching(/^password /)],
      drivePermissions: expect.arrayContaining([{ userId: ordinary.id, roles: ['write'] }]),
      mailbox: {
        isOpen: false,
        automaticReplies: expect.objectContaining({
          status: 'alwaysEnabled',
          internalReplyMessage: 'Write to Maya.',
          externalReplyMessage: 'Write to us.',
          externalAudience: 'all',
        }),
      },
    });
    expect(world.holdings(ordinary.id).owns).toHaveLength(7);
    const reasons = report.steps.flatMap(({ left: kept = [] }) => kept.map(({ reason }) => reason));
    expect(reasons).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^Others use it too/),
        'A rule decides who is in it',
        'It is synced from AD, where its members are kept',
        'Exchange keeps its members: see the follow-ups',
        'Synced from AD, where the manager is kept',
      ]),
    );
    expect(report.followUps.flatMap(({ commands = [] }) => commands)).toContain(
      `Remove-DistributionGroupMember -Identity 'company-news@${world.tenant.domain}' -Member '${leaver.userPrincipalName}' -Confirm:$false`,
    );
    expect(report.followUps.map(({ what }) => what).join('\n')).toMatch(/nightly export.*laptop.*CN=dashboard/);
    expect(await world.plan({ user: leaver.id, steps: ['groups', 'devices', 'licenses', 'handover'] })).toEqual({
      unchanged: `Nothing of the chosen steps is left to do for ${leaver.userPrincipalName}`,
    });
  });

  test('nobody ever has the new password: it is in no journal', async () => {
    const world = await OffboardingWorld.open();
    const { runId } = await world.offboard({ user: world.tenant.landmarks.ordinary.id, steps: ['reset-password'] });
    expect(world.bytes).toBeGreaterThanOrEqual(48);
    const patch = world.tenant.requests.find(({ method }) => method === 'PATCH');
    expect(patch?.body).toEqual({
      passwordProfile: { forceChangePasswordNextSignIn: true, password: expect.stringMatching(/^[\w-]{64}aA1!$/) },
    });
    const [record] = await world.journal(runId);
    expect(JSON.stringify(record)).not.toContain('aA1!');
  });

  test('the block is a request of its own, before anything else', async () => {
    const world = await OffboardingWorld.open();
    await world.offboard({ user: world.tenant.landmarks.leaver.id, preset: 'full' });
    const [first, second] = world.tenant.requests.filter(
      ({ method, path }) => method !== 'GET' && !/\$batch|getByIds/.test(path),
    );
    expect(first).toMatchObject({ method: 'PATCH', body: { accountEnabled: false } });
    expect(second?.path).toMatch(/revokeSignInSessions$/);
  });

  test('the journal holds what giving it back takes', async () => {
    const world = await OffboardingWorld.open();
    const { leaver, ordinary } = world.tenant.landmarks;
    const { runId } = await world.offboard({ user: leaver.id, preset: 'full', successor: ordinary.id });
    const records = await world.journal(runId);
    const dataOf = (step: string) =>
      records.find((record) => record.step === step)?.past?.begun.map(({ data }) => data) ?? [];
    expect(dataOf('block-sign-in')).toEqual([{ accountEnabled: true }]);
    expect(dataOf('app-access')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'appRole', resourceId: expect.any(String), appRoleId: expect.any(String) }),
        expect.objectContaining({ kind: 'consent', scope: 'User.Read Calendars.Read offline_access' }),
        expect.objectContaining({ kind: 'package', accessPackageId: expect.any(String) }),
      ]),
    );
    expect(dataOf('licenses')).toEqual(
      expect.arrayContaining([
        { kind: 'direct', disabledPlans: [] },
        { kind: 'group', skuIds: [expect.any(String)] },
      ]),
    );
    expect(dataOf('handover')).toContainEqual({
      kind: 'person',
      leaverId: leaver.id,
      managerId: expect.any(String),
      sponsorId: null,
      sponsorWas: false,
    });
    const drive = records.find(({ step }) => step === 'handover')?.ends.find(({ name }) => name.startsWith('OneDrive'));
    expect(drive?.note).toMatch(/^permission .+/);
  });
});

describe('the mailbox', () => {
  test('standard waits before the licenses until it is known what became of it', async () => {
    const world = await OffboardingWorld.open();
    const { leaver } = world.tenant.landmarks;
    const report = await world.offboard({ user: leaver.id });
    expect(report).toMatchObject({
      status: 'waiting',
      waitingFor: expect.stringContaining("resume_run with mailbox: 'shared'"),
    });
    expect(statusesOf(report)).toMatchObject({ 'auth-methods': 'done', licenses: 'waiting' });
    expect(report.followUps.flatMap(({ commands = [] }) => commands)).toContain(
      `Set-Mailbox -Identity '${leaver.userPrincipalName}' -Type Shared`,
    );
    await expect(world.resume({ runId: report.runId })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    const ended = await world.resume({ runId: report.runId, mailbox: 'shared' });
    expect(ended.status).toBe('completed');
    expect(statusesOf(ended)).toMatchObject({ licenses: 'done' });
    expect(JSON.stringify(ended.followUps)).not.toContain('-Type Shared');
  });

  test('standard does not wait where no mailbox goes with the licenses', async () => {
    const world = await OffboardingWorld.open();
    const { newcomer } = world.tenant.landmarks;
    const report = await world.offboard({ user: newcomer.id });
    expect(report.status).toBe('completed');
  });

  test('a shared one keeps its account from being deleted', async () => {
    const world = await OffboardingWorld.open();
    const { leaver } = world.tenant.landmarks;
    const { runId } = await world.offboard({ user: leaver.id, delete: true });
    const ended = await world.resume({ runId, mailbox: 'shared' });
    expect(ended.steps.at(-1)).toMatchObject({
      name: 'delete',
      status: 'skipped',
      message: 'The shared mailbox lives in this account: it would be deleted with it',
    });
    expect(world.user(leaver.id)['deletedDateTime']).toBeUndefined();
  });

  test('a released one does not; what is left to people is still known then', async () => {
    const world = await OffboardingWorld.open();
    const { leaver } = world.tenant.landmarks;
    const { runId } = await world.offboard({ user: leaver.id, delete: true });
    const ended = await world.resume({ runId, mailbox: 'released' });
    expect(ended).toMatchObject({ status: 'completed', blocked: true });
    expect(world.user(leaver.id)['deletedDateTime']).toEqual(expect.any(String));
    expect(JSON.stringify(ended.followUps)).toContain('Remove-DistributionGroupMember');
    expect(JSON.stringify(ended.followUps)).toContain('Sales Dashboard');
  });

  test('one that went with the account is reached by its own ids; what was handed over is not asked for again', async () => {
    const world = await OffboardingWorld.open();
    const { leaver, ordinary } = world.tenant.landmarks;
    const report = await world.offboard({ user: leaver.id, preset: 'full', successor: ordinary.id, delete: true });
    expect(report.status).toBe('completed');
    const commands = report.followUps.flatMap((one) => one.commands ?? []).join('\n');
    expect(commands).toContain('New-MailboxRestoreRequest');
    expect(commands).not.toMatch(/Set-Mailbox|OwnerByRef/);
    const secrets = report.followUps.filter(({ what }) => what.startsWith('Replace the credentials'));
    expect(secrets).toHaveLength(1);
    const named = secrets[0]?.what.split('; ') ?? [];
    expect(named).toEqual([...new Set(named)]);
  });
});

describe('people of other kinds', () => {
  test('synced: the block is in the cloud only, and AD has something to do', async () => {
    const world = await OffboardingWorld.open();
    const { synced } = world.tenant.landmarks;
    const draft = await world.draft({ user: synced.id, preset: 'full' });
    expect(draft.warnings).toEqual(
      expect.arrayContaining([
        'Synced from AD: the block is in the cloud only, and the next sync can lift it. Disable the account in AD too',
        'reset-password is left out: AD keeps the password of a synced account: reset it there',
      ]),
    );
    const report = await world.offboard({ user: synced.id, preset: 'full' });
    expect(statusesOf(report)).toMatchObject({ 'block-sign-in': 'done', 'reset-password': 'skipped' });
    expect(report.followUps.flatMap(({ commands = [] }) => commands).join('\n')).toMatch(
      /^Disable-ADAccount -Identity '/,
    );
  });

  test('a guest: revoking has no effect and is left out', async () => {
    const world = await OffboardingWorld.open();
    const report = await world.offboard({ user: world.tenant.landmarks.guest.id, preset: 'block-only' });
    expect(statusesOf(report)).toEqual({ 'block-sign-in': 'done', 'revoke-sessions': 'skipped' });
    expect(report).toMatchObject({ status: 'completed', blocked: true });
  });

  test('an apostrophe in a name does not end a PowerShell string', async () => {
    const world = await OffboardingWorld.open();
    const { apostrophe } = world.tenant.landmarks;
    const report = await world.offboard({ user: apostrophe.id, preset: 'full' });
    expect(JSON.stringify(report.followUps)).toContain("'siobhan.o''brien@");
  });

  test('several by one plan, each in a run of its own', async () => {
    const world = await OffboardingWorld.open();
    const { ordinary, newcomer, busyLeaver } = world.tenant.landmarks;
    const users = [ordinary, newcomer, busyLeaver].map(({ id }) => id);
    const report = await world.offboardAll({ users, preset: 'block-only' });
    expect(report).toMatchObject({ kind: 'offboardings', status: 'completed' });
    expect(users.map((id) => world.user(id)['accountEnabled'])).toEqual([false, false, false]);
  });
});

test('a block group: the leaver is put into it, and stays in it', async () => {
  const world = await OffboardingWorld.open();
  const { ordinary, eligibleAdmin, groups } = world.tenant.landmarks;
  const request = {
    user: eligibleAdmin.id,
    steps: ['block-sign-in', 'groups'],
    blockGroup: groups.security.displayName,
  };
  const draft = await world.draft(request);
  expect(draft.raise).toEqual(['grant']);
  expect(draft.targets).toContainEqual({ kind: 'group', id: groups.security.id, touch: 'change' });
  const report = await world.offboard(request);
  expect(report.status).toBe('completed');
  expect(world.holdings(eligibleAdmin.id).memberOf).toContain(groups.security.id);
  await expect(world.plan({ user: ordinary.id, blockGroup: groups.roleAssignable.id })).rejects.toMatchObject({
    code: 'PROTECTED_TARGET',
  });
});

test('what may not be read is left as it is, and the plan says so', async () => {
  const permissions = [
    'User.Read.All',
    'User.EnableDisableAccount.All',
    'User.RevokeSessions.All',
    'GroupMember.ReadWrite.All',
  ];
  const world = await OffboardingWorld.open({ permissions });
  const { leaver } = world.tenant.landmarks;
  const request = { user: leaver.id, preset: 'full' as const, skip: ['reset-password'] };
  const { warnings = [] } = await world.draft(request);
  expect(warnings).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^auth-methods is left out: This server cannot read authentication methods: it needs/),
      expect.stringMatching(/^directory-roles is left out: /),
      expect.stringMatching(/^Not seen: .*licenses of the tenant/),
    ]),
  );
  const report = await world.offboard(request);
  expect(statusesOf(report)).toMatchObject({ 'block-sign-in': 'done', groups: 'done', 'auth-methods': 'skipped' });
});

test('a process that died in the middle: another one goes on, and does nothing twice', async () => {
  const world = await OffboardingWorld.open();
  const { leaver } = world.tenant.landmarks;
  const abort = new AbortController();
  const report = await world.offboard(
    { user: leaver.id, preset: 'full' },
    { abort, progress: (message) => message.endsWith('groups') && abort.abort() },
  );
  expect(report.status).toBe('waiting');
  const before = world.writes.length;
  const ended = await world.resume({ runId: report.runId });
  expect(ended.status).toBe('completed');
  const since = world.writes.slice(before);
  expect(since.filter((write) => /PATCH \/users\/[^/]+$|devices|oauth2|appRole/.test(write))).toEqual([]);
});
