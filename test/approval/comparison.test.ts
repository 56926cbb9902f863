import { describe, expect, test } from 'vitest';
import { Comparing, type Comparison, lagMs } from '../../src/approval/comparison.ts';
import type { EntraActivity } from '../../src/approval/entra-log.ts';
import type { RecordedWrite } from '../../src/approval/recorded-writes.ts';

const noon = Date.UTC(2026, 0, 1, 12);
const later = noon + 2 * 60 * 60_000;
const minute = 60_000;

function write(more: Partial<RecordedWrite> = {}): RecordedWrite {
  return {
    ...{ seq: 3, planId: 'p1', at: noon, answeredAt: noon + 500, method: 'PATCH', template: '/users/{}' },
    ...{ url: 'https://graph.microsoft.com/v1.0/users/u1', clientRequestId: 'C1', status: 204, ids: ['u1'] },
    ...more,
  };
}

function activity(more: Partial<EntraActivity> = {}): EntraActivity {
  return {
    ...{ id: 'a1', at: noon + 1_000, activity: 'Update user', service: 'Core Directory', operation: 'Update' },
    ...{ result: 'success', correlationId: 'c1', targets: [{ id: 'u1', name: 'ann' }] },
    ...more,
  };
}

function compared(writes: RecordedWrite[], activities: EntraActivity[], { now = later, from = 0 } = {}): Comparison {
  const comparing = new Comparing(writes);
  for (const one of activities) comparing.add([one]);
  return comparing.result(now, from);
}

const none = { pending: [], missing: [], unrecorded: [] };

describe('by correlation id', () => {
  test('a write is found, whatever the case, and explains every row of its request', () => {
    const rows = [activity(), activity({ id: 'a2', activity: 'Disable account' })];
    expect(compared([write()], rows)).toEqual({ writes: 1, found: 1, ...none });
  });

  test('it explains no row of another request, however near', () => {
    const other = activity({ id: 'a2', correlationId: 'c9' });
    expect(compared([write()], [activity(), other]).unrecorded).toEqual([other]);
    expect(compared([write()], [other, activity()]).unrecorded).toEqual([other]);
  });

  test('what was refused is on record too', () => {
    const refused = activity({ result: 'failure' });
    expect(compared([write({ status: 403 })], [refused])).toEqual({ writes: 0, found: 0, ...none });
  });
});

describe('where Entra kept another correlation id', () => {
  const foreign = (more: Partial<EntraActivity> = {}) => activity({ correlationId: 'f1', ...more });

  test('object and time decide', () => {
    expect(compared([write()], [foreign()])).toEqual({ writes: 1, found: 1, ...none });
    for (const row of [
      foreign({ at: noon - 3 * minute }),
      foreign({ at: noon + 11 * minute }),
      foreign({ targets: [{ id: 'u2', name: 'bob' }] }),
      foreign({ targets: [] }),
    ]) {
      expect(compared([write()], [row])).toMatchObject({ found: 0, missing: [{ seq: 3 }], unrecorded: [row] });
    }
  });

  test('a deletion is explained by a deletion alone', () => {
    const row = foreign({ operation: 'Delete' });
    expect(compared([write()], [row]).unrecorded).toEqual([row]);
    expect(compared([write({ method: 'DELETE' })], [row]).unrecorded).toEqual([]);
  });

  test('a write whose answer was lost may be the one; one that was refused is not', () => {
    for (const status of ['lost', undefined] as const)
      expect(compared([write({ status })], [foreign()]).unrecorded).toEqual([]);
    expect(compared([write({ status: 403 })], [foreign()]).unrecorded).toHaveLength(1);
  });
});

describe('what Entra does not have', () => {
  test('may not be there yet', () => {
    const young = compared([write()], [], { now: noon + lagMs - 1 });
    expect(young).toEqual({ writes: 1, found: 0, pending: [write()], missing: [], unrecorded: [] });
    expect(compared([write()], [], { now: noon + lagMs })).toMatchObject({ pending: [], missing: [write()] });
  });

  test('is nothing of what was not done, is logged elsewhere, or is too old', () => {
    const elsewhere = [
      write({ template: '/users/{}/mailboxSettings' }),
      write({ method: 'POST', template: '/drives/{}/root/invite' }),
    ];
    const undone = [write({ status: 'lost' }), write({ status: undefined }), write({ status: 400 })];
    for (const one of [...elsewhere, ...undone]) expect(compared([one], [])).toEqual({ writes: 0, found: 0, ...none });
    expect(compared([write()], [], { from: noon + 1 })).toEqual({ writes: 0, found: 0, ...none });
  });
});

test('a change that nobody here recorded is found among a thousand that somebody did', () => {
  const writes = Array.from({ length: 1_000 }, (_, i) => write({ seq: i, clientRequestId: `c${i}`, ids: [`u${i}`] }));
  const rows = writes.map((_, i) =>
    activity({ id: `a${i}`, correlationId: `c${i}`, targets: [{ id: `u${i}`, name: '' }] }),
  );
  const hidden = activity({ id: 'hidden', correlationId: 'x', targets: [{ id: 'u500', name: '' }] });
  expect(compared(writes, [...rows, hidden])).toEqual({ writes: 1_000, found: 1_000, ...none, unrecorded: [hidden] });
});
