import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { auditTail } from '../../src/approval/audit.ts';
import { alice, ann, blockUser, callOf, GateWorld, makeUser, tenantId } from '../fixtures/gate-world.ts';

let world: GateWorld;
beforeEach(async () => {
  world = await GateWorld.open();
});
afterEach(() => world.close());

const asks = { elicits: true };

async function planned(args: Record<string, unknown> = { user: ann.id, reason: 'left' }) {
  const gate = world.gate();
  const { answer, mayElicit } = await gate.propose(blockUser, args, callOf(asks));
  return { gate, id: answer.plan?.id ?? '', mayElicit };
}

describe('a decision that the client asserts', () => {
  test('approve: applied, and the trail says who asserted it', async () => {
    const { gate, id, mayElicit } = await planned();
    expect(mayElicit).toBe(true);
    await gate.decideByClient(id, 'approve', alice);
    expect((await gate.apply(id, callOf(asks), 0)).answer.status).toBe('completed');
    const decision = (await auditTail(world.store, tenantId, 10)).find((row) => row.kind === 'decision');
    expect(decision?.body).toEqual({ decision: 'approve', by: 'asserted by client', clientId: 'test/1' });
  });

  test('deny: nothing happens, and the plan is over', async () => {
    const { gate, id } = await planned();
    await gate.decideByClient(id, 'deny', alice);
    await expect(gate.apply(id, callOf(), 0)).rejects.toMatchObject({ code: 'PLAN_DENIED' });
    expect(world.writes).toEqual([]);
  });

  test('on the card of the plan: the trail says so', async () => {
    const { gate, id } = await planned();
    await gate.decideByClient(id, 'deny', alice, 'card');
    const decision = (await auditTail(world.store, tenantId, 10)).find((row) => row.kind === 'decision');
    const body = { decision: 'deny', by: 'asserted by client', clientId: 'test/1', through: 'card' };
    expect(decision?.body).toEqual(body);
  });

  test('counts in the process that heard it, and in no other', async () => {
    const { gate, id } = await planned();
    await gate.decideByClient(id, 'approve', alice);
    expect((await world.gate().apply(id, callOf(), 0)).answer.status).toBe('approval_required');
    expect(world.writes).toEqual([]);
    expect((await gate.apply(id, callOf(), 0)).answer.status).toBe('completed');
  });

  test('is refused for what cannot be taken back', async () => {
    const { gate, id, mayElicit } = await planned({ user: ann.id, reason: 'left', forever: true });
    expect(mayElicit).toBe(false);
    await expect(gate.decideByClient(id, 'approve', alice)).rejects.toMatchObject({ code: 'APPROVAL_UNAVAILABLE' });
    expect((await gate.apply(id, callOf(), 0)).answer.status).toBe('approval_required');
  });

  test('of another requester is refused', async () => {
    const { gate, id } = await planned();
    const mallory = { ...alice, requester: 'os:mallory' };
    await expect(gate.decideByClient(id, 'approve', mallory)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('the window with the approval page', () => {
  test.each([
    ['opens where a plan waits', {}, 1],
    ['stays shut where the client asks in a form', { elicits: true }, 0],
    ['stays shut where the client opens the page itself', { opensPage: true }, 0],
  ])('%s', async (_, call, times) => {
    const shown: string[] = [];
    const page = { addressOf: async (id: string) => `http://127.0.0.1:1/#${id}`, show: (id: string) => shown.push(id) };
    const gate = world.gate({ page });
    const { answer } = await gate.propose(blockUser, { user: ann.id, reason: 'left' }, callOf(call));
    expect(answer.plan?.approve.page).toBe(`http://127.0.0.1:1/#${answer.plan?.id}`);
    expect(shown).toHaveLength(times);
  });
});

describe('ENTRA_MCP_TRUST_ELICITATION', () => {
  test('false: the client is never asked', async () => {
    world.settings = { ...world.settings, trustElicitation: 'false' };
    const { gate, id, mayElicit } = await planned();
    expect(mayElicit).toBe(false);
    await expect(gate.decideByClient(id, 'approve', alice)).rejects.toMatchObject({ code: 'APPROVAL_UNAVAILABLE' });
  });

  test('auto: not over HTTP', async () => {
    const caller = { ...alice, transport: 'http' as const };
    const { mayElicit } = await world
      .gate()
      .propose(blockUser, { user: ann.id, reason: 'left' }, callOf({ ...asks, caller }));
    expect(mayElicit).toBe(false);
  });

  test('without an approver key, a client that can ask is enough; one that cannot is told to set a PIN', async () => {
    const real = await GateWorld.open({ real: true });
    const gate = real.gate();
    expect((await gate.propose(blockUser, { user: ann.id, reason: 'left' }, callOf(asks))).mayElicit).toBe(true);
    await expect(gate.propose(blockUser, { user: ann.id, reason: 'left' }, callOf())).rejects.toMatchObject({
      code: 'APPROVAL_UNAVAILABLE',
    });
    await expect(gate.propose(makeUser, { name: 'eve' }, callOf(asks))).rejects.toMatchObject({
      code: 'APPROVAL_UNAVAILABLE',
    });
    await real.close();
  });
});
