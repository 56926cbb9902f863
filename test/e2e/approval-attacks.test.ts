import { afterEach, describe, expect, test } from 'vitest';
import { setPin } from '../../src/approval/index.ts';
import { ApprovalWire, type Fate, moment } from './approval-wire.ts';
import { ApprovalWorld, type Called, planIdOf, type WorldOptions } from './approval-world.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function opened(options: WorldOptions = {}): Promise<{ world: ApprovalWorld; wire: ApprovalWire }> {
  let wire: ApprovalWire | undefined;
  const between = async (url: string) => {
    wire = await ApprovalWire.open(url);
    return wire.url;
  };
  const world = await ApprovalWorld.open({ between, ...options });
  if (wire === undefined) throw new Error('No wire');
  const own = wire;
  closers.push(() => own.close());
  closers.push(() => world.close());
  return { world, wire: own };
}

const reason = 'left the company';

async function planned(world: ApprovalWorld, tool: string, args: object): Promise<string> {
  const { data } = await world.call(tool, { reason, ...args });
  expect(data).toMatchObject({ status: 'approval_required' });
  return planIdOf(data) ?? '';
}

async function approved(world: ApprovalWorld, tool: string, args: object): Promise<string> {
  const id = await planned(world, tool, args);
  await world.decide(id, 'approve');
  return id;
}

function apply(world: ApprovalWorld, planId: string, server = 0): Promise<Called> {
  return world.call('apply_plan', { planId, waitSeconds: 0 }, { server });
}

async function statusOf(world: ApprovalWorld, planId: string): Promise<unknown> {
  return (await world.call('get_plan', { planId })).data['status'];
}

async function enabled(world: ApprovalWorld, id: string): Promise<unknown> {
  return world.demo.snapshot().users[id]?.['accountEnabled'];
}

describe('a row that was set back by hand', () => {
  test.each(['approved', 'pending'] as const)('to %s after its apply is not applied again', async (state) => {
    const { world } = await opened();
    const { id } = world.demo.landmarks.ordinary;
    const first = await approved(world, 'disable_user', { user: id });
    expect((await apply(world, first)).data).toMatchObject({ status: 'completed' });
    const back = await approved(world, 'enable_user', { user: id });
    expect((await apply(world, back)).data).toMatchObject({ status: 'completed' });
    await world.store.updateTable('plans').set({ state, outcome: null }).where('id', '=', first).execute();
    expect((await apply(world, first)).code).toBe('CONFLICT');
    expect(await enabled(world, id)).toBe(true);
    expect(world.changes()).toHaveLength(2);
  });
});

describe('the word of a client', () => {
  const privileged = (world: ApprovalWorld) => ({ user: world.demo.landmarks.helpdeskAdmin.id, reason });

  test('does not count for a step-up plan whose row says that it may', async () => {
    const { world } = await opened();
    const id = await planned(world, 'disable_user', privileged(world));
    await world.store.updateTable('plans').set({ may_elicit: 1, step_up: 0 }).where('id', '=', id).execute();
    const { data } = await world.call('apply_plan', { planId: id, waitSeconds: 0 }, { answers: 'approve' });
    expect(data).toMatchObject({ status: 'approval_required' });
    expect(world.changes()).toEqual([]);
  });

  test('is not asked for where ENTRA_MCP_TRUST_ELICITATION says so, also for plans made before', async () => {
    const { world } = await opened({ settings: { trustElicitation: 'false' } });
    const user = world.demo.landmarks.ordinary.id;
    const id = await planned(world, 'disable_user', { user });
    await world.store.updateTable('plans').set({ may_elicit: 1 }).where('id', '=', id).execute();
    const { data, asked } = await world.call('apply_plan', { planId: id, waitSeconds: 0 }, { answers: 'approve' });
    expect({ asked, status: data['status'] }).toEqual({ asked: false, status: 'approval_required' });
    expect(world.changes()).toEqual([]);
  });

  test('counts again where the process that heard it first is gone', async () => {
    const { world } = await opened();
    const id = await planned(world, 'disable_user', { user: world.demo.landmarks.ordinary.id });
    await world.store.updateTable('plans').set({ state: 'approved' }).where('id', '=', id).execute();
    const { data, asked } = await world.call('apply_plan', { planId: id, waitSeconds: 0 }, { answers: 'approve' });
    expect({ asked, status: data['status'] }).toEqual({ asked: true, status: 'completed' });
  });
});

