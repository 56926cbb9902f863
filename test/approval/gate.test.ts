import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { auditTail } from '../../src/approval/audit.ts';
import type { Gate } from '../../src/approval/gate.ts';
import { decidePlan, planToDecide, setPin } from '../../src/approval/index.ts';
import { decideWith } from '../../src/approval/terminal.ts';
import { type ChangeAnswer, ToolError } from '../../src/contract/index.ts';
import {
  alice,
  ann,
  blockUser,
  bob,
  callOf,
  demoKeys,
  GateWorld,
  makeUser,
  renameUser,
  tenantId,
} from '../fixtures/gate-world.ts';

let world: GateWorld;
let gate: Gate;

beforeEach(async () => {
  world = await GateWorld.open();
  gate = world.gate();
});
afterEach(() => world.close());

const block = { user: ann.userPrincipalName, reason: 'left the company' };

async function proposed(args: Record<string, unknown> = block): Promise<string> {
  const { answer } = await gate.propose(blockUser, args, callOf());
  expect(answer.status).toBe('approval_required');
  return answer.plan?.id ?? '';
}

function approve(planId: string): Promise<void> {
  return decideWith(world.stateDir, planId, 'approve', demoKeys, world.clock);
}

async function applied(planId: string, by: Gate = gate): Promise<ChangeAnswer> {
  return (await by.apply(planId, callOf(), 0)).answer;
}

function failing(code: string) {
  return expect.objectContaining({ name: 'ToolError', code });
}

async function kinds(): Promise<string[]> {
  return (await auditTail(world.store, tenantId, 50)).map((row) => row.kind);
}

describe('a change that a human approves', () => {
  test('is planned first, and nothing is sent', async () => {
    const { answer } = await gate.propose(blockUser, block, callOf());
    expect(answer.status).toBe('approval_required');
    expect(answer.plan).toMatchObject({
      tool: 'block_user',
      risk: ['destructive'],
      summary: 'Block ann@contoso.example',
      reason: 'left the company',
      stepUp: false,
      targets: [{ id: ann.id, userPrincipalName: ann.userPrincipalName, privileged: 'no' }],
      tenant: { id: tenantId, name: 'Contoso' },
    });
    expect(answer.plan?.approve.command).toBe(`entra-mcp approve ${answer.plan?.id}`);
    expect(world.writes).toEqual([]);
    expect(await kinds()).toEqual(['plan']);
  });

  test('is planned knowing what the server was granted, where that is known', async () => {
    const seen: unknown[] = [];
    const looking = {
      ...blockUser,
      plan: (...[input, context]: Parameters<typeof blockUser.plan>) => {
        seen.push('granted' in context ? context.granted : 'not known');
        return blockUser.plan(input, context);
      },
    };
    await gate.propose(looking, block, callOf());
    world.granted = ['User.EnableDisableAccount.All'];
    await gate.propose(looking, block, callOf());
    expect(seen).toEqual(['not known', ['User.EnableDisableAccount.All']]);
  });

  test('waits for the approval, then is applied once and recorded', async () => {
    const id = await proposed();
    expect((await applied(id)).status).toBe('approval_required');
    expect(world.writes).toEqual([]);

    await approve(id);
    const answer = await applied(id);
    expect(answer).toMatchObject({ status: 'completed', result: { id: ann.id, accountEnabled: false } });
    expect(answer.auditHead).toMatch(/^[0-9a-f]{64}$/);
    expect(world.writes).toEqual([{ at: `/users/${ann.id}`, body: { accountEnabled: false } }]);
    expect(await kinds()).toEqual(['plan', 'decision', 'write-sending', 'write-answered', 'outcome']);
  });

  test('applied again answers the recorded outcome and sends nothing', async () => {
    const id = await proposed();
    await approve(id);
    const first = await applied(id);
    expect(await applied(id)).toEqual(first);
    expect(await applied(id, world.gate())).toEqual(first);
    expect(world.writes).toHaveLength(1);
  });

  test('is picked up by a call that waits, with progress', async () => {
    const id = await proposed();
    const said: string[] = [];
    const waiting = gate.apply(id, callOf({ progress: (message) => said.push(message) }), 20_000);
    await world.clock.advance(1_000);
    await approve(id);
    await world.clock.advance(1_000);
    expect((await waiting).answer.status).toBe('completed');
    expect(said[0]).toBe('Waiting for a human to approve the plan');
  });

  test('is approval_required still when nobody decides in time', async () => {
    const id = await proposed();
    const waiting = gate.apply(id, callOf(), 2_000);
    await world.clock.advance(2_500);
    expect((await waiting).answer).toMatchObject({ status: 'approval_required', plan: { id } });
  });

  test('stops waiting when the client cancels', async () => {
    const id = await proposed();
    const stop = new AbortController();
    const waiting = gate.apply(id, callOf({ signal: stop.signal }), 20_000);
    const refused = expect(waiting).rejects.toEqual(failing('CANCELLED'));
    await world.clock.advance(300);
    stop.abort();
    await refused;
    expect((await gate.report(id, alice)).status).toBe('pending');
  });

  test('survives a restart of the server between approval and apply', async () => {
    const id = await proposed();
    await approve(id);
    expect((await applied(id, world.gate({ owner: 'host:1:other' }))).status).toBe('completed');
  });
});

