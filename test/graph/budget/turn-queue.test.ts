import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TurnQueue, Waiter } from '../../../src/graph/budget/turn-queue.ts';
import { demandOf, read } from './demand.ts';

it('keeps the order of those who wait, first those who come again, and what they ask for', () => {
  const step = fc.oneof(
    fc.record({ add: fc.boolean(), units: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ removeAt: fc.nat() }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new TurnQueue();
      let model: Waiter[] = [];
      for (const each of steps) {
        if ('add' in each) {
          const waiter = new Waiter(demandOf({ again: each.add, cost: read(each.units) }), 0);
          queue.add(waiter);
          const firsts = model.filter(({ demand }) => demand.again);
          const others = model.filter(({ demand }) => !demand.again);
          model = each.add ? [...firsts, waiter, ...others] : [...firsts, ...others, waiter];
        } else {
          const waiter = model[each.removeAt % Math.max(1, model.length)];
          if (waiter === undefined) continue;
          queue.remove(waiter);
          model = model.filter((other) => other !== waiter);
        }
        expect([...queue]).toEqual(model);
        expect(queue.head).toBe(model[0]);
        const units = model.reduce((sum, { demand }) => sum + demand.cost.units, 0);
        expect(queue.amounts).toEqual({ units, writes: 0, requests: model.length });
      }
    }),
    { numRuns: 100 },
  );
});
