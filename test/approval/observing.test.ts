import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  coveredObservations,
  hasUnseenPrivilege,
  observedIds,
  shownObservations,
} from '../../src/approval/observing.ts';
import type { Observation } from '../../src/contract/index.ts';

const list = (items: Observation['items'], over: Partial<Observation> = {}): Observation => ({
  name: 'groups',
  title: 'Leaves these groups',
  all: true,
  items,
  ...over,
});
const item = (id: string, over: Partial<Observation['items'][number]> = {}) => ({ id, name: `Group ${id}`, ...over });

describe('what an approval covers of a list', () => {
  test('is less than was shown', () => {
    const covered = coveredObservations([list([item('a'), item('b')])], [list([item('b')])]);
    expect(observedIds(covered)).toEqual(['b']);
  });

  test('is more of the kind only where the plan said all', () => {
    const now = [list([item('a'), item('new')])];
    expect(observedIds(coveredObservations([list([item('a')])], now))).toEqual(['a', 'new']);
    expect(observedIds(coveredObservations([list([item('a')], { all: false })], now))).toEqual(['a']);
  });

  test('is never what is privileged and was not shown so', () => {
    const now = [list([item('a', { privileged: true }), item('new', { privileged: true })])];
    expect(observedIds(coveredObservations([list([item('a', { privileged: true })])], now))).toEqual(['a']);
    expect(observedIds(coveredObservations([list([item('a')])], now))).toEqual([]);
    expect(hasUnseenPrivilege([list([item('a')])], now)).toBe(true);
    expect(hasUnseenPrivilege(now, now)).toBe(false);
  });

  test('is never what was shown as left alone, nor a list of another person or step', () => {
    const now = [list([item('a')])];
    expect(observedIds(coveredObservations([list([item('a', { kept: 'dynamic' })])], now))).toEqual([]);
    expect(observedIds(coveredObservations([list([item('a')], { of: 'bob' })], now))).toEqual([]);
    expect(observedIds(coveredObservations([list([item('a')], { name: 'devices' })], now))).toEqual([]);
  });

  test('holds for all lists: only what was shown, or what is unprivileged under all', () => {
    const items = fc.uniqueArray(
      fc.record({ id: fc.constantFrom(...'abcdefgh'), name: fc.constant('x'), privileged: fc.boolean() }),
      { selector: ({ id }) => id },
    );
    fc.assert(
      fc.property(items, items, fc.boolean(), (shown, now, all) => {
        const ids = observedIds(coveredObservations([list(shown, { all })], [list(now)]));
        for (const one of now.filter(({ id }) => ids.includes(id))) {
          const before = shown.find(({ id }) => id === one.id);
          expect(before === undefined ? all && !one.privileged : before.privileged || !one.privileged).toBe(true);
        }
        for (const one of now)
          if (shown.some(({ id, privileged }) => id === one.id && privileged)) expect(ids).toContain(one.id);
      }),
    );
  });
});

describe('what a plan shows of very long lists', () => {
  const long = Array.from({ length: 900 }, (_, i) => item(`g${i}`));

  test('is cut, says how many more there are, and hides nothing privileged', () => {
    const given = [list([...long, item('boss', { privileged: true })]), list([item('d')], { name: 'devices' })];
    const [groups, devices] = shownObservations(given);
    expect(groups?.items[0]).toMatchObject({ id: 'boss' });
    expect((groups?.items.length ?? 0) + (groups?.more ?? 0)).toBe(901);
    expect(devices?.items).toHaveLength(1);
    // The approval of the cut list covers the whole of it.
    expect(observedIds(coveredObservations([groups ?? list([])], [given[0] ?? list([])]))).toHaveLength(901);
  });

  test('is whole where it is short', () => {
    expect(shownObservations([list([item('a')])])).toEqual([list([item('a')])]);
  });
});
