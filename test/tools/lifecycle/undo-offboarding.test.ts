import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import undoOffboarding from '../../../tools/lifecycle/undo-offboarding.ts';
import { ApprovalWorld } from '../../e2e/approval-world.ts';
import { LifecycleOffice } from '../../e2e/lifecycle-office.ts';

let world: ApprovalWorld;
let office: LifecycleOffice;
let runId: string;
beforeAll(async () => {
  world = await ApprovalWorld.open({ users: 60, flows: true });
  office = new LifecycleOffice(world);
  const { leaver, ordinary } = world.demo.landmarks;
  const { data } = await office.done('offboard_user', { user: leaver.id, preset: 'full', successor: ordinary.id });
  runId = String(data['runId']);
});
afterAll(() => world.close());

test('the plan is what the approver reads', async () => {
  const { plan } = await office.plan('undo_offboarding', { runId, credential: 'temporaryAccessPass' });
  const { summary, effects, warnings, undo, risk, observations, targets } = plan;
  const lists = (Array.isArray(observations) ? observations : []).map(({ name, title, items }) => ({
    list: `${name}: ${title}`,
    items: items.map((item: { name: string; kept?: string }) =>
      item.kept === undefined ? item.name : `${item.name} — ${item.kept}`,
    ),
  }));
  const touched = (Array.isArray(targets) ? targets : []).map(
    ({ userPrincipalName, touch }) => `${userPrincipalName} ${touch}`,
  );
  expect({ summary, effects, warnings, undo, risk, touched, lists }).toMatchSnapshot();
});

describe('is refused', () => {
  test.each([
    ['for a run that is not there', { runId: '0'.repeat(32) }, 'NOT_FOUND'],
    ['for what is no id of a run', { runId: 'the last one' }, 'INPUT_INVALID'],
    ['with a credential that there is not', { credential: 'pin' }, 'INPUT_INVALID'],
  ])('%s', async (_, args, code) => {
    expect((await world.call('undo_offboarding', { runId, reason: 'they stay', ...args })).code).toBe(code);
  });

  test('for the run of many, naming the way to each', async () => {
    const { ordinary, newcomer } = world.demo.landmarks;
    const many = await office.done('offboard_users', { users: [ordinary.id, newcomer.id], preset: 'block-only' });
    const refused = await world.call('undo_offboarding', { runId: many.data['runId'], reason: 'they stay' });
    expect(refused.code).toBe('INPUT_INVALID');
  });
});

test.each([
  ['a guest', 'guest', ['temporaryAccessPass', 'password']],
  ['someone synced from AD', 'synced', ['password']],
] as const)('refuses a way in that Entra does not give to %s', async (_, who, credentials) => {
  const user = world.demo.landmarks[who].id;
  const { data } = await office.done('offboard_user', { user, preset: 'block-only' });
  for (const credential of credentials) {
    const refused = await world.call('undo_offboarding', { runId: data['runId'], reason: 'they stay', credential });
    expect(refused.code, JSON.stringify(refused.data)).toBe('INPUT_INVALID');
    expect(JSON.stringify(refused.data)).toContain('credential');
  }
});

test('someone who was deleted comes back, and leaves the group that kept them out', async () => {
  const { lookalikes, manager, groups } = world.demo.landmarks;
  const [, someone] = lookalikes;
  const wall = groups.security.id;
  expect(office.snapshot().holdings[someone.id]?.memberOf).not.toContain(wall);
  const args = { user: someone.id, preset: 'full', delete: true, blockGroup: wall, successor: manager.id };
  const { data } = await office.done('offboard_user', args);
  expect(office.user(someone.id)?.['deletedDateTime']).toBeTruthy();
  await office.done('undo_offboarding', { runId: data['runId'] });
  expect(office.user(someone.id)).toMatchObject({ accountEnabled: true });
  expect(office.snapshot().holdings[someone.id]?.memberOf).not.toContain(wall);
});

test('sends nothing that it does not declare, and taken back once there is nothing left', async () => {
  const before = world.changes().length;
  const { id } = await office.plan('undo_offboarding', { runId });
  const { data } = await office.applied(id);
  expect(data).toMatchObject({ result: { kind: 'undo', status: 'completed' } });
  const declared = undoOffboarding.writes.map(
    (write) => new RegExp(`^${write.replaceAll('$', '\\$').replaceAll('{}', '[^/]+')}$`),
  );
  const sent = world
    .changes()
    .slice(before)
    .map(({ method, path }) => `${method} ${path.replace('/v1.0', '').replace(/\?.*$/, '')}`);
  expect(sent.length).toBeGreaterThan(10);
  expect(sent.filter((write) => !declared.some((known) => known.test(write)))).toEqual([]);
  const again = await world.call('undo_offboarding', { runId, reason: 'they stay' });
  expect(again.data, JSON.stringify(again.data)).toMatchObject({ status: 'unchanged' });
});
