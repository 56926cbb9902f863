import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Caller, Gate } from '../../src/approval/gate.ts';
import { decideWith } from '../../src/approval/terminal.ts';
import { type AppliedLine, type AppliedQuery, ToolError } from '../../src/contract/index.ts';
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
} from '../fixtures/gate-world.ts';

const bea: Caller = { ...alice, requester: 'os:bea' };
let world: GateWorld;
let gate: Gate;

beforeEach(async () => {
  world = await GateWorld.open();
  gate = world.gate();
});
afterEach(() => world.close());

async function blocked(user: string, caller = alice): Promise<string> {
  const { answer } = await gate.propose(blockUser, { user, reason: 'left' }, callOf({ caller, elicits: true }));
  return answer.plan?.id ?? '';
}

async function signed(planId: string, caller = alice): Promise<void> {
  await decideWith(world.stateDir, planId, 'approve', demoKeys, world.clock);
  await gate.apply(planId, callOf({ caller }), 0);
}

async function listed(query: Partial<AppliedQuery> = {}, caller = alice): Promise<readonly AppliedLine[]> {
  return (await gate.appliedOf(caller).list({ limit: 25, offset: 0, ...query })).items;
}

describe('the list of applied plans', () => {
  test('says who asked, who approved and how, and how each ended; the newest first', async () => {
    const first = await blocked(ann.id);
    await signed(first);
    await world.clock.advance(60_000);
    const second = await blocked(bob.userPrincipalName);
    await gate.decideByClient(second, 'approve', alice);
    await gate.apply(second, callOf(), 0);
    await gate.propose(renameUser, { user: ann.id, jobTitle: 'CTO' }, callOf());
    const [write, client, pin] = await listed();
    expect(pin).toEqual({
      planId: first,
      tool: 'block_user',
      risk: ['destructive'],
      summary: 'Block ann@contoso.example',
      targets: [{ kind: 'user', id: ann.id, name: ann.userPrincipalName }],
      reason: 'left',
      requester: 'os:alice',
      approved: { by: expect.stringMatching(/^approver PIN \(key [0-9a-f]{16}\)$/), at: '2026-11-22T12:00:00.000Z' },
      at: '2026-11-22T12:00:00.000Z',
      status: 'applied',
      outcome: 'completed',
    });
    expect(client?.approved).toEqual({ by: 'asserted by client (test/1)', at: '2026-11-22T12:01:00.000Z' });
    expect(write?.approved).toEqual({ by: 'no approval is needed for this risk' });
  });

  test('has what failed, with its code, and nothing that was never applied', async () => {
    world.onWrite = () => {
      throw new ToolError('NOT_PERMITTED', { message: 'No.', fix: 'Ask.' });
    };
    const failing = await blocked(ann.id);
    await expect(signed(failing)).rejects.toMatchObject({ code: 'NOT_PERMITTED' });
    const denied = await blocked(bob.id);
    await decideWith(world.stateDir, denied, 'deny', demoKeys, world.clock);
    await blocked(ann.id);
    expect(await listed()).toMatchObject([{ planId: failing, status: 'failed', outcome: 'NOT_PERMITTED' }]);
  });

  test('is the requester’s own', async () => {
    await signed(await blocked(ann.id));
    await signed(await blocked(bob.id, bea), bea);
    expect((await listed()).map(({ requester }) => requester)).toEqual(['os:alice']);
    expect((await listed({}, bea)).map(({ requester }) => requester)).toEqual(['os:bea']);
  });

  test('goes by tool, time and person, and by page', async () => {
    await signed(await blocked(ann.id));
    await world.clock.advance(60_000);
    await signed(await blocked(bob.userPrincipalName));
    const made = (await gate.propose(makeUser, { name: 'cleo_x' }, callOf())).answer.plan?.id ?? '';
    await signed(made);
    const names = async (query: Partial<AppliedQuery>) =>
      (await listed(query)).map(({ tool, targets }) => [tool, targets[0]?.name]);
    expect(await names({ tool: 'make_user' })).toEqual([['make_user', undefined]]);
    expect(await names({ since: world.clock.now() })).toHaveLength(2);
    for (const user of [ann.id, ann.userPrincipalName, ann.userPrincipalName.toUpperCase()])
      expect(await names({ user })).toEqual([['block_user', ann.userPrincipalName]]);
    expect(await names({ user: 'cleo_x' })).toEqual([['make_user', undefined]]);
    for (const user of ['cleo-x', 'cleo%', 'nn@contoso.example', '%', "' or 1=1 --"])
      expect(await names({ user })).toEqual([]);
    const { items, total } = await gate.appliedOf(alice).list({ limit: 1, offset: 1 });
    expect([items.map(({ tool }) => tool), total]).toEqual([['block_user'], 3]);
  });

  test('shows hostile names as what they are', async () => {
    world.put({ ...ann, userPrincipalName: ann.userPrincipalName, displayName: 'Ann \u202E\u001B[31m' });
    await signed(await blocked(ann.id));
    expect(JSON.stringify(await listed())).not.toMatch(/\u202E|\\u001b/i);
  });
});
