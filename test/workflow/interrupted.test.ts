import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ToolError } from '../../src/contract/index.ts';
import { Killed, ToyWorld } from './toy.ts';

let world: ToyWorld;
beforeEach(async () => {
  world = await ToyWorld.open();
});
afterEach(() => world.close());

const query = { limit: 10, offset: 0 };
const interrupted = 'resume_run: the server stopped in the middle of this run';
const stopped = `${interrupted}; left: `;

/** The process dies after this lamp; then its lease ends. */
async function diedAfter(lamp: string, go: () => Promise<unknown> = () => world.go()): Promise<void> {
  const { error } = world.log;
  world.after = (one) => {
    if (one === lamp) throw new Killed();
  };
  world.log.error = () => {
    throw new Killed();
  };
  await expect(go()).rejects.toThrow(Killed);
  world.after = () => {};
  world.log.error = error;
  await world.clock.advance(60_000);
}

const waitingFor = async (user: string) =>
  (await world.runs().list({ ...query, user: `${user}@contoso.example` })).runs.map((run) => run.waitingFor);

describe('a run that was left in the middle says what is left of it', () => {
  test('once it was looked at', async () => {
    await diedAfter('second-1');
    expect(await waitingFor('ann')).toEqual([interrupted]);
    await world.lookAtInterrupted();
    expect(await waitingFor('ann')).toEqual([`${stopped}second, third, fourth`]);
  });

  test('as the tenant shows it, whatever the journal holds', async () => {
    await diedAfter('second-2');
    await world.lookAtInterrupted();
    expect(await waitingFor('ann')).toEqual([`${stopped}third, fourth`]);
  });

  test('where nothing is left, too', async () => {
    await diedAfter('fourth-2');
    await world.lookAtInterrupted();
    expect(await waitingFor('ann')).toEqual([`${stopped}a last look at the tenant`]);
  });

  test('for each of many, and for the whole', async () => {
    world.pauseBefore = 'third';
    await diedAfter('second-1', () => world.goAll(['ann', 'bob']));
    await world.lookAtInterrupted();
    expect((await world.runs().list(query)).runs.map((run) => run.waitingFor)).toEqual([`${stopped}2 of 2 people`]);
    expect(await waitingFor('ann')).toEqual([`${stopped}second, third, fourth`]);
  });
});

test('nothing is done, and the run goes on as before', async () => {
  await diedAfter('second-1');
  const acts = [...world.acts];
  await world.lookAtInterrupted();
  expect(world.acts).toEqual(acts);
  const [run] = (await world.runs().list(query)).runs;
  const done = await world.goOn(run?.runId ?? '');
  expect(done).toMatchObject({ status: 'completed' });
  expect(done).not.toHaveProperty('waitingFor');
});

test('what cannot be read is logged, and keeps no other from being looked at', async () => {
  await diedAfter('second-1');
  await diedAfter('bob-second-1', async () => {
    const draft = await world.workflow().plan({ who: 'bob' }, world.planning);
    if ('unchanged' in draft) throw new Error(draft.unchanged);
    return world.workflow().run(draft.facts, world.context(draft.observations ?? [], { planId: 'plan-2' }));
  });
  const logged: unknown[] = [];
  world.log.error = (...entry: unknown[]) => logged.push(entry);
  world.onRead = (who) => {
    if (who === 'ann') throw new ToolError('UPSTREAM', { message: 'Graph is away.', fix: 'Wait.' });
  };
  await world.lookAtInterrupted();
  expect(logged).toHaveLength(1);
  expect(await waitingFor('ann')).toEqual([interrupted]);
  expect(await waitingFor('bob')).toEqual([`${stopped}second, third, fourth`]);
});

test('a server that closes stops looking, and logs no error for it', async () => {
  await diedAfter('second-1');
  const stop = new AbortController();
  world.onRead = () => {
    stop.abort();
    throw stop.signal.reason;
  };
  world.log.error = () => {
    throw new Error('Nothing is wrong');
  };
  await world.lookAtInterrupted(stop.signal);
  expect(await waitingFor('ann')).toEqual([interrupted]);
});

test('a run that is taken up meanwhile is left alone', async () => {
  await diedAfter('second-1');
  world.onRead = async () => {
    await world.store
      .updateTable('runs')
      .set({ lease_owner: 'other-host:9:z', lease_until: world.clock.now() + 30_000 })
      .execute();
  };
  await world.lookAtInterrupted();
  expect(await world.store.selectFrom('runs').select('waiting_for').executeTakeFirst()).toEqual({ waiting_for: null });
});