test('a rejection in the client that comes too late does not claim to have denied anything', async () => {
  const { world } = await opened();
  const user = world.demo.landmarks.ordinary.id;
  const planId = await planned(world, 'disable_user', { user });
  const answers = async () => {
    await world.decide(planId, 'approve');
    expect((await apply(world, planId, 1)).data).toMatchObject({ status: 'completed' });
    return 'reject' as const;
  };
  expect((await world.call('apply_plan', { planId, waitSeconds: 0 }, { answers })).code).toBe('CONFLICT');
  expect(await statusOf(world, planId)).toBe('applied');
});

test('a rejection in the client takes an approval back that was not used yet', async () => {
  const { world } = await opened();
  const user = world.demo.landmarks.ordinary.id;
  const planId = await planned(world, 'disable_user', { user });
  const answers = async () => {
    await world.decide(planId, 'approve');
    return 'reject' as const;
  };
  const { data } = await world.call('apply_plan', { planId, waitSeconds: 0 }, { answers });
  expect(data).toMatchObject({ status: 'denied' });
  expect((await apply(world, planId)).code).toBe('PLAN_DENIED');
  expect(world.changes()).toEqual([]);
});

const dead = { state: 'applying' as const, lease_owner: 'here:999999999:gone', lease_until: 0 };

describe('a process that died while it applied', () => {
  test('before anything was sent: after the plan expired nothing is applied', async () => {
    const { world } = await opened();
    const { id } = world.demo.landmarks.ordinary;
    const planId = await approved(world, 'disable_user', { user: id });
    await world.store.updateTable('plans').set(dead).where('id', '=', planId).execute();
    await world.clock.advance(3 * 86_400_000);
    expect((await apply(world, planId)).code).toBe('PLAN_EXPIRED');
    expect(world.changes()).toEqual([]);
  });

  test('in the middle of several writes: nobody is told that nothing was changed', async () => {
    const { world, wire } = await opened();
    const { groups, eligibleAdmin, newcomer, disabled } = world.demo.landmarks;
    const users = [newcomer.id, disabled.id, eligibleAdmin.id];
    const planId = await approved(world, 'add_group_members', { group: groups.security.id, users });
    const arrived = moment();
    wire.onTheWay = async ({ nth }): Promise<Fate> => {
      if (nth < 2) return 'passes';
      await world.store.updateTable('plans').set(dead).where('id', '=', planId).execute();
      arrived.come();
      return 'lost';
    };
    const first = apply(world, planId);
    await arrived.comes;
    wire.onTheWay = () => 'passes';
    const second = await apply(world, planId, 1);
    await Promise.all([first, world.clock.advance(60_000)]);
    const members = world.demo.snapshot().groups[groups.security.id]?.['membersAdded'];
    const done = users.filter((user) => JSON.stringify(members).includes(user)).length;
    expect(done).toBeGreaterThan(0);
    expect(second.code).toBe('OUTCOME_UNKNOWN');
    // What is left can be asked for again.
    const rest = await world.call('add_group_members', { group: groups.security.id, users, reason });
    expect(rest.data['status']).toBe(done < users.length ? 'approval_required' : 'unchanged');
  });

  test('after a rename, by whose old name nobody is found: the plan comes to an end', async () => {
    const { world } = await opened();
    const { ordinary } = world.demo.landmarks;
    const renamed = ordinary.userPrincipalName.replace('@', '2@');
    const planId = await approved(world, 'update_user', {
      user: ordinary.userPrincipalName,
      set: { userPrincipalName: renamed },
    });
    expect((await apply(world, planId)).data).toMatchObject({ status: 'completed' });
    await world.store
      .updateTable('plans')
      .set({ ...dead, outcome: null })
      .where('id', '=', planId)
      .execute();
    await world.store.deleteFrom('audit').where('kind', '=', 'outcome').execute();
    expect((await apply(world, planId)).code).toBe('OUTCOME_UNKNOWN');
    expect(await statusOf(world, planId)).toBe('outcome_unknown');
    expect(world.changes()).toHaveLength(1);
  });

  test('on another machine is not taken for dead by the numbers of this one', async () => {
    const { world } = await opened();
    const planId = await approved(world, 'disable_user', { user: world.demo.landmarks.ordinary.id });
    const elsewhere = { ...dead, lease_owner: 'there:999999999:x', lease_until: world.clock.now() + 20_000 };
    await world.store.updateTable('plans').set(elsewhere).where('id', '=', planId).execute();
    expect((await apply(world, planId)).data).toMatchObject({ status: 'running' });
    expect(world.changes()).toEqual([]);
    await world.clock.advance(21_000);
    expect((await apply(world, planId)).data).toMatchObject({ status: 'completed' });
  });
});