describe('nothing happens', () => {
  test('where the tenant already is as asked', async () => {
    world.put({ ...ann, accountEnabled: false });
    const { answer } = await gate.propose(blockUser, block, callOf());
    expect(answer).toMatchObject({
      status: 'unchanged',
      result: { unchanged: 'ann@contoso.example is already blocked' },
    });
    expect(await kinds()).toEqual([]);
  });

  test('for another requester, whoever knows the id', async () => {
    const id = await proposed();
    await approve(id);
    const mallory = callOf({ caller: { ...alice, requester: 'os:mallory' } });
    await expect(gate.apply(id, mallory, 0)).rejects.toEqual(failing('NOT_FOUND'));
    await expect(gate.report(id, mallory.caller)).rejects.toEqual(failing('NOT_FOUND'));
    await expect(gate.apply('0'.repeat(32), callOf(), 0)).rejects.toEqual(failing('NOT_FOUND'));
    expect(world.writes).toEqual([]);
  });

  test('where a row was set to approved by hand', async () => {
    const id = await proposed();
    await world.store.updateTable('plans').set({ state: 'approved' }).where('id', '=', id).execute();
    expect((await applied(id)).status).toBe('approval_required');
    expect((await gate.report(id, alice)).status).toBe('pending');
    expect(world.writes).toEqual([]);
  });

  test('where a signature was moved from another plan', async () => {
    const [one, two] = [await proposed(), await proposed({ ...block, user: bob.userPrincipalName })];
    await approve(one);
    await world.store.updateTable('approvals').set({ plan_id: two }).execute();
    await world.store.updateTable('plans').set({ state: 'approved' }).execute();
    expect((await applied(two)).status).toBe('approval_required');
    expect(world.writes).toEqual([]);
  });

  test.each([
    ['args', JSON.stringify({ reason: block.reason, user: bob.userPrincipalName })],
    ['expires_at', Date.UTC(2040, 0, 1)],
    ['requester', 'os:mallory'],
    ['view', '{}'],
    ['may_elicit', 0],
    ['risk', '["write"]'],
    ['tool', 'rename_user'],
    ['tool_version', 2],
    ['facts_hash', 'x'],
    ['subjects', '[]'],
  ] as const)('where the column %s of an approved plan was edited', async (column, value) => {
    const id = await proposed();
    await approve(id);
    await world.store
      .updateTable('plans')
      .set({ [column]: value })
      .where('id', '=', id)
      .execute();
    await gate.apply(id, callOf(), 0).catch(() => undefined);
    const mallory = callOf({ caller: { ...alice, requester: 'os:mallory' } });
    await gate.apply(id, mallory, 0).catch(() => undefined);
    expect(world.writes).toEqual([]);
  });

  test.each([
    ['tenant', { id: '99999999-9999-4999-8999-999999999999' }],
    ['cloud', { cloud: 'china' }],
    ['identity', { identity: 'app:another' }],
  ])('where another %s is worked on than was approved, also where every row says so', async (_, tenant) => {
    const id = await proposed();
    await approve(id);
    const other = world.gate({ tenant });
    if ('id' in tenant) {
      await expect(applied(id, other)).rejects.toEqual(failing('NOT_FOUND'));
      for (const table of ['plans', 'approvals'] as const)
        await world.store.updateTable(table).set({ tenant_id: tenant.id }).execute();
    }
    await other.apply(id, callOf(), 0).catch(() => undefined);
    const { state } = await world.store
      .selectFrom('plans')
      .select('state')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    expect(state).not.toBe('applied');
    expect(world.writes).toEqual([]);
  });

  test('where a plan was edited before its approval: the approver is told', async () => {
    const id = await proposed();
    const { view } = await world.store.selectFrom('plans').select('view').executeTakeFirstOrThrow();
    const lie = view.replace('Block ann@contoso.example', 'Nothing to see here');
    await world.store.updateTable('plans').set({ view: lie }).execute();
    await expect(approve(id)).rejects.toEqual(failing('CONFLICT'));
  });

  test('where the plan was exchanged for another between reading and signing', async () => {
    const [one, two] = [await proposed(), await proposed({ ...block, user: bob.userPrincipalName })];
    const read = await planToDecide(world.stateDir, one, world.clock);
    await world.store.deleteFrom('plans').where('id', '=', one).execute();
    await world.store.updateTable('plans').set({ id: one }).where('id', '=', two).execute();
    await expect(decidePlan(world.stateDir, read, 'approve', 'demo', world.clock)).rejects.toEqual(failing('CONFLICT'));
  });

  test('where the words that the approver read were forged together with their binding', async () => {
    const id = await proposed();
    const row = await world.store.selectFrom('plans').selectAll().executeTakeFirstOrThrow();
    const view = row.view.replace('Block ann@contoso.example', 'Nothing to see here');
    const { sha256 } = await import('../../src/approval/canonical.ts');
    const binding = row.binding.replace(sha256(row.view), sha256(view));
    await world.store.updateTable('plans').set({ view, binding }).execute();
    await approve(id);
    await expect(applied(id)).rejects.toEqual(failing('PLAN_STALE'));
    expect(world.writes).toEqual([]);
  });

  test('after the plan expired', async () => {
    const id = await proposed();
    await approve(id);
    await world.clock.advance(15 * 60_000 + 1);
    await expect(applied(id)).rejects.toEqual(failing('PLAN_EXPIRED'));
    expect((await gate.report(id, alice)).status).toBe('expired');
    await expect(approve(id)).rejects.toEqual(failing('PLAN_EXPIRED'));
    expect(world.writes).toEqual([]);
  });

  test('with a wrong PIN', async () => {
    const id = await proposed();
    const read = await planToDecide(world.stateDir, id, world.clock);
    const wrong = decidePlan(world.stateDir, read, 'approve', 'demo1', world.clock);
    await expect(wrong).rejects.toEqual(failing('NOT_PERMITTED'));
    expect((await applied(id)).status).toBe('approval_required');
  });
});

