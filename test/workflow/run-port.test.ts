import type { KyselyPlugin } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunQuery } from '../../src/contract/index.ts';
import { runPort } from '../../src/workflow/run-port.ts';
import { createRun, type NewRun } from '../../src/workflow/run-store.ts';
import { ToyWorld } from './toy.ts';

let world: ToyWorld;
beforeEach(async () => {
  world = await ToyWorld.open();
});
afterEach(() => world.close());

async function keep(subject: string, over: Partial<NewRun> = {}): Promise<string> {
  await world.clock.advance(1);
  const row = await createRun(world.process(), {
    kind: 'offboarding',
    planId: `plan-${subject}`,
    requester: 'os:tester',
    subject,
    user: { id: subject, userPrincipalName: `${subject}@contoso.example` },
    facts: { steps: ['first'] },
    status: 'waiting',
    ...over,
  });
  return row.id;
}

const listed = async (query: Partial<RunQuery> = {}, port = world.runs()) =>
  (await port.list({ limit: 10, offset: 0, ...query })).runs.map(({ runId }) => runId);

test('runs are the requester’s own, newest first, and everybody’s where none is named', async () => {
  const [first, theirs, last] = [await keep('a'), await keep('b', { requester: 'os:bob' }), await keep('c')];
  expect(await listed()).toEqual([last, first]);
  expect(await listed({}, runPort(world.process()))).toEqual([last, theirs, first]);
  await expect(world.runs().get(theirs)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await world.runs().list({ limit: 1, offset: 1 })).toMatchObject({ runs: [{ runId: first }], total: 2 });
});

test('a run is found by its user, whatever the case, and its kind', async () => {
  const [ann, bob] = [await keep('ann'), await keep('bob', { kind: 'onboarding' })];
  expect(await listed({ user: 'ANN@contoso.example' })).toEqual([ann]);
  expect(await listed({ user: 'ann' })).toEqual([ann]);
  expect(await listed({ kind: 'onboarding' })).toEqual([bob]);
  expect(await listed({ kind: 'undo' })).toEqual([]);
});

test('the single runs of many are listed for their user alone', async () => {
  const parentId = await keep('batch', { kind: 'offboardings' });
  const single = await keep('ann', { parentId });
  expect(await listed()).toEqual([parentId]);
  expect(await listed({ user: 'ann' })).toEqual([single]);
});

test('a run that its process left in the middle is found among those that wait', async () => {
  const run = await keep('ann', { status: 'running' });
  expect([await listed({ status: 'running' }), await listed({ status: 'waiting' })]).toEqual([[run], []]);
  await world.clock.advance(60_000);
  expect([await listed({ status: 'running' }), await listed({ status: 'waiting' })]).toEqual([[], [run]]);
});

/** A port whose every row that it reads is written down. */
function watched() {
  const read: Record<string, unknown>[] = [];
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      read.push(...result.rows);
      return result;
    },
  };
  const parts = { ...world.process(), store: world.store.withPlugin(plugin) };
  return { read, port: runPort(parts, 'os:tester') };
}

test('a list reads what is long of the runs that it shows, and of no other', async () => {
  for (const subject of ['a', 'b', 'c']) await keep(subject);
  const { read, port } = watched();
  expect((await port.list({ limit: 1, offset: 1 })).runs).toMatchObject([{ summary: '1 waiting' }]);
  expect(read.filter((row) => 'facts' in row)).toHaveLength(1);
});

test('the line of a run of many says what its report says, and needs no journal for it', async () => {
  world.pauseBefore = 'fourth';
  const { report } = await world.goAll(['ann', 'bob']);
  const { read, port } = watched();
  const [line] = (await port.list({ limit: 10, offset: 0 })).runs;
  expect(line).toMatchObject({ runId: report.runId, waitingFor: report.waitingFor, summary: '2 waiting' });
  expect(read.filter((row) => 'facts' in row || 'body' in row)).toEqual([]);
});
