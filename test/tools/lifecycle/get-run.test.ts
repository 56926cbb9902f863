import { expect, test } from 'vitest';
import { type RunPort, ToolError } from '../../../src/contract/index.ts';
import getRun from '../../../tools/lifecycle/get-run.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { read } from '../../fixtures/tool-trial.ts';
import { waitingRun } from './runs.ts';

const missing = new ToolError('NOT_FOUND', { message: 'There is no run with this id.', fix: 'Use list_runs.' });
const runs: RunPort = {
  list: () => Promise.reject(new Error('get_run lists nothing')),
  get: async (runId) => {
    if (runId === waitingRun.runId) return waitingRun;
    throw missing;
  },
};

test('it answers the whole report', async () => {
  expect(await read(getRun, { runId: 'r1' }, new FakeGraph(), { runs })).toEqual(waitingRun);
});

test('an unknown run is NOT_FOUND, as the port says', async () => {
  await expect(read(getRun, { runId: 'r2' }, new FakeGraph(), { runs })).rejects.toBe(missing);
});

test.each([{}, { runId: '' }, { runId: 'a b' }, { runId: 'x'.repeat(101) }, { runId: 'r1', steps: true }])(
  'refuses %j',
  (input) => {
    expect(getRun.input.safeParse(input).success).toBe(false);
  },
);
