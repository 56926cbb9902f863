import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type OffboardingStepName, offboardingStepNames } from '../../../src/contract/index.ts';
import { offboardingFacts } from '../../../src/workflow/offboarding/facts.ts';
import { lackingOf } from '../../../src/workflow/offboarding/lacking.ts';
import { readLeaver } from '../../../src/workflow/offboarding/leaver.ts';
import { offboardingSteps } from '../../../src/workflow/offboarding/steps/index.ts';
import { OffboardingWorld, statusesOf } from './world.ts';

const readers = ['Directory.Read.All', 'UserAuthenticationMethod.Read.All', 'EntitlementManagement.Read.All'];
const granted = [...readers, 'User.ReadWrite.All', 'GroupMember.ReadWrite.All'];

test('what this server lacks the permission for is left out, with the reason in the plan and in the run', async () => {
  const world = await OffboardingWorld.open({ permissions: granted });
  world.granted = granted;
  const { leaver } = world.tenant.landmarks;
  const request = { user: leaver.id, steps: ['block-sign-in', 'reset-password', 'devices', 'groups'] };
  const { warnings, effects, observations } = await world.draft(request);
  const lacks = 'This server lacks Device.ReadWrite.All: grant it with admin consent, and plan anew';
  expect(warnings).toContain(`devices is left out: ${lacks}`);
  expect(effects).not.toContain('Devices that nobody else uses are disabled');
  expect(observations?.map(({ name }) => name)).toEqual(['groups']);
  const report = await world.offboard(request);
  expect(statusesOf(report)).toEqual({
    'block-sign-in': 'done',
    'reset-password': 'skipped',
    devices: 'skipped',
    groups: 'done',
  });
  expect(report.steps[2]).toMatchObject({ message: lacks });
  expect(report).toMatchObject({ status: 'completed', blocked: true });
});

test('where the permissions are not known, Graph refuses: the step failed, and says what to grant', async () => {
  const world = await OffboardingWorld.open({ permissions: granted });
  const report = await world.offboard({ user: world.tenant.landmarks.leaver.id, steps: ['block-sign-in', 'devices'] });
  expect(report.status).toBe('failed');
  expect(report.steps[1]).toMatchObject({
    status: 'failed',
    fix: expect.stringContaining('Grant it Device.ReadWrite.All'),
  });
});

test('licenses that stay keep the mailbox: the run does not wait for it', async () => {
  const world = await OffboardingWorld.open();
  const { leaver } = world.tenant.landmarks;
  world.granted = ['User.EnableDisableAccount.All', 'User.RevokeSessions.All'];
  expect((await world.draft({ user: leaver.id })).facts).toMatchObject({ losesMailbox: false });
  const report = await world.offboard({ user: leaver.id });
  expect(report.status).toBe('completed');
  expect(statusesOf(report)).toMatchObject({ 'block-sign-in': 'done', 'revoke-again': 'done', licenses: 'skipped' });
});

test('nothing is deleted whose handover is left out', async () => {
  const world = await OffboardingWorld.open();
  const { leaver } = world.tenant.landmarks;
  world.granted = ['User.EnableDisableAccount.All', 'User.DeleteRestore.All'];
  const { warnings } = await world.draft({ user: leaver.id, preset: 'full', delete: true });
  expect(warnings).toContain('delete is left out: ownerships is left out before it');
  const report = await world.offboard({ user: leaver.id, preset: 'full', delete: true });
  expect(statusesOf(report)).toMatchObject({ 'block-sign-in': 'done', delete: 'skipped' });
  expect(world.user(leaver.id)['deletedDateTime']).toBeUndefined();
});

test('a plan of which nothing could be done is refused, with all that is lacking', async () => {
  const world = await OffboardingWorld.open();
  world.granted = ['User.Read.All'];
  const request = { user: world.tenant.landmarks.leaver.id, preset: 'block-only' as const };
  await expect(world.plan(request)).rejects.toMatchObject({
    code: 'NOT_PERMITTED',
    fix: expect.stringMatching(/User\.EnableDisableAccount\.All.*User\.RevokeSessions\.All/),
  });
});

