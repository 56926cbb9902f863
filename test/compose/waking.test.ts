import { afterEach, beforeEach, expect, test } from 'vitest';
import { wakeForRuns } from '../../src/compose/waking.ts';
import type { Config } from '../../src/config/index.ts';
import { createRun, type NewRun } from '../../src/workflow/run-store.ts';
import { KeptLog } from '../graph/setting.ts';
import { ToyWorld } from '../workflow/toy.ts';

let world: ToyWorld;
let log: KeptLog;
const keptLog = async () => log;
beforeEach(async () => {
  world = await ToyWorld.open();
  log = new KeptLog();
});
afterEach(() => world.close());

/** Whether a server that nobody calls opens the tenant. */
async function wakes(over: Partial<Pick<Config, 'auth' | 'tenantId'>> = {}): Promise<boolean> {
  let opened = 0;
  const { tenantId } = world.process();
  const clock = { now: () => world.clock.now(), sleep: async () => {} };
  const open = async () => {
    opened += 1;
  };
  await wakeForRuns({ tenantId, stateDir: world.stateDir, auth: 'secret', ...over }, open, { clock, log: keptLog });
  return opened === 1;
}

function keep(over: Partial<NewRun>): Promise<unknown> {
  return createRun(world.process(), {
    ...{ kind: 'offboarding', planId: 'plan-1', requester: 'os:tester', subject: 'ann' },
    ...{ facts: { steps: [] }, status: 'waiting' },
    ...over,
  });
}

test('an idle server sleeps on where no run needs it', async () => {
  expect(await wakes()).toBe(false);
  await keep({ status: 'waiting' });
  expect(await wakes()).toBe(false);
});

test('it wakes for a run with a time', async () => {
  await keep({ status: 'scheduled', startAt: world.clock.now() + 3_600_000 });
  expect(await wakes()).toBe(true);
});

test('it wakes for a run that a process left in the middle, and not for one under way', async () => {
  await keep({ status: 'running' });
  expect(await wakes()).toBe(false);
  await world.clock.advance(60_000);
  expect(await wakes()).toBe(true);
});

test('it never wakes where signing in would ask a person, or the tenant is not named', async () => {
  await keep({ status: 'scheduled', startAt: world.clock.now() });
  expect(await wakes({ auth: 'device-code' })).toBe(false);
  expect(await wakes({ tenantId: undefined })).toBe(false);
});

test('it tries again where the tenant cannot be opened yet, and says so', async () => {
  await keep({ status: 'scheduled', startAt: world.clock.now() });
  const slept: number[] = [];
  const clock = {
    now: () => world.clock.now(),
    sleep: async (ms: number) => {
      slept.push(ms);
    },
  };
  let tries = 0;
  const open = async () => {
    tries += 1;
    if (tries < 3) throw new Error('no network yet');
  };
  const { tenantId } = world.process();
  await wakeForRuns({ tenantId, stateDir: world.stateDir, auth: 'secret' }, open, { clock, log: keptLog });
  expect([tries, slept]).toEqual([3, [2_000, 60_000, 60_000]]);
  expect(log.lines.length).toBe(2);
});
