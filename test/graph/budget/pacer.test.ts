import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pacer } from '../../../src/graph/budget/pacer.ts';
import { quotas, writeBurst, writesPerSecond } from '../../../src/graph/budget/quotas.ts';
import { fullestWindow } from './demand.ts';

describe('a pacer', () => {
  it('lets a burst through, then one at a time at its pace', () => {
    const pacer = new Pacer(20, 3);
    pacer.take(3, 0);
    expect(pacer.delayMs(1, 'bulk', 0)).toBe(50);
    expect(pacer.delayMs(1, 'bulk', 50)).toBe(0);
    pacer.take(1, 50);
    expect(pacer.delayMs(2, 'bulk', 50)).toBe(100);
  });

  it('saves up no more than a burst', () => {
    const pacer = new Pacer(20, 3);
    pacer.take(3, 0);
    expect(pacer.delayMs(3, 'bulk', 3_600_000)).toBe(0);
    expect(pacer.delayMs(4, 'bulk', 3_600_000)).toBe(50);
  });

  it('gives back what was never sent', () => {
    const pacer = new Pacer(20, 3);
    pacer.take(3, 0);
    pacer.settle(1, 0, 0);
    expect(pacer.delayMs(1, 'bulk', 0)).toBe(0);
  });

  it('slows down while Graph refuses a part, and comes back to its pace', () => {
    const pacer = new Pacer(20, 1);
    pacer.take(1, 0);
    pacer.press(0.99, 0);
    expect(pacer.delayMs(1, 'bulk', 0)).toBe(50);
    pacer.press(1.8, 0);
    expect(pacer.delayMs(1, 'bulk', 0)).toBeGreaterThan(90);
    pacer.take(1, 60_000);
    expect(pacer.delayMs(1, 'bulk', 60_000)).toBe(50);
  });

  it('with the numbers of the write quota stays below it, however writes come', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 40 }), (pauses) => {
        const pacer = new Pacer(writesPerSecond, writeBurst);
        const sent: { at: number; amount: number }[] = [];
        let now = 0;
        for (const pause of pauses) {
          now += pause;
          for (let i = 0; i < 200; i += 1) {
            now += pacer.delayMs(1, 'bulk', now);
            pacer.take(1, now);
            sent.push({ at: now, amount: 1 });
          }
        }
        expect(fullestWindow(sent, quotas.writes.windowMs)).toBeLessThanOrEqual(quotas.writes.limit);
      }),
      { numRuns: 30 },
    );
  });
});