const folder = process.env['GRAPH_CONTRACT_DIR'] ?? join(import.meta.dirname, '../../../../shared/data/graph');
const listed = join(folder, 'permissions.json');

/** By step, what it sends, where Graph publishes what that needs. */
const writes: Readonly<Partial<Record<OffboardingStepName, readonly string[]>>> = {
  'revoke-sessions': ['POST /users/{id}/revokeSignInSessions'],
  'directory-roles': [
    'DELETE /roleManagement/directory/roleAssignments/{id}',
    'POST /roleManagement/directory/roleEligibilityScheduleRequests',
    'POST /roleManagement/directory/roleAssignmentScheduleRequests',
  ],
  devices: ['PATCH /devices/{id}'],
  'app-access': [
    'DELETE /users/{id}/appRoleAssignments/{id}',
    'DELETE /oauth2PermissionGrants/{id}',
    'POST /identityGovernance/entitlementManagement/assignmentRequests',
  ],
  ownerships: [
    'POST /groups/{id}/owners/$ref',
    'DELETE /groups/{id}/owners/{id}/$ref',
    'DELETE /applications/{id}/owners/{id}/$ref',
  ],
  groups: ['DELETE /groups/{id}/members/{id}/$ref'],
  handover: [
    'PATCH /users/{id}/mailboxSettings',
    'PUT /users/{id}/manager/$ref',
    'POST /users/{id}/sponsors/$ref',
    'DELETE /users/{id}/sponsors/{id}/$ref',
  ],
  'auth-methods': ['phoneMethods', 'emailMethods', 'fido2Methods', 'microsoftAuthenticatorMethods'].map(
    (kind) => `DELETE /users/{id}/authentication/${kind}/{id}`,
  ),
  licenses: ['POST /users/{id}/assignLicense', 'DELETE /groups/{id}/members/{id}/$ref'],
  delete: ['DELETE /users/{id}'],
};

/** For accounts of agents, for Intune's own, and for other tenants' people. */
const ofOthers = /^AgentIdUser|^DeviceManagement|CrossCloud$/;

describe.skipIf(!existsSync(listed))('against the published permissions', () => {
  const access = z.object({ least: z.array(z.string()).default([]), higher: z.array(z.string()).default([]) });
  const published = z
    .object({ endpoints: z.record(z.string(), z.object({ application: access.optional() })) })
    .parse(existsSync(listed) ? JSON.parse(readFileSync(listed, 'utf8')) : { endpoints: {} });

  test('no step is left out of which Graph would permit something', async () => {
    const world = await OffboardingWorld.open();
    const { leaver: someone, privilegedLeaver, ordinary } = world.tenant.landmarks;
    const all = offboardingSteps({ random: { bytes: (length) => new Uint8Array(length) } });
    for (const [name, sent] of Object.entries(writes)) {
      const { id } = name === 'directory-roles' ? privilegedLeaver : someone;
      const request = { user: id, preset: 'full' as const, successor: ordinary.id };
      const isDeleted = name === 'delete';
      const last = isDeleted ? { delete: true } : { autoReply: { internal: 'gone' } };
      const facts = offboardingFacts.parse((await world.draft({ ...request, ...last })).facts);
      const leaver = await readLeaver(world.planning.graph, {
        ...{ user: id, steps: offboardingStepNames },
        ...{ withMailbox: true, withDrive: true, withBlockGroup: false },
      });
      if (leaver === undefined) throw new Error('There is nobody');
      const own = all.filter((step) => step.name === name);
      expect(lackingOf(own, leaver, facts, [])).toHaveProperty(name);
      const endpoints = sent.flatMap((write) => published.endpoints[write]?.application ?? []);
      expect(endpoints, name).toHaveLength(sent.length);
      const enough = new Set(endpoints.flatMap(({ least, higher }) => [...least, ...higher]));
      const without = [...enough].filter((permission) => lackingOf(own, leaver, facts, [permission]) !== undefined);
      expect(without.filter((permission) => !ofOthers.test(permission))).toEqual([]);
    }
  });
});
