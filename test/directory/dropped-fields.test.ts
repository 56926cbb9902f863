import { expect, test } from 'vitest';
import type { GraphPort, Log } from '../../src/contract/index.ts';
import { Directory } from '../../src/directory/index.ts';
import { smallMirror } from './query/mirror.ts';

const refuse = (): never => {
  throw new Error('Nothing is asked of Graph');
};
const graph: GraphPort = { reader: refuse, delta: refuse, writer: refuse, usage: refuse, close: async () => undefined };
const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function directoryOf(file: string, fields: readonly string[]): Directory {
  const clock = { now: () => Date.UTC(2026, 10, 2), sleep: async () => undefined };
  return new Directory({ file, fields, graph, clock, log: silent, owner: 'test:1:a' });
}

test('what the settings no longer name is not told as a change, though the mirror still holds it', async () => {
  using mirror = smallMirror(['mobilePhone']);
  mirror.db.exec('UPDATE internal_mirror SET usersComplete = 1, groupsComplete = 1');
  for (const since of ['start', '2026-10-01']) {
    const shown = JSON.stringify(await directoryOf(mirror.file, ['mobilePhone']).changes({ since, limit: 100 }));
    const hidden = JSON.stringify(await directoryOf(mirror.file, []).changes({ since, limit: 100 }));
    expect([shown.includes('mobilePhone'), hidden.includes('mobilePhone')]).toEqual([true, false]);
    expect(hidden).toContain('department');
  }
});

test('a change of nothing else is not told at all, and the feed goes on after it', async () => {
  using mirror = smallMirror(['mobilePhone']);
  mirror.db.exec('UPDATE internal_mirror SET usersComplete = 1, groupsComplete = 1');
  mirror.db.exec("UPDATE changes SET fields = json_object('mobilePhone', json_extract(fields, '$.mobilePhone'))");
  const page = await directoryOf(mirror.file, []).changes({ since: '2026-10-01', limit: 100 });
  expect(page).toMatchObject({ items: [], more: false });
  const known = await directoryOf(mirror.file, ['mobilePhone']).changes({ since: '2026-10-01', limit: 100 });
  expect([known.items.length, known.nextCursor]).toEqual([1, page.nextCursor]);
});

test('what the mirror says of itself names what the settings could add', async () => {
  using mirror = smallMirror();
  const { notMirrored, tables } = await directoryOf(mirror.file, ['employeeId']).describe();
  expect(notMirrored).toContain('mobilePhone');
  expect(notMirrored).not.toContain('employeeId');
  expect(tables.find(({ name }) => name === 'users')?.rows).toBe(3);
});
