import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { approverOf } from '../../src/approval/approver.ts';
import { auditTail } from '../../src/approval/audit.ts';
import type { Gate } from '../../src/approval/gate.ts';
import { decideSignedIn, signInFor } from '../../src/approval/index.ts';
import { decideWith } from '../../src/approval/terminal.ts';
import type { SignedInPerson } from '../../src/contract/index.ts';
import { alice, ann, blockUser, bob, callOf, demoKeys, GateWorld, tenantId } from '../fixtures/gate-world.ts';
import { PretendedSignIn } from '../fixtures/pretended-sign-in.ts';

let world: GateWorld;
let signIn: PretendedSignIn;
let gate: Gate;

beforeEach(async () => {
  world = await GateWorld.open({ real: true });
  signIn = new PretendedSignIn(world.clock);
  gate = gateOf();
  world.extraTools = [blockForGood];
});
afterEach(() => world.close());

/** Needs step-up. */
const blockForGood: typeof blockUser = {
  ...blockUser,
  name: 'block_for_good',
  plan: async (...given) => {
    const planned = await blockUser.plan(...given);
    return 'unchanged' in planned ? planned : { ...planned, stepUp: true };
  },
};

function gateOf(owner?: string): Gate {
  const approver = approverOf(world.stateDir, world.folder, { signIn });
  return world.gate({ approver, ...(owner === undefined ? {} : { owner }) });
}

async function planned(tool = blockUser, caller = alice, user = ann.id): Promise<string> {
  const { answer } = await gate.propose(tool, { user, reason: 'left' }, callOf({ caller }));
  expect(answer.status).toBe('approval_required');
  return answer.plan?.id ?? '';
}

const open = () => ({ tenant: world.folder, store: world.store });

async function decided(
  planId: string,
  who: string,
  decision: 'approve' | 'deny' = 'approve',
  over: Partial<SignedInPerson> = {},
): Promise<void> {
  const deciding = { planId, decision, through: 'page' as const };
  const { nonce } = await signInFor(open(), deciding, world.clock);
  const idToken = signIn.token(who, { nonce, ...over });
  await decideSignedIn(open(), deciding, { idToken, signIn }, world.clock);
}

const failing = (code: string) => expect.objectContaining({ name: 'ToolError', code });
const applied = async (planId: string, by = gate, caller = alice) =>
  (await by.apply(planId, callOf({ caller }), 0)).answer.status;
const rows = () => world.store.selectFrom('signed_in_decisions').selectAll().execute();

