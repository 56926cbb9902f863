import { expect, test } from 'vitest';
import cancelRun from '../../../tools/lifecycle/cancel-run.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { noWorkflows } from '../../fixtures/no-workflows.ts';
import { handoff, still } from '../../fixtures/tool-trial.ts';
import { asking, waitingRun } from './runs.ts';

const { signal } = new AbortController();
const cancelled = { ...waitingRun, status: 'cancelled' as const };

test('it hands planning and running to the workflow, and keeps the whole report', async () => {
  const { asked, workflow } = asking<{ readonly runId: string }>(cancelled);
  const lifecycle = { ...noWorkflows, cancelRun: workflow };
  const graph = new FakeGraph();
  const input = cancelRun.input.parse({ runId: 'r1', reason: 'asked by mistake' });
  await cancelRun.plan(input, { graph, clock: still, signal, requester: 'os:alice', identity: 'app:test', lifecycle });
  expect(asked).toEqual([{ request: { runId: 'r1' }, context: ['clock', 'graph', 'identity', 'requester', 'signal'] }]);
  const plan = { id: 'p2', requester: 'os:alice', identity: 'app:test', observations: [] };
  const context = { graph, clock: still, signal, handoff, plan, lifecycle, progress: () => undefined };
  expect(cancelRun.output.parse(await cancelRun.run({ runId: 'r1' }, context))).toEqual(cancelled);
});

test('it sends nothing to Graph, and is destructive only where a plan says so', () => {
  expect(cancelRun).toMatchObject({ writes: [], risk: 'write', mayRaiseTo: ['destructive'], idempotent: true });
});

test.each([{}, { runId: '../r1' }, { runId: 'r1', mailbox: 'shared' }])('refuses %j', (input) => {
  expect(cancelRun.input.safeParse(input).success).toBe(false);
});
