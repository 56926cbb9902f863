import { expect, test } from 'vitest';
import { offboardingStorm } from '../../../bench/offboarding-storm.ts';
import { quotas } from '../../../src/graph/budget/quotas.ts';

test('120 people offboarded at once use 99 % of the published write quota while writes are queued, and cause no 429', async () => {
  const { throttled, queued, writes } = await offboardingStorm(120);
  expect(throttled).toBe(0);
  expect(writes).toBeGreaterThan(600);
  // The first of them leave at once, all others in their turn.
  expect(queued.writes).toBeGreaterThan(writes - 30);
  const used = queued.writes / queued.ms / (quotas.writes.limit / quotas.writes.windowMs);
  expect(used).toBeGreaterThanOrEqual(0.99);
  expect(used).toBeLessThanOrEqual(1);
}, 60_000);
