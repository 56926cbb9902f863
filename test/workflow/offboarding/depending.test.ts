import { expect, test } from 'vitest';
import { OffboardingWorld, statusesOf } from './world.ts';

const autoReply = { internal: 'Write to Maya.' };
const steps = ['block-sign-in', 'handover', 'licenses'];

test('licenses wait for the automatic replies alone: a OneDrive that could not be shared does not keep them', async () => {
  const world = await OffboardingWorld.open({ isHurried: true, faults: 'POST /drives/**=409' });
  const { leaver, ordinary } = world.tenant.landmarks;
  const report = await world.offboard({ user: leaver.id, steps, successor: ordinary.id, autoReply });
  expect(report.status).toBe('failed');
  expect(statusesOf(report)).toEqual({ 'block-sign-in': 'done', handover: 'failed', licenses: 'done' });
  expect(world.holdings(leaver.id).mailbox?.automaticReplies).toMatchObject({ status: 'alwaysEnabled' });
});

test('licenses stay where the automatic replies could not be set', async () => {
  const world = await OffboardingWorld.open({ isHurried: true, faults: 'PATCH /users/*/mailboxSettings=409' });
  const { leaver, ordinary } = world.tenant.landmarks;
  const report = await world.offboard({ user: leaver.id, steps, successor: ordinary.id, autoReply });
  expect(report.steps.at(-1)).toMatchObject({ status: 'skipped', message: 'handover did not succeed before it' });
  expect(world.user(leaver.id)['assignedLicenses']).not.toEqual([]);
});

test('licenses go whatever became of a handover without automatic replies', async () => {
  const world = await OffboardingWorld.open({
    isHurried: true,
    faults: 'POST /drives/**=409,PUT /users/*/manager/$ref=409',
  });
  const { leaver, ordinary } = world.tenant.landmarks;
  const report = await world.offboard({ user: leaver.id, steps, successor: ordinary.id });
  expect(statusesOf(report)).toMatchObject({ handover: 'failed', licenses: 'done' });
});

test('nothing is deleted whose handover failed in any part', async () => {
  const world = await OffboardingWorld.open({ isHurried: true, faults: 'POST /drives/**=409' });
  const { leaver, ordinary } = world.tenant.landmarks;
  const report = await world.offboard({ user: leaver.id, preset: 'full', successor: ordinary.id, delete: true });
  expect(report.steps.at(-1)).toMatchObject({
    name: 'delete',
    status: 'skipped',
    message: 'handover did not succeed before it',
  });
  expect(world.user(leaver.id)['deletedDateTime']).toBeUndefined();
});

test('nobody is deleted whose directory roles stay: they could not be taken afterwards, and come back on restore', async () => {
  const world = await OffboardingWorld.open({
    isHurried: true,
    faults: 'POST /roleManagement/directory/roleEligibilityScheduleRequests=409',
  });
  const { privilegedLeaver } = world.tenant.landmarks;
  const report = await world.offboard({ user: privilegedLeaver.id, preset: 'full', delete: true });
  expect(statusesOf(report)).toMatchObject({ 'directory-roles': 'failed', delete: 'skipped' });
  expect(world.user(privilegedLeaver.id)['deletedDateTime']).toBeUndefined();
  const ended = await world.resume({ runId: report.runId });
  expect(ended.status).not.toBe('completed');
});
