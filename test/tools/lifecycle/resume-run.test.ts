import { expect, test } from 'vitest';
import type { ResumeRequest } from '../../../src/contract/index.ts';
import resumeRun from '../../../tools/lifecycle/resume-run.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { noWorkflows } from '../../fixtures/no-workflows.ts';
import { handoff, still } from '../../fixtures/tool-trial.ts';
import { asking, waitingRun } from './runs.ts';

const { signal } = new AbortController();

test('it hands planning and running to the workflow, and keeps the whole report', async () => {
  const { asked, ran, workflow } = asking<ResumeRequest>(waitingRun);
  const lifecycle = { ...noWorkflows, resumeRun: workflow };
  const graph = new FakeGraph();
  const input = resumeRun.input.parse({ runId: 'r1', mailbox: 'shared', reason: 'the mailbox is shared now' });
  const draft = await resumeRun.plan(input, {
    graph,
    clock: still,
    signal,
    requester: 'os:alice',
    identity: 'app:test',
    lifecycle,
  });
  expect(asked).toEqual([
    { request: { runId: 'r1', mailbox: 'shared' }, context: ['clock', 'graph', 'identity', 'requester', 'signal'] },
  ]);
  expect(draft).toMatchObject({ raise: ['destructive'] });
  const plan = { id: 'p2', requester: 'os:alice', identity: 'app:test', observations: [] };
  const context = { graph, clock: still, signal, handoff, plan, lifecycle, progress: () => undefined };
  const result = resumeRun.output.parse(await resumeRun.run({ runId: 'r1' }, context));
  expect(ran).toEqual([{ runId: 'r1' }]);
  expect(result).toEqual(waitingRun);
});

test('it is as risky as the plan that it goes on with, and its plan is about that run', () => {
  expect(resumeRun).toMatchObject({ risk: 'write', mayRaiseTo: ['grant', 'destructive', 'irreversible'] });
  expect(resumeRun).toMatchObject({ durable: true, idempotent: false });
  expect(resumeRun.runOf?.({ runId: 'r1' })).toBe('r1');
});

test.each([{}, { runId: 'r 1' }, { runId: 'r1', mailbox: 'deleted' }, { runId: 'r1', force: true }])(
  'refuses %j',
  (input) => {
    expect(resumeRun.input.safeParse(input).success).toBe(false);
  },
);
