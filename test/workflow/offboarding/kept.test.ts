import { describe, expect, test } from 'vitest';
import type { RunReport } from '../../../src/contract/index.ts';
import { OffboardingWorld, statusesOf } from './world.ts';

/** What a run left alone, by name, and why. */
function leftIn({ steps }: RunReport): Record<string, string> {
  return Object.fromEntries(steps.flatMap(({ left = [] }) => left.map(({ name, reason }) => [name, reason])));
}

function groupNamed(world: OffboardingWorld, name: string) {
  const found = Object.values(world.tenant.snapshot().groups).find((group) => group['displayName'] === name);
  if (found === undefined) throw new Error(`There is no group ${name}`);
  return found;
}

/** The manager of the leaver, as the tenant has it. */
const managerOf = (world: OffboardingWorld) => String(world.user(world.tenant.landmarks.leaver.id)['manager']);

describe('ownerships without a successor', () => {
  test('groups that have no other owner go to the manager, apps to nobody', async () => {
    const world = await OffboardingWorld.open();
    const { leaver } = world.tenant.landmarks;
    const report = await world.offboard({ user: leaver.id, steps: ['ownerships'] });
    expect(report.status).toBe('completed');
    for (const name of ['Quote Desk', 'Key Accounts']) {
      expect(groupNamed(world, name)['owners']).toContain(managerOf(world));
      expect(groupNamed(world, name)['owners']).not.toContain(leaver.id);
    }
    expect(leftIn(report)).toMatchObject({
      'Sales Dashboard (application)': 'An app only goes to a successor who is named',
    });
  });

  test('a manager who left too gets nothing: the group keeps its last owner', async () => {
    const world = await OffboardingWorld.open();
    const { leaver } = world.tenant.landmarks;
    await world.change('PATCH', `/users/${managerOf(world)}`, { accountEnabled: false });
    const report = await world.offboard({ user: leaver.id, steps: ['block-sign-in', 'ownerships'] });
    const nobody = 'The leaver is its last owner, and there is neither a successor nor a manager to take it over';
    expect(leftIn(report)).toMatchObject({ 'Quote Desk': nobody, 'Key Accounts': nobody });
    expect(groupNamed(world, 'Quote Desk')['owners']).toEqual([leaver.id]);
  });
});

describe('what comes through a group', () => {
  test('app roles are listed with their group, and go with the membership', async () => {
    const world = await OffboardingWorld.open();
    const { leaver } = world.tenant.landmarks;
    const { observations } = await world.draft({ user: leaver.id, steps: ['app-access'] });
    expect(observations?.[0]?.items).toContainEqual({
      id: expect.any(String),
      name: 'Expenses (app role)',
      kept: 'It comes through the group Expense Approvers, and goes with the membership in it',
    });
  });

  test('licenses of a group that cannot be left are listed with it', async () => {
    const world = await OffboardingWorld.open();
    const { leaver, groups } = world.tenant.landmarks;
    await world.change('PATCH', `/groups/${groups.licensed.id}`, {
      groupTypes: ['DynamicMembership'],
      membershipRule: 'user.accountEnabled -eq true',
      membershipRuleProcessingState: 'On',
    });
    const report = await world.offboard({ user: leaver.id, steps: ['licenses'] });
    const name = Object.keys(leftIn(report)).find((one) =>
      one.includes(`through the group ${groups.licensed.displayName}`),
    );
    expect(leftIn(report)[name ?? '']).toBe('It comes through a group: A rule decides who is in it');
  });

  test('groups that an access package gives end with it', async () => {
    const world = await OffboardingWorld.open();
    const { leaver } = world.tenant.landmarks;
    const report = await world.offboard({ user: leaver.id, steps: ['groups'] });
    expect(leftIn(report)).toMatchObject({
      'Partner Portal': 'The access package Partner Sales gives it, and takes it when it ends',
    });
    expect(world.holdings(leaver.id).memberOf).toContain(groupNamed(world, 'Partner Portal')['id']);
  });
});

