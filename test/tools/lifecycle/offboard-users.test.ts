import { expect, test } from 'vitest';
import offboardUsers from '../../../tools/lifecycle/offboard-users.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { applied } from '../../fixtures/no-workflows.ts';
import { handoff, still } from '../../fixtures/tool-trial.ts';
import { rememberingWorkflows } from './offboarding-inputs.ts';

const input = { users: ['ann@contoso.com', 'bob@contoso.com'], reason: 'left the company' };
const context = {
  graph: new FakeGraph(),
  clock: still,
  signal: new AbortController().signal,
  requester: 'os:tester',
  identity: 'app:test',
};

test('hands what was asked to the workflow, and the facts back to it', async () => {
  const { asked, report, lifecycle } = rememberingWorkflows();
  const parsed = offboardUsers.input.parse({ ...input, preset: 'full', skip: ['devices'] });
  const draft = await offboardUsers.plan(parsed, { ...context, lifecycle });
  if (!('facts' in draft)) throw new Error('A plan was expected');
  const run = { ...context, ...applied, handoff, progress: () => undefined, lifecycle };
  expect(offboardUsers.output.parse(await offboardUsers.run(draft.facts, run))).toEqual(report);
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
  ['nobody', { users: [] }],
  ['more than 200 people', { users: Array.from({ length: 201 }, (_, i) => `u${i}@contoso.com`) }],
  ['an automatic reply in the name of all', { autoReply: { internal: 'gone' } }],
])('%s is refused', (_, wrong) => {
  expect(offboardUsers.input.safeParse({ ...input, ...wrong }).success).toBe(false);
});
