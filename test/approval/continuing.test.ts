import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Gate } from '../../src/approval/gate.ts';
import { decideWith } from '../../src/approval/terminal.ts';
import { defineTool, optionalReason, path, type RunReport } from '../../src/contract/index.ts';
import { ann, bob, callOf, demoKeys, GateWorld } from '../fixtures/gate-world.ts';

/** What the tenant and the run show at the moment. */
const shows = {
  lists: [{ id: 'g1', name: 'One' }] as { id: string; name: string; privileged?: boolean }[],
  reports: [] as RunReport[],
};
let covered: string[] = [];

const report = (over: Partial<RunReport> = {}): RunReport => ({
  runId: 'run-1',
  kind: 'offboarding',
  status: 'completed',
  steps: [],
  followUps: [],
  planId: 'plan',
  requester: 'os:alice',
  createdAt: '2026-11-22T12:00:00.000Z',
  endedAt: '2026-11-22T12:00:01.000Z',
  ...over,
});

const card = {
  title: 'A run',
  description: 'Runs.',
  toolset: 'lifecycle',
  risk: 'write',
  mayRaiseTo: ['grant', 'destructive', 'irreversible'],
  permissions: ['User.ReadWrite.All'],
  writes: ['PATCH /users/{}'],
  idempotent: false,
  durable: true,
} as const;

const startRun = defineTool({
  ...card,
  name: 'start_run',
  input: z.strictObject({ user: z.string(), reason: optionalReason }),
  output: z.custom<RunReport>(),
  plan: async ({ user }) => ({
    summary: 'Start',
    effects: [],
    targets: [
      { kind: 'user' as const, id: user, touch: 'takeaway' as const },
      { kind: 'user' as const, id: bob.id, touch: 'change' as const },
    ],
    raise: ['destructive' as const],
    observations: [{ name: 'groups', title: 'Leaves', all: true, items: shows.lists }],
    facts: { user },
  }),
  run: async ({ user }, { graph, plan }) => {
    covered = plan.observations.flatMap(({ items }) =>
      items.filter(({ kept }) => kept === undefined).map(({ id }) => id),
    );
    await graph.patch(path`/users/${user}`, { accountEnabled: false });
    return shows.reports.shift() ?? report();
  },
});

const goOn = defineTool({
  ...card,
  name: 'go_on',
  input: z.strictObject({
    planId: z.string(),
    user: z.string(),
    raise: z.enum(['destructive', 'irreversible']).optional(),
    reason: optionalReason,
  }),
  output: z.custom<RunReport>(),
  plan: async ({ planId, user, raise }) => ({
    summary: 'Go on',
    effects: [],
    targets: [
      { kind: 'user' as const, id: user, touch: 'takeaway' as const },
      { kind: 'user' as const, id: bob.id, touch: 'change' as const },
    ],
    raise: [raise ?? ('destructive' as const)],
    observations: [{ name: 'groups', title: 'Leaves', all: true, items: shows.lists }],
    continues: { planId },
    facts: { user, planId },
  }),
  run: async (_, { plan }) => {
    covered = plan.observations.flatMap(({ items }) =>
      items.filter(({ kept }) => kept === undefined).map(({ id }) => id),
    );
    return report();
  },
});

let world: GateWorld;
let gate: Gate;
beforeEach(async () => {
  world = await GateWorld.open();
  world.extraTools = [startRun, goOn];
  gate = world.gate();
  shows.lists = [{ id: 'g1', name: 'One' }];
  shows.reports = [];
  covered = [];
});
afterEach(() => world.close());

const reason = 'left the company';
const day = 24 * 60 * 60_000;

async function begun(approve = true): Promise<string> {
  const { answer } = await gate.propose(startRun, { user: ann.id, reason }, callOf());
  const id = answer.plan?.id ?? '';
  expect(answer.status).toBe('approval_required');
  if (approve) await decideWith(world.stateDir, id, 'approve', demoKeys, world.clock);
  if (approve) await gate.apply(id, callOf(), 1_000);
  return id;
}

const goingOn = (planId: string, over = {}) =>
  gate.propose(goOn, { planId, user: ann.id, reason, ...over }, callOf()).then(({ answer }) => answer);

