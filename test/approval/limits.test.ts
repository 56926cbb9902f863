import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Caller, Gate } from '../../src/approval/gate.ts';
import { decideWith } from '../../src/approval/terminal.ts';
import { type ChangeAnswer, defineTool, optionalReason, path, ToolError } from '../../src/contract/index.ts';
import { openState } from '../../src/store/index.ts';
import { alice, callOf, demoKeys, GateWorld, renameUser, unblockUser } from '../fixtures/gate-world.ts';

const hourMs = 60 * 60 * 1000;
const bea: Caller = { ...alice, requester: 'os:bea' };

/** The nth of the people in this tenant. */
function idOf(n: number): string {
  return `bbbbbbbb-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

/** Takes access from some; `contain` says that it is containment alone. */
const blockSome = defineTool({
  name: 'block_some',
  title: 'Block',
  description: 'Blocks several users.',
  toolset: 'users',
  risk: 'destructive',
  permissions: ['User.EnableDisableAccount.All'],
  writes: ['PATCH /users/{}'],
  idempotent: true,
  input: z.strictObject({
    users: z.array(z.string()),
    contain: z.boolean().optional(),
    after: z.string().optional(),
    reason: optionalReason,
  }),
  output: z.object({ done: z.number() }),
  async plan({ users, contain, after }) {
    return {
      summary: `Block ${users.length}`,
      effects: [],
      targets: users.map((id) => ({ kind: 'user' as const, id, touch: 'takeaway' as const })),
      ...(contain === true ? { containment: true } : {}),
      ...(after === undefined ? {} : { continues: { planId: after } }),
      facts: { users },
    };
  },
  async run({ users }, { graph }) {
    for (const id of users) await graph.patch(path`/users/${id}`, { accountEnabled: false });
    return { done: users.length };
  },
});

/** Gives nameless things: a new account, say. */
const makeSomething = defineTool({
  name: 'make_something',
  title: 'Make',
  description: 'Makes something new.',
  toolset: 'users',
  risk: 'grant',
  permissions: ['User.Create'],
  writes: ['POST /users'],
  idempotent: false,
  input: z.strictObject({ name: z.string(), reason: optionalReason }),
  output: z.object({}),
  async plan({ name }) {
    return { summary: `Make ${name}`, effects: [], targets: [], facts: { name } };
  },
  async run() {
    return {};
  },
});

let world: GateWorld;
let gate: Gate;

beforeEach(async () => {
  world = await worldOf(130);
  gate = world.gate();
});
afterEach(() => world.close());

/** A tenant in which the client's word counts and a mere grant waits for nobody. */
async function worldOf(people: number): Promise<GateWorld> {
  const opened = await GateWorld.open();
  opened.extraTools = [blockSome, makeSomething];
  opened.settings = { ...opened.settings, trustElicitation: 'true', confirm: ['destructive', 'irreversible'] };
  for (let n = 0; n < people; n += 1) {
    const userPrincipalName = `person${n}@contoso.example`;
    opened.put({ id: idOf(n), userPrincipalName, displayName: `Person ${n}`, accountEnabled: true });
  }
  return opened;
}

const people = (from: number, count: number) => Array.from({ length: count }, (_, i) => idOf(from + i));
const reason = 'left the company';

/** Asks, and has the client say that its user approves. */
async function byClient(
  args: { users: string[]; contain?: boolean; after?: string },
  caller = alice,
  at = gate,
): Promise<ChangeAnswer> {
  const { answer } = await at.propose(blockSome, { ...args, reason }, callOf({ caller, elicits: true }));
  const planId = answer.plan?.id ?? '';
  await at.decideByClient(planId, 'approve', caller);
  return (await at.apply(planId, callOf({ caller }), 0)).answer;
}

async function bySignature(users: string[], caller = alice): Promise<ChangeAnswer> {
  const { answer } = await gate.propose(blockSome, { users, reason }, callOf({ caller }));
  const planId = answer.plan?.id ?? '';
  await decideWith(world.stateDir, planId, 'approve', demoKeys, world.clock);
  return (await gate.apply(planId, callOf({ caller }), 0)).answer;
}

async function refusalOf(work: Promise<unknown>): Promise<ToolError> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof ToolError)) throw new Error('It was let through', { cause: thrown });
  expect(thrown.code).toBe('LIMIT_REACHED');
  return thrown;
}

describe('ten people an hour without a signature', () => {
  test('the eleventh is told when there is room, and has it then', async () => {
    await byClient({ users: people(0, 4) });
    await world.clock.advance(10 * 60_000);
    await byClient({ users: people(4, 6) });
    const writes = world.writes.length;
    const refusal = await refusalOf(byClient({ users: people(10, 1) }));
    expect(world.writes).toHaveLength(writes);
    expect(refusal.retryAfterMs).toBe(50 * 60_000);
    expect(refusal.fix).toContain('2026-11-22 13:00:00 UTC');
    expect(refusal.detail).toMatchObject({
      ...{ limit: 10, counted: 10, people: 1, of: 'tenant', freesAt: '2026-11-22T13:00:00.000Z' },
      plan: { tool: 'block_some' },
    });
    await world.clock.advance(50 * 60_000 - 1);
    await refusalOf(byClient({ users: people(10, 1) }));
    await world.clock.advance(1);
    expect((await byClient({ users: people(10, 4) })).status).toBe('completed');
    await refusalOf(byClient({ users: people(14, 1) }));
  });

  test('a plan that the limit stopped still waits, and a signature lets it through', async () => {
    await byClient({ users: people(0, 10) });
    const refusal = await refusalOf(byClient({ users: people(10, 1) }));
    const planId = z.object({ plan: z.object({ id: z.string() }) }).parse(refusal.detail).plan.id;
    expect((await gate.report(planId, alice)).status).toBe('pending');
    await decideWith(world.stateDir, planId, 'approve', demoKeys, world.clock);
    expect((await gate.apply(planId, callOf(), 0)).answer.status).toBe('completed');
  });

  test('planning tells it where the client could be asked, and not where only a signature counts', async () => {
    await byClient({ users: people(0, 10) });
    const planned = async (by = gate) =>
      (await by.propose(blockSome, { users: people(10, 1), reason }, callOf())).answer.plan;
    expect((await planned())?.warnings).toEqual([
      expect.stringContaining('that limit is reached until 2026-11-22 13:00:00 UTC'),
    ]);
    world.settings = { ...world.settings, trustElicitation: 'false' };
    expect((await planned(world.gate()))?.warnings).toEqual([]);
  });

  test('what is signed for is not counted', async () => {
    for (let i = 0; i < 3; i += 1) await bySignature(people(i * 10, 10));
    expect((await byClient({ users: people(30, 10) })).status).toBe('completed');
    expect((await bySignature(people(40, 10))).status).toBe('completed');
  });

  test('a change that waits for nobody is counted: by its plan where it names nobody', async () => {
    for (let i = 0; i < 10; i += 1) await gate.propose(makeSomething, { name: `n${i}` }, callOf());
    await refusalOf(gate.propose(makeSomething, { name: 'n10' }, callOf()));
    await refusalOf(gate.propose(unblockUser, { user: idOf(0) }, callOf()));
  });

  test('a mere write is not', async () => {
    for (let i = 0; i < 30; i += 1) await gate.propose(renameUser, { user: idOf(i), jobTitle: 'CTO' }, callOf());
    expect((await byClient({ users: people(0, 10) })).status).toBe('completed');
  });

  test('the same person counts once', async () => {
    await byClient({ users: people(0, 9) });
    for (let i = 0; i < 5; i += 1) await byClient({ users: people(0, 3) });
    expect((await byClient({ users: people(8, 2) })).status).toBe('completed');
    await refusalOf(byClient({ users: people(10, 1) }));
  });

  test('holds for all requesters of the tenant together', async () => {
    await byClient({ users: people(0, 6) });
    await byClient({ users: people(6, 4) }, bea);
    await refusalOf(byClient({ users: people(10, 1) }, bea));
    expect((await bySignature(people(10, 1), bea)).status).toBe('completed');
  });
});

describe('blocking and signing out', () => {
  test('have a limit of their own: a hundred', async () => {
    for (let i = 0; i < 10; i += 1) await byClient({ users: people(i * 10, 10), contain: true });
    const refusal = await refusalOf(byClient({ users: people(100, 1), contain: true }));
    expect(refusal.message).toContain('at most 100 people an hour may be blocked or signed out');
    expect((await byClient({ users: people(100, 10) })).status).toBe('completed');
  });
});

describe('more than ten people in one plan', () => {
  test('are a step-up, whatever is asked of them', async () => {
    for (const contain of [false, true]) {
      const call = callOf({ elicits: true });
      const { answer, mayElicit } = await gate.propose(blockSome, { users: people(0, 11), contain, reason }, call);
      expect([answer.plan?.stepUp, mayElicit]).toEqual([true, false]);
    }
    expect((await bySignature(people(0, 40))).status).toBe('completed');
  });

  test('wait for an approval even where the settings let the risk pass', async () => {
    world.settings = { ...world.settings, confirm: [] };
    const { answer } = await world.gate().propose(blockSome, { users: people(0, 11), reason }, callOf());
    expect(answer.status).toBe('approval_required');
    expect((await world.gate().apply(answer.plan?.id ?? '', callOf(), 0)).answer.status).toBe('approval_required');
    expect(world.writes).toEqual([]);
  });
});

describe('counted once', () => {
  test('is what goes on with an earlier plan', async () => {
    const { plan } = await byClient({ users: people(0, 10) });
    await world.clock.advance(hourMs);
    await byClient({ users: people(10, 10) });
    expect((await byClient({ users: people(0, 10), after: plan?.id ?? '' })).status).toBe('completed');
    await refusalOf(byClient({ users: people(0, 11).slice(1), after: 'another' }));
  });

  test('is a plan that begins again because nothing had been sent', async () => {
    const { answer } = await gate.propose(blockSome, { users: people(0, 10), reason }, callOf({ elicits: true }));
    const planId = answer.plan?.id ?? '';
    await gate.decideByClient(planId, 'approve', alice);
    const cancelled = new AbortController();
    cancelled.abort();
    await expect(gate.apply(planId, callOf({ signal: cancelled.signal }), 0)).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect(await world.store.selectFrom('changed_people').selectAll().execute()).toEqual([]);
  });
});

test('two applies at the same instant in two processes do not share the last place', async () => {
  await byClient({ users: people(0, 9) });
  const store = await openState(world.folder);
  const gates = [gate, world.gate({ owner: `host:${process.ppid}:other`, store })];
  const ends = await Promise.allSettled(gates.map((at, i) => byClient({ users: people(9 + i, 1) }, alice, at)));
  expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(world.writes).toHaveLength(10);
  await store.destroy();
});

test('counts outlive the process', async () => {
  await byClient({ users: people(0, 10) });
  gate = world.gate({ owner: `host:${process.pid}:later` });
  await refusalOf(byClient({ users: people(10, 1) }));
});

/** One thing that somebody does, some time after the one before. */
const step = fc.record({
  afterMs: fc.oneof(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 0, max: hourMs })),
  caller: fc.constantFrom(alice, bea),
  users: fc.uniqueArray(fc.integer({ min: 0, max: 29 }), { minLength: 1, maxLength: 10 }),
  how: fc.constantFrom('client', 'client', 'client', 'contain', 'signed'),
});

test('no sequence of applies lets more people through in any hour than the limit', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const own = await worldOf(30);
      const previous = world;
      const before = gate;
      world = own;
      gate = own.gate();
      const passed: { at: number; user: string }[] = [];
      try {
        for (const { afterMs, caller, users, how } of steps) {
          await own.clock.advance(afterMs);
          const ids = users.map(idOf);
          const doing =
            how === 'signed' ? bySignature(ids, caller) : byClient({ users: ids, contain: how === 'contain' }, caller);
          const isThrough = await doing.then(
            () => true,
            (error: unknown) => {
              if (!(error instanceof ToolError && error.code === 'LIMIT_REACHED')) throw error;
              return false;
            },
          );
          if (how !== 'client') continue;
          const at = own.clock.now();
          const within = (rows: typeof passed) =>
            new Set([...rows.filter((row) => row.at > at - hourMs).map(({ user }) => user), ...ids]).size;
          // Exactly those pass for whom there is room: no more, and no fewer.
          expect(isThrough).toBe(within(passed) <= 10);
          if (isThrough) passed.push(...ids.map((user) => ({ at, user })));
        }
      } finally {
        await own.close();
        world = previous;
        gate = before;
      }
    }),
    { numRuns: 12 },
  );
}, 120_000);
