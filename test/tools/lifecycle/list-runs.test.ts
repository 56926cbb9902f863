import { expect, test } from 'vitest';
import { type RunLine, type RunPort, type RunQuery, runKinds, runStatuses } from '../../../src/contract/index.ts';
import listRuns from '../../../tools/lifecycle/list-runs.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { read } from '../../fixtures/tool-trial.ts';

const lines = Array.from(
  { length: 3 },
  (_, i): RunLine => ({
    runId: `r${i}`,
    kind: 'offboarding',
    status: 'completed',
    user: { id: 'u1', userPrincipalName: 'ann@contoso.example' },
    createdAt: '2026-03-01T12:00:00.000Z',
    summary: '3 done',
  }),
);

/** Runs of which each list is written down. */
function runsOf() {
  const asked: RunQuery[] = [];
  const runs: RunPort = {
    get: () => Promise.reject(new Error('list_runs reads no single run')),
    list: async (query) => {
      asked.push(query);
      return { runs: lines.slice(query.offset, query.offset + query.limit), total: lines.length };
    },
  };
  return { asked, runs };
}

test('it lists page by page', async () => {
  const { asked, runs } = runsOf();
  const first = await read(listRuns, { pageSize: 2 }, new FakeGraph(), { runs });
  expect(first).toEqual({ items: lines.slice(0, 2), total: 3, nextCursor: expect.any(String) });
  const second = await read(listRuns, { pageSize: 2, cursor: first.nextCursor }, new FakeGraph(), { runs });
  expect(second).toEqual({ items: lines.slice(2), total: 3 });
  expect(asked.map(({ offset, limit }) => [offset, limit])).toEqual([
    [0, 2],
    [2, 2],
  ]);
});

test('its filters go to the port as they are', async () => {
  const { asked, runs } = runsOf();
  const filters = { status: 'waiting', kind: 'undo', user: 'ann@contoso.example' } as const;
  await read(listRuns, filters, new FakeGraph(), { runs });
  expect(asked).toEqual([{ ...filters, limit: 25, offset: 0 }]);
});

test('it takes every kind and status, and no other', () => {
  for (const status of runStatuses) expect(listRuns.input.safeParse({ status }).success).toBe(true);
  for (const kind of runKinds) expect(listRuns.input.safeParse({ kind }).success).toBe(true);
  for (const input of [{ status: 'done' }, { kind: 'all' }, { user: 'a/b' }, { requester: 'os:bob' }]) {
    expect(listRuns.input.safeParse(input).success).toBe(false);
  }
});