describe('a denial', () => {
  test('answers the call that waits, and refuses later ones', async () => {
    const id = await proposed();
    const waiting = gate.apply(id, callOf(), 20_000);
    await world.clock.advance(300);
    await decideWith(world.stateDir, id, 'deny', demoKeys, world.clock);
    await world.clock.advance(300);
    expect((await waiting).answer.status).toBe('denied');
    await expect(applied(id)).rejects.toEqual(failing('PLAN_DENIED'));
    expect(world.writes).toEqual([]);
  });

  test('keeps the same change from being asked again for 15 minutes', async () => {
    const id = await proposed();
    await decideWith(world.stateDir, id, 'deny', demoKeys, world.clock);
    await expect(gate.propose(blockUser, block, callOf())).rejects.toMatchObject({
      code: 'PLAN_DENIED',
      retryAfterMs: 15 * 60_000,
    });
    for (const disguise of [
      { ...block, reason: 'please, please' },
      { ...block, user: ann.id },
    ]) {
      await expect(gate.propose(blockUser, disguise, callOf())).rejects.toEqual(failing('PLAN_DENIED'));
    }
    await expect(proposed({ ...block, user: bob.userPrincipalName })).resolves.toBeTruthy();
    await world.clock.advance(15 * 60_000);
    await expect(proposed()).resolves.toBeTruthy();
  });
});

describe('the tenant changed since', () => {
  test.each([
    ['a fact of the tool', { jobTitle: 'CEO' }],
    ['what the approver judged', { displayName: 'Someone Else' }],
    ['the identity', { userPrincipalName: 'other@contoso.example' }],
  ])('%s: PLAN_STALE with the new plan', async (_what, change) => {
    const id = await proposed({ user: ann.id, reason: 'left' });
    await approve(id);
    world.put({ ...ann, ...change });
    const error = await applied(id).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'PLAN_STALE', detail: { plan: { tool: 'block_user' } } });
    expect(world.writes).toEqual([]);
    await expect(applied(id)).rejects.toEqual(failing('PLAN_STALE'));
    const fresh = error instanceof ToolError ? (error.detail?.['plan'] as { id: string }) : { id: '' };
    expect(fresh.id).not.toBe(id);
    await approve(fresh.id);
    expect((await applied(fresh.id)).status).toBe('completed');
  });

  test('to what was asked: unchanged, and the plan is over', async () => {
    const id = await proposed();
    await approve(id);
    world.put({ ...ann, accountEnabled: false });
    expect((await applied(id)).status).toBe('unchanged');
    expect((await gate.report(id, alice)).status).toBe('applied');
    expect(world.writes).toEqual([]);
  });

  test('and became privileged: the plan is stale, since that is what an approver judges', async () => {
    const id = await proposed();
    await approve(id);
    world.graph.collection('/roleManagement/directory/roleAssignments', [{ id: 'x', principalId: bob.id }]);
    await expect(applied(id)).rejects.toEqual(failing('PLAN_STALE'));
  });
});

