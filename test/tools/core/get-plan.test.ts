import { expect, test } from 'vitest';
import { type PlanReport, ToolError } from '../../../src/contract/index.ts';
import getPlan from '../../../tools/core/get-plan.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { read } from '../../fixtures/tool-trial.ts';

const report: PlanReport = {
  plan: {
    id: 'p1',
    tool: 'disable_user',
    risk: ['destructive'],
    summary: 'Disable Ann Berg (ann@contoso.com)',
    effects: ['New sign-ins are blocked'],
    warnings: [],
    undo: 'enable_user',
    tenant: { id: 't1', name: 'Contoso', cloud: 'global' },
    reason: 'left the company',
    stepUp: false,
    requester: 'os:alice',
    createdAt: '2026-03-01T12:00:00Z',
    expiresAt: '2026-03-01T12:15:00Z',
    approve: { command: 'entra-mcp approve p1' },
  },
  status: 'applied',
  runId: 'r1',
  result: { id: 'u1', accountEnabled: false },
  auditHead: 'abc',
};

test('it shows the plan, where it stands, and its result', async () => {
  const plans = { get: async () => report, apply: () => Promise.reject(new Error('get_plan applies nothing')) };
  expect(await read(getPlan, { planId: 'p1' }, new FakeGraph(), { plans })).toEqual(report);
});

test('an unknown plan is NOT_FOUND, as the gate says', async () => {
  const missing = new ToolError('NOT_FOUND', { message: 'No such plan.', fix: 'Plan again.' });
  const plans = { get: () => Promise.reject(missing), apply: () => Promise.reject(missing) };
  await expect(read(getPlan, { planId: 'p2' }, new FakeGraph(), { plans })).rejects.toBe(missing);
});

test.each([{}, { planId: '' }, { planId: 'x'.repeat(101) }, { planId: 'p1', apply: true }])('refuses %j', (input) => {
  expect(getPlan.input.safeParse(input).success).toBe(false);
});
