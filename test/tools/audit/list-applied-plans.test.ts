import { expect, test } from 'vitest';
import type { AppliedLine, AppliedPort, AppliedQuery } from '../../../src/contract/index.ts';
import listAppliedPlans from '../../../tools/audit/list-applied-plans.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { read } from '../../fixtures/tool-trial.ts';

const lines = Array.from(
  { length: 3 },
  (_, i): AppliedLine => ({
    planId: `p${i}`,
    tool: 'disable_user',
    risk: ['destructive'],
    summary: 'Disable Ann',
    targets: [{ kind: 'user', id: 'u1', name: 'ann@contoso.example' }],
    requester: 'os:alice',
    approved: { by: 'approver PIN (key k1)', at: '2026-03-01T12:00:00.000Z' },
    at: '2026-03-01T12:00:00.000Z',
    status: 'applied',
    outcome: 'completed',
  }),
);

/** Applied plans of which each list is written down. */
function portOf() {
  const asked: AppliedQuery[] = [];
  const applied: AppliedPort = {
    list: async (query) => {
      asked.push(query);
      return { items: lines.slice(query.offset, query.offset + query.limit), total: lines.length };
    },
  };
  return { asked, applied };
}

test('it lists page by page, each line whole', async () => {
  const { asked, applied } = portOf();
  const first = await read(listAppliedPlans, { pageSize: 2 }, new FakeGraph(), { applied });
  expect(first).toEqual({ items: lines.slice(0, 2), total: 3, nextCursor: expect.any(String) });
  const second = await read(listAppliedPlans, { pageSize: 2, cursor: first.nextCursor }, new FakeGraph(), { applied });
  expect(second).toEqual({ items: lines.slice(2), total: 3 });
  expect(asked.map(({ offset, limit }) => [offset, limit])).toEqual([
    [0, 2],
    [2, 2],
  ]);
});

test('its filters go to the port', async () => {
  const { asked, applied } = portOf();
  const filters = { user: 'ann@contoso.example', tool: 'disable_user' };
  await read(listAppliedPlans, { ...filters, since: '2026-03-01' }, new FakeGraph(), { applied });
  expect(asked).toEqual([{ ...filters, since: Date.UTC(2026, 2, 1), limit: 25, offset: 0 }]);
});

test('it takes no other requester, and nothing that is no moment', () => {
  for (const input of [
    { requester: 'os:bob' },
    { since: 'yesterday' },
    { user: 'a/b' },
    { tool: 'x'.repeat(101) },
    { tool: '' },
    { tool: 'Disable user' },
  ]) {
    expect(listAppliedPlans.input.safeParse(input).success).toBe(false);
  }
});

test('what it costs in tools/list is small', () => {
  const { name, description } = listAppliedPlans;
  expect(name.length + description.length).toBeLessThan(140);
});
