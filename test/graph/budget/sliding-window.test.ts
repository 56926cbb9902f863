import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlidingWindow } from '../../../src/graph/budget/sliding-window.ts';
import { fullestWindow } from './demand.ts';

describe('a sliding window', () => {
  it('lets its limit through at once, and the next when the first has aged out', () => {
    const window = new SlidingWindow(3, 1000);
    for (let i = 0; i < 3; i += 1) {
      expect(window.delayMs(1, 'interactive', 0)).toBe(0);
      window.take(1, 0);
      window.settle(1, 1, i * 100);
    }
    // Answered at 0: it may have been counted at the very end of that millisecond.
    expect(window.delayMs(1, 'interactive', 200)).toBe(801);
    expect(window.delayMs(2, 'interactive', 200)).toBe(901);
    expect(window.delayMs(1, 'interactive', 1001)).toBe(0);
  });

  it('counts what is under way for as long as it is', () => {
    const window = new SlidingWindow(1, 1000);
    window.take(1, 0);
    expect(window.delayMs(1, 'interactive', 5000)).toBeGreaterThan(0);
    window.settle(1, 1, 5000);
    expect(window.delayMs(1, 'interactive', 5500)).toBe(501);
  });

  it('gives back what was never sent, and charges what Graph says', () => {
    const window = new SlidingWindow(10, 1000);
    window.take(5, 0);
    window.settle(5, 0, 0);
    expect(window.used(0)).toBe(0);
    window.take(1, 0);
    window.settle(1, 7, 0);
    expect(window.used(0)).toBe(7);
  });

  it('keeps a part of the limit from long jobs', () => {
    const window = new SlidingWindow(10, 1000);
    window.take(9, 0);
    expect(window.delayMs(1, 'bulk', 0)).toBeGreaterThan(0);
    expect(window.delayMs(1, 'interactive', 0)).toBe(0);
  });

  it('lets a request pass that is larger than the limit, once there is room for what it can', () => {
    expect(new SlidingWindow(2, 1000).delayMs(5, 'interactive', 0)).toBe(2000);
  });

  it('is never over its limit where it is counted, wherever the window begins and however long requests travel', () => {
    const step = fc.record({
      amount: fc.integer({ min: 1, max: 4 }),
      pauseMs: fc.integer({ min: 0, max: 300 }),
      thereMs: fc.integer({ min: 0, max: 400 }),
      backMs: fc.integer({ min: 0, max: 400 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const window = new SlidingWindow(10, 1000);
        const counted: { at: number; amount: number }[] = [];
        const answers: { at: number; amount: number }[] = [];
        let now = 0;
        const answerUntil = (time: number) => {
          answers.sort((a, b) => a.at - b.at);
          while ((answers[0]?.at ?? Number.POSITIVE_INFINITY) <= time) {
            const answer = answers.shift();
            if (answer !== undefined) window.settle(answer.amount, answer.amount, answer.at);
          }
        };
        for (const { amount, pauseMs, thereMs, backMs } of steps) {
          now += pauseMs;
          answerUntil(now);
          while (window.delayMs(amount, 'interactive', now) > 0) {
            now += 1;
            answerUntil(now);
          }
          window.take(amount, now);
          counted.push({ at: now + thereMs, amount });
          answers.push({ at: now + thereMs + backMs, amount });
        }
        counted.sort((a, b) => a.at - b.at);
        expect(fullestWindow(counted, 1000)).toBeLessThanOrEqual(10);
      }),
      { numRuns: 60 },
    );
  });

  it('forgets what has aged out, so that it does not grow', () => {
    const window = new SlidingWindow(Number.MAX_SAFE_INTEGER, 1000);
    for (let at = 0; at < 200_000; at += 100) window.record(1, at);
    expect(window.since(0).length).toBeLessThanOrEqual(11);
  });
});
