import { expect, test } from 'vitest';
import { type ChangeAnswer, type PlanPort, ToolError } from '../../../src/contract/index.ts';
import applyPlan from '../../../tools/core/apply-plan.ts';

const completed: ChangeAnswer = { status: 'completed', message: 'Done' };

/** Records what it is asked to apply. */
function plansThat(apply: PlanPort['apply']) {
  const asked: [string, number][] = [];
  const plans: PlanPort = {
    get: () => Promise.reject(new Error('not asked for')),
    apply: (planId, waitSeconds) => {
      asked.push([planId, waitSeconds]);
      return apply(planId, waitSeconds);
    },
  };
  const card = { decide: () => Promise.reject(new Error('not asked for')) };
  return { plans, card, asked };
}

test('it applies the plan, waits 20 seconds unless told, and answers what the gate answers', async () => {
  const { asked, ...context } = plansThat(async () => completed);
  expect(await applyPlan.run(applyPlan.input.parse({ planId: 'p1' }), context)).toBe(completed);
  await applyPlan.run(applyPlan.input.parse({ planId: 'p1', waitSeconds: 0 }), context);
  expect(asked).toEqual([
    ['p1', 20],
    ['p1', 0],
  ]);
});

test('a refusal of the gate comes through', async () => {
  const stale = new ToolError('PLAN_STALE', { message: 'Changed.', fix: 'Look at detail.plan.' });
  const context = plansThat(() => Promise.reject(stale));
  await expect(applyPlan.run(applyPlan.input.parse({ planId: 'p1' }), context)).rejects.toBe(stale);
});

test.each([
  {},
  { planId: '' },
  { planId: 'p1', waitSeconds: 601 },
  { planId: 'p1', waitSeconds: -1 },
  { planId: 'p1', waitSeconds: 1.5 },
  { planId: 'p1', approve: true },
  { planId: 'p1', pin: '12345678' },
])('refuses %j: nothing in it could approve', (input) => {
  expect(applyPlan.input.safeParse(input).success).toBe(false);
});

test('it is marked destructive, since it may carry out any plan', () => {
  expect(applyPlan.risk).toBe('destructive');
});
