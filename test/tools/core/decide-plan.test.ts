import { expect, test } from 'vitest';
import { type ApplyContext, type ChangeAnswer, ToolError } from '../../../src/contract/index.ts';
import decidePlan from '../../../tools/core/decide-plan.ts';

const completed: ChangeAnswer = { status: 'completed', message: 'Done' };
const clicked = { planId: 'p1', nonce: 'n1', decision: 'approve' };

/** Records what is decided; plans are nothing to this tool. */
function cardThat(decide: () => Promise<ChangeAnswer>) {
  const decided: unknown[] = [];
  const refuse = () => Promise.reject(new Error('not asked for'));
  const context: ApplyContext = {
    plans: { get: refuse, apply: refuse },
    card: {
      decide: (...all) => {
        decided.push(all);
        return decide();
      },
    },
  };
  return { context, decided };
}

test('it hands on what was clicked with the nonce of the card, and answers what came of it', async () => {
  const { context, decided } = cardThat(async () => completed);
  expect(await decidePlan.run(decidePlan.input.parse(clicked), context)).toBe(completed);
  expect(decided).toEqual([['p1', 'n1', 'approve']]);
});

test('a refusal comes through', async () => {
  const refusal = new ToolError('INPUT_INVALID', { message: 'Not the nonce.', fix: 'Show plan.approve.' });
  const { context } = cardThat(() => Promise.reject(refusal));
  await expect(decidePlan.run(decidePlan.input.parse({ ...clicked, nonce: undefined }), context)).rejects.toBe(refusal);
});

test.each([
  {},
  { planId: 'p1' },
  { ...clicked, decision: 'maybe' },
  { ...clicked, planId: '../x' },
  { ...clicked, pin: 'demo' },
])('it takes no other input: %j', (input) => {
  expect(decidePlan.input.safeParse(input).success).toBe(false);
});