test('a process that slept through its lease sends nothing more', async () => {
  const { world, wire } = await opened();
  const { groups, eligibleAdmin, globalAdmins } = world.demo.landmarks;
  const users = [eligibleAdmin.id, globalAdmins[0].id, globalAdmins[1].id];
  const planId = await approved(world, 'add_group_members', { group: groups.security.id, users });
  const first = moment();
  const goesOn = moment();
  wire.onTheWay = async ({ nth }): Promise<Fate> => {
    if (nth > 1) return 'passes';
    first.come();
    await goesOn.comes;
    return 'passes';
  };
  const sleeper = apply(world, planId);
  await first.comes;
  // Another process has taken the plan over, and ended it.
  const ended = { state: 'outcome_unknown' as const, lease_owner: 'there:1:x', outcome: '{"kind":"error","error":{}}' };
  await world.store.updateTable('plans').set(ended).where('id', '=', planId).execute();
  goesOn.come();
  await sleeper;
  expect(wire.writes).toHaveLength(1);
  expect(await statusOf(world, planId)).toBe('outcome_unknown');
});

test('a plan that became harmless meanwhile is not said to be stale once it was applied', async () => {
  const { world } = await opened();
  const { ordinary } = world.demo.landmarks;
  const rule = async (membershipRule: string) => {
    for (const [id, { groupTypes }] of Object.entries(world.demo.snapshot().groups)) {
      if (!JSON.stringify(groupTypes ?? '').includes('DynamicMembership')) continue;
      await fetch(`${world.demo.url}/v1.0/groups/${id}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ membershipRule }),
      });
    }
  };
  const planId = await approved(world, 'update_user', { user: ordinary.id, set: { department: 'Night watch' } });
  await rule('user.jobTitle -eq "Nobody"');
  const { code, data } = await apply(world, planId);
  const department = world.demo.snapshot().users[ordinary.id]?.['department'];
  if (department === 'Night watch') expect(data).toMatchObject({ status: 'completed' });
  else expect(code).toBe('PLAN_STALE');
});

test('a sealing key that was replaced while the server runs gets no password', async () => {
  const { approverOf } = await import('../../src/approval/index.ts');
  const { readApproverKeys, writeApproverKeys } = await import('../../src/approval/approver.ts');
  const { world } = await opened();
  const stateDir = world.stateDir;
  await setPin(stateDir, { newPin: 'four words as a PIN' }, world.clock);
  const approver = approverOf(stateDir, { ...world.folder, demo: false });
  const keys = approver.keys();
  if (keys === undefined) throw new Error('No keys');
  await setPin(stateDir, { newPin: 'the words of another', reset: true }, world.clock);
  const others = readApproverKeys(stateDir);
  if (others === undefined) throw new Error('No keys');
  writeApproverKeys(stateDir, { ...keys, sealing: others.sealing });
  expect(() => approver.keys()).toThrow(expect.objectContaining({ code: 'APPROVAL_UNAVAILABLE' }));
});

test('a call that does not wait for the apply it began says that it runs, not that somebody has to approve', async () => {
  const { world, wire } = await opened();
  const planId = await approved(world, 'disable_user', { user: world.demo.landmarks.ordinary.id });
  const there = moment();
  const goesOn = moment();
  wire.onTheWayBack = async (): Promise<Fate> => {
    there.come();
    await goesOn.comes;
    return 'passes';
  };
  const called = world.call('apply_plan', { planId, waitSeconds: 1 });
  await there.comes;
  await world.clock.advance(1_000);
  expect((await called).data).toMatchObject({ status: 'running' });
  goesOn.come();
  await world.gates[0]?.idle();
  expect((await apply(world, planId)).data).toMatchObject({ status: 'completed' });
});