describe('a change of mere risk write', () => {
  test('is applied at once and recorded', async () => {
    const { answer } = await gate.propose(renameUser, { user: ann.id, jobTitle: 'CTO' }, callOf());
    expect(answer).toMatchObject({ status: 'completed', result: { id: ann.id } });
    expect(await kinds()).toEqual(['plan', 'write-sending', 'write-answered', 'outcome']);
  });

  test('that meets another tenant than it was planned for is not applied, but planned anew', async () => {
    const get = world.graph.get.bind(world.graph);
    let reads = 0;
    // Somebody renames Ann after the plan was made and before it is applied.
    world.graph.get = async (at, schema, query) => {
      reads += 1;
      if (reads === 3) world.put({ ...ann, displayName: 'Ann Other' });
      return get(at, schema, query);
    };
    const stale = gate.propose(renameUser, { user: ann.id, jobTitle: 'CTO' }, callOf());
    await expect(stale).rejects.toMatchObject({ code: 'PLAN_STALE', detail: { plan: { tool: 'rename_user' } } });
    expect(world.writes).toEqual([]);
  });

  test('waits where ENTRA_MCP_CONFIRM names write', async () => {
    world.settings = { ...world.settings, confirm: ['write', 'grant', 'destructive', 'irreversible'] };
    const { answer } = await world.gate().propose(renameUser, { user: ann.id, jobTitle: 'CTO' }, callOf());
    expect(answer.status).toBe('approval_required');
  });
});

describe('limits', () => {
  test('ten plans may wait for one requester', async () => {
    for (let i = 0; i < 10; i += 1) await proposed({ ...block, reason: `reason ${i}` });
    await expect(gate.propose(blockUser, block, callOf())).rejects.toMatchObject({ code: 'LIMIT_REACHED' });
    const harmless = await gate.propose(renameUser, { user: bob.id, jobTitle: 'CTO' }, callOf());
    expect(harmless.answer.status).toBe('completed');
    const other = callOf({ caller: { ...alice, requester: 'os:bea' } });
    expect((await gate.propose(blockUser, block, other)).answer.status).toBe('approval_required');
    await world.clock.advance(15 * 60_000 + 1);
    await expect(proposed()).resolves.toBeTruthy();
  });
});

describe('the approver key', () => {
  test('missing: nothing is planned, and the answer says how to set one up', async () => {
    const real = await GateWorld.open({ real: true });
    await expect(real.gate().propose(blockUser, block, callOf())).rejects.toMatchObject({
      code: 'APPROVAL_UNAVAILABLE',
      fix: expect.stringContaining('approver set-pin'),
    });
    expect(await auditTail(real.store, tenantId, 5)).toEqual([]);
    await real.close();
  });

  test('set for the first time is picked up by a running server; replaced, it stops all approvals', async () => {
    const real = await GateWorld.open({ real: true });
    const running = real.gate();
    expect(await setPin(real.stateDir, { newPin: 'correct horse' }, real.clock)).toBe('first');
    const { answer } = await running.propose(blockUser, block, callOf());
    const id = answer.plan?.id ?? '';
    const read = await planToDecide(real.stateDir, id, real.clock);
    await decidePlan(real.stateDir, read, 'approve', 'correct horse', real.clock);
    expect(await setPin(real.stateDir, { newPin: 'battery staple', reset: true }, real.clock)).toBe('reset');
    await real.store.updateTable('plans').set({ state: 'approved' }).execute();
    await expect(running.apply(id, callOf(), 0)).rejects.toEqual(failing('APPROVAL_UNAVAILABLE'));
    await expect(running.propose(blockUser, { ...block, user: bob.id }, callOf())).rejects.toEqual(
      failing('APPROVAL_UNAVAILABLE'),
    );
    expect(real.writes).toEqual([]);
    await real.close();
  });
});

