import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Population } from '../../../src/demo/people/population.ts';
import { Dice, stream } from '../../../src/demo/random.ts';

const domains = { initial: 'a.onmicrosoft.com', main: 'a.example', federated: 'f.a.example' };
const size = 1_000_000;
const populations = fc.integer().map((seed) => new Population(new Dice(seed), size, domains));
const index = fc.nat({ max: size - 1 });

test('an id leads back to its person, whatever its case, and no other id does', () => {
  fc.assert(
    fc.property(populations, index, fc.uuid(), (population, i, other) => {
      expect(population.indexOfId(population.id(i))).toBe(i);
      expect(population.indexOfId(population.id(i).toUpperCase())).toBe(i);
      expect(population.indexOfId(other)).toBeUndefined();
      expect(population.indexOfId(population.dice.guid(stream.device, i))).toBeUndefined();
    }),
  );
});

test('a user principal name leads back to its person, whatever its case', () => {
  fc.assert(
    fc.property(populations, index, (population, i) => {
      const { userPrincipalName } = population.facts(i);
      expect(population.indexOfUserPrincipalName(userPrincipalName)).toBe(i);
      expect(population.indexOfUserPrincipalName(userPrincipalName.toUpperCase())).toBe(i);
      expect(population.indexOfUserPrincipalName(`x${userPrincipalName}`)).toBeUndefined();
    }),
  );
});

test('reports are those whose manager one is, and nobody reports to a guest or in a circle', () => {
  fc.assert(
    fc.property(populations, index, (population, i) => {
      const manager = population.managerIndex(i);
      if (manager === undefined) {
        expect(i === 0 || population.kind(i) === 'guest').toBe(true);
        return;
      }
      expect(manager).toBeLessThan(i);
      expect(['member', 'synced']).toContain(population.kind(manager));
      expect([...population.reportIndexes(manager)]).toContain(i);
    }),
  );
});