describe('a plan that goes on with an approved one', () => {
  test('needs no approval of its own for 24 hours, and one after that', async () => {
    const planId = await begun();
    expect((await goingOn(planId)).status).toBe('completed');
    await world.clock.advance(day - 60_000);
    expect((await goingOn(planId)).status).toBe('completed');
    await world.clock.advance(61_000);
    expect((await goingOn(planId)).status).toBe('approval_required');
  });

  test.each([
    ['was never approved', async () => begun(false)],
    ['does not exist', async () => 'ffffffffffffffffffffffffffffffff'],
  ])('waits for a human where the earlier plan %s', async (_, planOf) => {
    expect((await goingOn(await planOf())).status).toBe('approval_required');
  });

  test('is not covered by a row that somebody set to approved', async () => {
    const planId = await begun(false);
    await world.store.updateTable('plans').set({ state: 'approved' }).execute();
    expect((await goingOn(planId)).status).toBe('approval_required');
  });

  test('asks for no reason of its own', async () => {
    expect((await goingOn(await begun(), { reason: undefined })).status).toBe('completed');
    const refused = gate.propose(startRun, { user: ann.id }, callOf());
    await expect(refused).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  test('is reported with the run that it goes on with', async () => {
    const planId = await begun();
    world.runOf = async (id) => (id === planId ? 'run-1' : undefined);
    expect(await gate.report(planId, callOf().caller)).toMatchObject({ status: 'applied', runId: 'run-1' });
    world.extraTools = [startRun, { ...goOn, runOf: () => 'run-1' }];
    const { plan } = await goingOn(planId);
    expect((await gate.report(plan?.id ?? '', callOf().caller)).runId).toBe('run-1');
    world.extraTools = [startRun, goOn];
    expect(await gate.report(plan?.id ?? '', callOf().caller)).not.toHaveProperty('runId');
  });

  test('is not covered for another risk', async () => {
    expect((await goingOn(await begun(), { raise: 'irreversible' })).status).toBe('approval_required');
  });

  test('is not covered where something privileged has come that nobody saw', async () => {
    const planId = await begun();
    shows.lists = [...shows.lists, { id: 'g9', name: 'Admins', privileged: true }];
    expect((await goingOn(planId)).status).toBe('approval_required');
  });

  test('is covered although whoever leaves is disabled by now, and not once a successor has changed', async () => {
    const planId = await begun();
    world.put({ ...ann, accountEnabled: false });
    expect((await goingOn(planId)).status).toBe('completed');
    world.put({ ...bob, accountEnabled: false });
    expect((await goingOn(planId)).status).toBe('approval_required');
  });

  test('takes more of what was shown, and nothing else', async () => {
    const planId = await begun();
    shows.lists = [{ id: 'g2', name: 'Two' }];
    expect((await goingOn(planId)).status).toBe('completed');
    expect(covered).toEqual(['g2']);
  });

  test('an approval that the client asserted counts in this process only', async () => {
    world.settings = { ...world.settings, trustElicitation: 'true' };
    gate = world.gate();
    const { answer, mayElicit } = await gate.propose(startRun, { user: ann.id, reason }, callOf({ elicits: true }));
    expect(mayElicit).toBe(true);
    const planId = answer.plan?.id ?? '';
    await gate.decideByClient(planId, 'approve', callOf().caller);
    await gate.apply(planId, callOf(), 1_000);
    expect((await goingOn(planId)).status).toBe('completed');
    gate = world.gate({ owner: 'other:1:x' });
    expect((await goingOn(planId)).status).toBe('approval_required');
  });
});

describe('the answer for a run', () => {
  const applying = async () => {
    const { answer } = await gate.propose(startRun, { user: ann.id, reason }, callOf());
    const id = answer.plan?.id ?? '';
    await decideWith(world.stateDir, id, 'approve', demoKeys, world.clock);
    return (await gate.apply(id, callOf(), 1_000)).answer;
  };

  test('names the run and counts its steps', async () => {
    shows.reports = [
      report({
        status: 'failed',
        steps: [
          { name: 'a', status: 'done' },
          { name: 'b', status: 'failed' },
        ],
        followUps: [{ what: 'x' }],
      }),
    ];
    const answer = await applying();
    expect(answer).toMatchObject({ status: 'completed', runId: 'run-1', result: { status: 'failed' } });
    expect(answer.message).toContain('1 done, 1 failed');
    expect(answer.message).toContain('followUps');
  });

  test('is running while the run waits or is kept for later', async () => {
    const { endedAt: _, ...open } = report();
    shows.reports = [{ ...open, status: 'waiting', waitingFor: 'resume_run with mailbox' }];
    expect(await applying()).toMatchObject({
      status: 'running',
      runId: 'run-1',
      message: expect.stringContaining('resume_run with mailbox'),
    });
  });
});

test('a run whose process died is not begun anew: its answer names it', async () => {
  const { answer } = await gate.propose(startRun, { user: ann.id, reason }, callOf());
  const id = answer.plan?.id ?? '';
  await decideWith(world.stateDir, id, 'approve', demoKeys, world.clock);
  const stuck = Promise.withResolvers<void>();
  world.onWrite = () => stuck.promise;
  world.runOf = async () => 'run-7';
  gate.apply(id, callOf(), 1_000).catch(() => undefined);
  while (world.sendings === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await world.store.updateTable('plans').set({ lease_owner: 'gone:1:x', lease_until: 0 }).execute();
  const other = world.gate({ owner: 'other:2:y' });
  expect((await other.apply(id, callOf(), 0)).answer).toMatchObject({
    status: 'running',
    runId: 'run-7',
    message: expect.stringContaining('resume_run'),
  });
  stuck.resolve();
});

test('going on with a run that then dies names that run too', async () => {
  const planId = await begun();
  const run: typeof goOn.run = async (_, { graph }) => {
    await graph.patch(path`/users/${ann.id}`, { accountEnabled: false });
    return report();
  };
  world.extraTools = [startRun, { ...goOn, run, runOf: () => 'run-1' }];
  const stuck = Promise.withResolvers<void>();
  world.onWrite = () => stuck.promise;
  const sent = world.sendings;
  gate.propose({ ...goOn, run }, { planId, user: ann.id }, callOf()).catch(() => undefined);
  while (world.sendings === sent) await new Promise((resolve) => setTimeout(resolve, 5));
  const { id } = await world.store
    .updateTable('plans')
    .set({ lease_owner: 'gone:1:x', lease_until: 0 })
    .where('tool', '=', 'go_on')
    .returning('id')
    .executeTakeFirstOrThrow();
  const other = world.gate({ owner: 'other:2:y' });
  expect((await other.apply(id, callOf(), 0)).answer).toMatchObject({ status: 'running', runId: 'run-1' });
  stuck.resolve();
});

test('a gate that stops lets nothing new leave', async () => {
  const { answer } = await gate.propose(startRun, { user: ann.id, reason }, callOf());
  const id = answer.plan?.id ?? '';
  await decideWith(world.stateDir, id, 'approve', demoKeys, world.clock);
  gate.stop();
  await expect(gate.apply(id, callOf(), 1_000)).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(world.writes).toEqual([]);
});
