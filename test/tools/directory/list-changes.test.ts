import { expect, test } from 'vitest';
import { changeKinds } from '../../../src/contract/index.ts';
import listChanges from '../../../tools/directory/list-changes.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { read } from '../../fixtures/tool-trial.ts';
import { refusalOf } from '../refused-input.ts';
import { changes, fakeDirectory } from './fake-directory.ts';

test('it answers a page of the feed, where it goes on, and how old the mirror is', async () => {
  const { directory } = fakeDirectory();
  expect(await read(listChanges, { since: 'start' }, new FakeGraph(), { directory })).toEqual(changes);
});

test('it begins at a moment, or goes on at a cursor', async () => {
  const { asked, directory } = fakeDirectory();
  const ask = (input: Parameters<typeof read<typeof listChanges.input, unknown>>[1]) =>
    read(listChanges, input, new FakeGraph(), { directory });
  await ask({ since: '2026-03-01T08:00:00Z' });
  await ask({ cursor: 'c1.ab.7', kinds: ['member_added', 'member_removed'], pageSize: 100 });
  await ask({ since: 'c1.ab.7', pageSize: 1 });
  expect(asked.changes).toEqual([
    { since: '2026-03-01T08:00:00Z', kinds: undefined, limit: 25 },
    { since: 'c1.ab.7', kinds: ['member_added', 'member_removed'], limit: 100 },
    { since: 'c1.ab.7', kinds: undefined, limit: 1 },
  ]);
});

test('it takes every kind', () => {
  expect(listChanges.input.safeParse({ since: 'start', kinds: [...changeKinds] }).success).toBe(true);
});

test.each([
  [{}, 'since is required, or cursor in its place'],
  [{ pageSize: 10 }, 'since is required, or cursor in its place'],
  [{ since: '' }, 'since is empty'],
  [{ since: 'a'.repeat(201) }, 'since has more than 200 characters'],
  [{ cursor: '' }, 'cursor is none of list_changes or delta_sync'],
  [{ cursor: 'start' }, 'cursor is none of list_changes or delta_sync'],
  [{ cursor: '2026-03-01T08:00:00Z' }, 'cursor is none of list_changes or delta_sync'],
  [{ since: 'start', kinds: [] }, 'kinds is empty'],
  [{ since: 'start', kinds: ['user_changed'] }, 'kinds.0 must be one of user_created, '],
  [{ since: 'start', pageSize: 0 }, 'pageSize is less than 1'],
  [{ since: 'start', pageSize: 101 }, 'pageSize is more than 100'],
  [{ since: 'start', limit: 10 }, 'limit is not a field of this tool'],
])('it refuses %j', (input, problem) => {
  expect(refusalOf(listChanges, input)).toContain(problem);
});