test('automatic replies of someone without a mailbox: the rest goes on, and it is said', async () => {
  const world = await OffboardingWorld.open();
  const { newcomer } = world.tenant.landmarks;
  const autoReply = { internal: 'gone' };
  const report = await world.offboard({ user: newcomer.id, steps: ['block-sign-in', 'handover'], autoReply });
  expect(leftIn(report)).toMatchObject({ 'Automatic replies': 'There is no mailbox in Exchange Online' });
  expect(statusesOf(report)).toEqual({ 'block-sign-in': 'done', handover: 'skipped' });
});

describe('an account in a restricted administrative unit', () => {
  test('is not blocked, and the fix names the unit', async () => {
    const world = await OffboardingWorld.open();
    const { restricted } = world.tenant.landmarks;
    const { warnings } = await world.draft({ user: restricted.id, preset: 'full' });
    expect(warnings).toContainEqual(expect.stringContaining('administrative unit with restricted management'));
    const report = await world.offboard({ user: restricted.id, preset: 'full' });
    expect(report).toMatchObject({ status: 'failed', blocked: false });
    expect(report.steps[0]).toMatchObject({
      name: 'block-sign-in',
      status: 'failed',
      message: expect.stringMatching(/^NOT_PERMITTED: /),
      fix: expect.stringMatching(/restricted management \(Protected Accounts\).*User\.EnableDisableAccount\.All/),
    });
    expect(world.user(restricted.id)['accountEnabled']).toBe(true);
  });

  test('whose units cannot be read: the fix says so without a name', async () => {
    const permissions = ['User.ReadWrite.All', 'User.EnableDisableAccount.All'];
    const world = await OffboardingWorld.open({ permissions });
    const report = await world.offboard({ user: world.tenant.landmarks.restricted.id, preset: 'block-only' });
    expect(report.steps[0]?.fix).toMatch(/in an administrative unit with restricted management: give the app/);
  });
});

describe('a federated domain', () => {
  async function federated(): Promise<{ world: OffboardingWorld; user: string }> {
    const world = await OffboardingWorld.open();
    const { id } = world.tenant.landmarks.ordinary;
    const userPrincipalName = 'maya@partners.contoso-demo.example';
    await world.change('PATCH', `/users/${id}`, { userPrincipalName });
    return { world, user: id };
  }

  test('keeps the password: it is left out, and said', async () => {
    const { world, user } = await federated();
    const { warnings } = await world.draft({ user, preset: 'full' });
    expect(warnings).toContainEqual(expect.stringMatching(/^reset-password is left out: The domain is federated/));
    const report = await world.offboard({ user, preset: 'full' });
    expect(report.status).toBe('completed');
    expect(statusesOf(report)).toMatchObject({ 'block-sign-in': 'done', 'reset-password': 'skipped' });
  });

  test('a reset that is asked for by name is refused', async () => {
    const { world, user } = await federated();
    await expect(world.plan({ user, steps: ['reset-password'] })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringContaining('The domain is federated'),
    });
  });
});

describe('the last look', () => {
  const steps = ['block-sign-in', 'revoke-sessions'];

  test('an account that was enabled again while the run was under way fails it', async () => {
    const world = await OffboardingWorld.open({ isFronted: true });
    const { leaver } = world.tenant.landmarks;
    world.front.before = async ({ path }) => {
      if (path.endsWith('/revokeSignInSessions'))
        await world.change('PATCH', `/users/${leaver.id}`, { accountEnabled: true });
    };
    const report = await world.offboard({ user: leaver.id, steps });
    expect(report).toMatchObject({ status: 'failed', blocked: false });
    expect(report.steps[0]).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('CONFLICT: The tenant still shows one thing to do'),
      fix: expect.stringContaining('resume_run'),
    });
    expect(statusesOf(report)).toMatchObject({ 'revoke-sessions': 'done' });
  });

  test('a block that shows only at a later look counts', async () => {
    const world = await OffboardingWorld.open({ isFronted: true });
    const { leaver } = world.tenant.landmarks;
    world.front.before = async ({ path }) => {
      if (path.endsWith('/revokeSignInSessions'))
        await world.change('PATCH', `/users/${leaver.id}`, { accountEnabled: true });
    };
    world.whileWaiting = () => world.change('PATCH', `/users/${leaver.id}`, { accountEnabled: false });
    expect(await world.offboard({ user: leaver.id, steps })).toMatchObject({ status: 'completed', blocked: true });
  });
});