describe('a plan that an approver signed in for', () => {
  test('is applied, by any process of the tenant, and the trail names who approved', async () => {
    const planId = await planned();
    await decided(planId, 'carol');
    expect(await applied(planId, gateOf('host:1:other'))).toBe('completed');
    const decision = (await auditTail(world.store, tenantId, 50)).find(({ kind }) => kind === 'decision');
    expect(decision?.body).toMatchObject({
      ...{ decision: 'approve', by: 'Entra sign-in', through: 'page' },
      approver: { oid: 'carol', name: 'carol@contoso.example' },
      proof: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const { items } = await gate.appliedOf(alice).list({ limit: 10, offset: 0 });
    expect(items[0]?.approved.by).toBe('Entra sign-in (carol@contoso.example)');
    const [row] = await rows();
    const trail = JSON.stringify(await auditTail(world.store, tenantId, 50));
    expect(trail).not.toContain(row?.id_token);
  });

  test('is denied by one, and cannot be applied', async () => {
    const planId = await planned();
    await decided(planId, 'carol', 'deny');
    await expect(applied(planId)).rejects.toEqual(failing('PLAN_DENIED'));
    expect(world.writes).toEqual([]);
  });

  test('is not approved by the PIN, which can deny it', async () => {
    const demo = await GateWorld.open();
    const approver = { ...GateWorld.demoApprover, signIn };
    const [first = '', second = ''] = await Promise.all(
      [ann.id, bob.id].map(async (user) => {
        const { answer } = await demo.gate({ approver }).propose(blockUser, { user, reason: 'left' }, callOf());
        return answer.plan?.id;
      }),
    );
    await decideWith(demo.stateDir, first, 'approve', demoKeys, demo.clock);
    expect((await demo.gate({ approver }).apply(first, callOf(), 0)).answer.status).toBe('approval_required');
    await decideWith(demo.stateDir, second, 'deny', demoKeys, demo.clock);
    await expect(demo.gate({ approver }).apply(second, callOf(), 0)).rejects.toEqual(failing('PLAN_DENIED'));
    expect(demo.writes).toEqual([]);
    await demo.close();
  });
});

describe('a sign-in', () => {
  test('that was for another plan, or another decision, decides nothing', async () => {
    const [one, other] = [await planned(), await planned(blockUser, alice, bob.id)];
    const { nonce } = await signInFor(open(), { planId: one, decision: 'approve', through: 'page' }, world.clock);
    await expect(decided(other, 'carol', 'approve', { nonce })).rejects.toEqual(failing('CONFLICT'));
    await expect(decided(one, 'carol', 'deny', { nonce })).rejects.toEqual(failing('CONFLICT'));
    // Nor where somebody writes it into the store.
    await decided(one, 'carol');
    const [row] = await rows();
    await world.store
      .insertInto('signed_in_decisions')
      .values({
        ...row,
        plan_id: other,
        tenant_id: tenantId,
        approver: 'carol',
        decision: 'approve',
        id_token: String(row?.id_token),
        decided_at: 0,
      })
      .execute();
    await world.store.updateTable('plans').set({ state: 'approved' }).where('id', '=', other).execute();
    expect(await applied(other)).toBe('approval_required');
  });

  test('counts for nothing once the row of its plan is another: the nonce is of all that the plan binds', async () => {
    const planId = await planned();
    await decided(planId, 'carol');
    await world.store
      .updateTable('plans')
      .set({ args: JSON.stringify({ user: bob.id }) })
      .where('id', '=', planId)
      .execute();
    expect(await applied(planId)).toBe('approval_required');
    expect(world.writes).toEqual([]);
  });

  test.each([
    ['whose token nobody signed', (token: string) => `${token.slice(0, -2)}xx`],
    ['without a token', () => ''],
  ])('%s is none', async (_, changed) => {
    const planId = await planned();
    await decided(planId, 'carol');
    const [row] = await rows();
    await world.store
      .updateTable('signed_in_decisions')
      .set({ id_token: changed(String(row?.id_token)) })
      .execute();
    expect(await applied(planId)).toBe('approval_required');
    expect((await gate.report(planId, alice)).status).toBe('pending');
  });

  test('that is five minutes old decides nothing, nor one from the future', async () => {
    const planId = await planned();
    for (const issuedAt of [world.clock.now() - 5 * 60_000 - 1, world.clock.now() + 3 * 60_000]) {
      await expect(decided(planId, 'carol', 'approve', { issuedAt, authenticatedAt: issuedAt })).rejects.toEqual(
        failing('AUTH_REQUIRED'),
      );
    }
    expect(await rows()).toEqual([]);
  });

  test('cannot be verified while Entra cannot be asked: nothing is applied, and the call says why', async () => {
    const planId = await planned();
    await decided(planId, 'carol');
    signIn.isDown = true;
    await expect(applied(planId)).rejects.toEqual(failing('UPSTREAM'));
    signIn.isDown = false;
    expect(await applied(planId)).toBe('completed');
  });

  test('after the plan was decided, or has expired, comes too late', async () => {
    const planId = await planned();
    await decided(planId, 'carol', 'deny');
    await expect(decided(planId, 'dave')).rejects.toEqual(failing('CONFLICT'));
    const later = await planned(blockUser, alice, bob.id);
    await world.clock.advance(16 * 60_000);
    await expect(decided(later, 'carol')).rejects.toEqual(failing('PLAN_EXPIRED'));
  });

  test('that is verified as the plan expires comes too late', async () => {
    const planId = await planned();
    const deciding = { planId, decision: 'approve', through: 'page' } as const;
    const { nonce } = await signInFor(open(), deciding, world.clock);
    await world.clock.advance(14 * 60_000);
    const idToken = signIn.token('carol', { nonce });
    const slow = Object.assign(Object.create(signIn), {
      verify: async (token: string) => {
        await world.clock.advance(2 * 60_000);
        return signIn.verify(token);
      },
    });
    await expect(decideSignedIn(open(), deciding, { idToken, signIn: slow }, world.clock)).rejects.toEqual(
      failing('PLAN_EXPIRED'),
    );
    expect(await rows()).toEqual([]);
  });
});

describe('a plan that needs step-up', () => {
  test('needs two people: the same one twice is one', async () => {
    const planId = await planned(blockForGood);
    const { plan } = await gate.report(planId, alice);
    expect(plan.warnings.join()).toContain('two approvers have to sign in');
    await decided(planId, 'carol');
    await decided(planId, 'carol');
    expect(await applied(planId)).toBe('approval_required');
    expect((await gate.report(planId, alice)).status).toBe('pending');
    await decided(planId, 'dave');
    expect((await gate.report(planId, alice)).status).toBe('approved');
    expect(await applied(planId)).toBe('completed');
    const { items } = await gate.appliedOf(alice).list({ limit: 10, offset: 0 });
    expect(items[0]?.approved.by).toBe('Entra sign-in (carol@contoso.example and dave@contoso.example)');
  });

  test('is denied by one of them, also after the other agreed; and by who agreed before', async () => {
    const planId = await planned(blockForGood);
    await decided(planId, 'carol');
    await decided(planId, 'dave', 'deny');
    await expect(applied(planId)).rejects.toEqual(failing('PLAN_DENIED'));
    const other = await planned(blockForGood, alice, bob.id);
    await decided(other, 'carol');
    await decided(other, 'carol', 'deny');
    await expect(applied(other)).rejects.toEqual(failing('PLAN_DENIED'));
  });

  test('needs proof of the last five minutes, as Entra says it', async () => {
    const planId = await planned(blockForGood);
    const now = world.clock.now();
    for (const authenticatedAt of [undefined, now - 5 * 60_000 - 1, now + 1_000]) {
      await expect(decided(planId, 'carol', 'approve', { authenticatedAt })).rejects.toEqual(failing('AUTH_REQUIRED'));
    }
    // An ordinary one does not.
    await decided(await planned(blockUser, alice, bob.id), 'carol', 'approve', { authenticatedAt: undefined });
    // Nor is saying no held up.
    await decided(planId, 'carol', 'deny', { authenticatedAt: undefined });
    expect((await gate.report(planId, alice)).status).toBe('denied');
  });

  test('is asked for with a sign-in in which the person proves anew who they are', async () => {
    const asked = async (planId: string) =>
      (await signInFor(open(), { planId, decision: 'approve', through: 'page' }, world.clock)).isFresh;
    expect(await asked(await planned(blockForGood))).toBe(true);
    expect(await asked(await planned(blockUser, alice, bob.id))).toBe(false);
  });
});

describe('who asks', () => {
  const carol = { requester: 'user:carol', clientId: 'test/1', transport: 'http' } as const;

  test('over HTTP approves nothing of their own, and may deny it', async () => {
    const planId = await planned(blockUser, carol);
    await expect(decided(planId, 'carol')).rejects.toEqual(failing('NOT_PERMITTED'));
    await decided(planId, 'dave');
    expect(await applied(planId, gate, carol)).toBe('completed');
    const other = await planned(blockUser, carol, bob.id);
    await decided(other, 'carol', 'deny');
    await expect(applied(other, gate, carol)).rejects.toEqual(failing('PLAN_DENIED'));
  });

  test('is neither of the two of a step-up, also where their sign-in was written into the store', async () => {
    const planId = await planned(blockForGood, carol);
    await decided(planId, 'dave');
    const { nonce } = await signInFor(open(), { planId, decision: 'approve', through: 'page' }, world.clock);
    await world.store
      .insertInto('signed_in_decisions')
      .values({
        ...{ tenant_id: tenantId, plan_id: planId, approver: 'carol', decision: 'approve', decided_at: 0 },
        id_token: signIn.token('carol', { nonce }),
      })
      .execute();
    expect(await applied(planId, gate, carol)).toBe('approval_required');
    // One person under two names is one person.
    await world.store
      .updateTable('signed_in_decisions')
      .set({ id_token: signIn.token('dave', { nonce }) })
      .execute();
    expect(await applied(planId, gate, carol)).toBe('approval_required');
    expect(world.writes).toEqual([]);
  });
});
