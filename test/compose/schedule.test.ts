import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startDue } from '../../src/compose/schedule.ts';
import { type ChangeAnswer, type ChangeTool, ToolError } from '../../src/contract/index.ts';
import resumeRun from '../../tools/lifecycle/resume-run.ts';
import { FakeGate } from '../server/fake-gate.ts';
import { ToyWorld } from '../workflow/toy.ts';

let world: ToyWorld;
let proposed: unknown[];
let answer: ChangeAnswer | Error;
beforeEach(async () => {
  world = await ToyWorld.open();
  proposed = [];
  answer = { status: 'completed', message: '' };
});
afterEach(() => world.close());

const hour = 3_600_000;
const kept = async () => (await world.go({ startAt: world.clock.now() + hour })).runId;

function due(tool: ChangeTool | 'none' = resumeRun) {
  const gate = Object.assign(new FakeGate(), {
    propose: async (_: ChangeTool, args: unknown, { caller }: { caller: { requester: string } }) => {
      proposed.push([args, caller.requester]);
      if (answer instanceof Error) throw answer;
      return { answer, mayElicit: false };
    },
  });
  const { tenantId, store, clock, log } = world.process();
  return startDue(
    { tenantId, store, clock, log, gate, resumeRun: async () => (tool === 'none' ? undefined : tool) },
    new AbortController().signal,
  );
}

test('nothing is started before its time, and the time is told', async () => {
  await kept();
  expect(await due()).toBe(world.clock.now() + hour);
  expect(proposed).toEqual([]);
});

test('at its time a run is resumed, in the name of whoever asked for it', async () => {
  const runId = await kept();
  await world.clock.advance(hour);
  await due();
  expect(proposed).toEqual([[{ runId, reason: expect.any(String) }, 'os:tester']]);
});

describe('a run that cannot start waits, and says why', () => {
  test.each<[string, ChangeAnswer | ToolError, string]>([
    ['it needs a new approval', { status: 'approval_required', message: '' }, 'new approval'],
    [
      'it is refused',
      new ToolError('NOT_FOUND', { message: 'The account is gone.', fix: 'Look.' }),
      'The account is gone.',
    ],
  ])('%s', async (_, given, why) => {
    const runId = await kept();
    await world.clock.advance(hour);
    answer = given;
    await due();
    expect(await world.runs().get(runId)).toMatchObject({
      status: 'waiting',
      waitingFor: expect.stringContaining(why),
    });
    await due();
    expect(proposed).toHaveLength(1);
  });
});

test.each(['THROTTLED', 'UPSTREAM', 'AUTH_REQUIRED'] as const)(
  '%s passes: the run stays scheduled, and starts at the next look',
  async (code) => {
    const runId = await kept();
    await world.clock.advance(hour);
    answer = new ToolError(code, { message: 'Not now.', fix: 'Later.' });
    await due();
    expect((await world.runs().get(runId)).status).toBe('scheduled');
    await due();
    expect(proposed).toHaveLength(2);
  },
);

test('one that fails holds up no other', async () => {
  await kept();
  await world.go({ who: 'bob', planId: 'plan-2', startAt: world.clock.now() + hour });
  await world.clock.advance(hour);
  answer = new Error('a fault');
  await due();
  expect(proposed).toHaveLength(2);
});

test('a server that does not serve the lifecycle tools leaves it to one that does', async () => {
  const runId = await kept();
  await world.clock.advance(hour);
  expect(await due('none')).toBeUndefined();
  expect((await world.runs().get(runId)).status).toBe('scheduled');
});
