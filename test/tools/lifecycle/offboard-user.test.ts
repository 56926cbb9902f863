import { expect, test } from 'vitest';
import offboardUser from '../../../tools/lifecycle/offboard-user.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { applied } from '../../fixtures/no-workflows.ts';
import { handoff, still } from '../../fixtures/tool-trial.ts';
import { rememberingWorkflows } from './offboarding-inputs.ts';

const input = { user: 'ann@contoso.com', reason: 'left the company' };
const context = {
  graph: new FakeGraph(),
  clock: still,
  signal: new AbortController().signal,
  requester: 'os:tester',
  identity: 'app:test',
};

test('hands what was asked to the workflow, and the facts back to it', async () => {
  const { asked, report, lifecycle } = rememberingWorkflows();
  const parsed = offboardUser.input.parse({ ...input, preset: 'full', skip: ['devices'] });
  const draft = await offboardUser.plan(parsed, { ...context, lifecycle });
  if (!('facts' in draft)) throw new Error('A plan was expected');
  const run = { ...context, ...applied, handoff, progress: () => undefined, lifecycle };
  expect(offboardUser.output.parse(await offboardUser.run(draft.facts, run))).toEqual(report);
  expect(asked).toEqual([
    { ...input, preset: 'full', skip: ['devices'] },
    { facts: { who: 'ann' }, planId: 'plan-1' },
  ]);
});

test.each([
  ['no reason', { reason: undefined }],
  ['an unknown preset', { preset: 'gentle' }],
  ['a field that there is not', { force: true }],
  ['a time that is none', { startAt: 'tomorrow' }],
  ['an automatic reply without text', { autoReply: {} }],
  ['several users', { user: ['ann@contoso.com'] }],
])('%s is refused', (_, wrong) => {
  expect(offboardUser.input.safeParse({ ...input, ...wrong }).success).toBe(false);
});
