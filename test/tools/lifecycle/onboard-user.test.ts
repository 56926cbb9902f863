import { expect, test } from 'vitest';
import type { Json, WorkflowRunContext } from '../../../src/contract/index.ts';
import onboardUser from '../../../tools/lifecycle/onboard-user.ts';
import { onboardingWrites } from '../../../tools/lifecycle/onboarding-writes.ts';
import { resumableWrites } from '../../../tools/lifecycle/resumable-writes.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { applied, noWorkflows } from '../../fixtures/no-workflows.ts';
import { handoff, still } from '../../fixtures/tool-trial.ts';
import { rememberingWorkflows } from './offboarding-inputs.ts';

const input = { userPrincipalName: 'nora.new@contoso.com', displayName: 'Nora New' };
const context = {
  graph: new FakeGraph(),
  clock: still,
  signal: new AbortController().signal,
  requester: 'os:tester',
  identity: 'app:test',
};

test('hands what was asked to the workflow, and the facts back to it; the reason is no part of the request', async () => {
  const { report } = rememberingWorkflows();
  const asked: unknown[] = [];
  const onboarded = {
    plan: async (request: unknown) => {
      asked.push(request);
      return { summary: 'Onboard', effects: [], targets: [], facts: { who: 'nora' } };
    },
    run: async (facts: Json, { plan }: WorkflowRunContext) => {
      asked.push({ facts, planId: plan.id });
      return report;
    },
  };
  const lifecycle = { ...noWorkflows, onboardUser: onboarded };
  const given = { ...input, properties: { jobTitle: 'Engineer' }, like: 'ann@contoso.com', reason: 'a new colleague' };
  const draft = await onboardUser.plan(onboardUser.input.parse(given), { ...context, lifecycle });
  if (!('facts' in draft)) throw new Error('A plan was expected');
  const run = { ...context, ...applied, handoff, progress: () => undefined, lifecycle };
  expect(onboardUser.output.parse(await onboardUser.run(draft.facts, run))).toEqual(report);
  expect(asked).toEqual([
    { ...input, properties: { jobTitle: 'Engineer' }, like: 'ann@contoso.com', onFailure: 'keep' },
    { facts: { who: 'nora' }, planId: 'plan-1' },
  ]);
});

test('gives access, makes a secret, is a run, and can be gone on with', () => {
  expect(onboardUser).toMatchObject({ risk: 'grant', seals: 'password', durable: true, idempotent: false });
  expect(resumableWrites).toEqual(expect.arrayContaining([...onboardingWrites]));
});

test.each([
  ['a password', { password: 'secret' }],
  ['a property that is not set here', { properties: { accountEnabled: true } }],
  ['a country that is none', { usageLocation: 'Germany' }],
  ['another way with failures', { onFailure: 'ignore' }],
  ['a license that is neither id nor part number', { licenses: ['E5 & more'] }],
  ['no name', { displayName: undefined }],
])('%s is refused', (_, wrong) => {
  expect(onboardUser.input.safeParse({ ...input, ...wrong }).success).toBe(false);
});