describe('lost answers and crashes', () => {
  test('a lost answer ends as OUTCOME_UNKNOWN, and asking again does not send again', async () => {
    const id = await proposed();
    await approve(id);
    world.onWrite = () => {
      throw new ToolError('OUTCOME_UNKNOWN', { message: 'Lost.', fix: 'Look.' });
    };
    await expect(applied(id)).rejects.toEqual(failing('OUTCOME_UNKNOWN'));
    world.onWrite = () => undefined;
    await expect(applied(id)).rejects.toEqual(failing('OUTCOME_UNKNOWN'));
    expect(world.writes).toEqual([]);
    expect((await gate.report(id, alice)).status).toBe('outcome_unknown');
  });

  test('a refused write ends as failed, with what Graph said', async () => {
    const id = await proposed();
    await approve(id);
    world.onWrite = () => {
      throw new ToolError('NOT_PERMITTED', { message: 'No.', fix: 'Consent.' });
    };
    await expect(applied(id)).rejects.toMatchObject({
      code: 'NOT_PERMITTED',
      detail: { writes: { sent: 1, answered: 1 } },
    });
    expect((await gate.report(id, alice)).status).toBe('failed');
  });

  test('two processes apply at the same moment: one write', async () => {
    const id = await proposed();
    await approve(id);
    const [one, two] = [world.gate({ owner: 'h:1:a' }), world.gate({ owner: 'h:2:b' })];
    const both = Promise.all([one.apply(id, callOf(), 60_000), two.apply(id, callOf(), 60_000)]);
    await world.clock.advance(1_000);
    expect((await both).map(({ answer }) => answer.status)).toEqual(['completed', 'completed']);
    expect(world.writes).toHaveLength(1);
  });

  const dead = { state: 'applying' as const, lease_owner: 'host:999999999:gone', lease_until: 0 };

  test('a process died before anything was sent: applied by the next', async () => {
    const id = await proposed();
    await approve(id);
    await world.store.updateTable('plans').set(dead).execute();
    expect((await applied(id)).status).toBe('completed');
  });

  test('a process died after a write that may be repeated: looked at, and applied by the next', async () => {
    const id = await proposed();
    await approve(id);
    await world.store.updateTable('plans').set(dead).execute();
    world.put({ ...ann, accountEnabled: false });
    expect((await applied(id)).status).toBe('unchanged');
    expect(world.writes).toEqual([]);
  });

  test('a process died after a write that must not be repeated: OUTCOME_UNKNOWN', async () => {
    const { answer } = await gate.propose(makeUser, { name: 'eve' }, callOf());
    const id = answer.plan?.id ?? '';
    await approve(id);
    world.onWrite = async () => {
      await world.store.updateTable('plans').set(dead).execute();
      throw new Error('killed');
    };
    await gate.apply(id, callOf(), 0).catch(() => undefined);
    await world.store
      .updateTable('plans')
      .set({ ...dead, outcome: null })
      .execute();
    world.onWrite = () => undefined;
    await expect(applied(id, world.gate())).rejects.toEqual(failing('OUTCOME_UNKNOWN'));
    expect(world.writes).toEqual([]);
  });

  test('a process that lives keeps its plan', async () => {
    const id = await proposed();
    await approve(id);
    const alive = { ...dead, lease_owner: 'elsewhere', lease_until: world.clock.now() + 30_000 };
    await world.store.updateTable('plans').set(alive).execute();
    expect((await applied(id)).status).toBe('running');
    expect(world.writes).toEqual([]);
    await world.clock.advance(31_000);
    expect((await applied(id)).status).toBe('completed');
  });

  test('a cancel before the first write leaves the approval in force', async () => {
    const id = await proposed();
    await approve(id);
    const stop = new AbortController();
    const get = world.graph.get.bind(world.graph);
    // The client goes away while the tenant is read for the last time.
    world.graph.get = async (at, schema, query) => {
      stop.abort();
      return get(at, schema, query);
    };
    await expect(gate.apply(id, callOf({ signal: stop.signal }), 0)).rejects.toEqual(failing('CANCELLED'));
    expect((await gate.report(id, alice)).status).toBe('approved');
    expect((await applied(id)).status).toBe('completed');
    expect(world.writes).toHaveLength(1);
  });
});

test('a plan that takes access away needs a reason, whatever the tool asks for', async () => {
  await expect(gate.propose(blockUser, { user: ann.id }, callOf())).rejects.toMatchObject({
    code: 'INPUT_INVALID',
    detail: { fields: [{ field: 'reason' }] },
  });
});
