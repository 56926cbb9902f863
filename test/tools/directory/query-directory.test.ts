import { expect, test } from 'vitest';
import queryDirectory from '../../../tools/directory/query-directory.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { read, readContext } from '../../fixtures/tool-trial.ts';
import { refusalOf } from '../refused-input.ts';
import { fakeDirectory, rows } from './fake-directory.ts';

const sql = 'SELECT displayName FROM users WHERE department = ?';

test('it answers the rows, and how old they are', async () => {
  const { directory } = fakeDirectory();
  expect(await read(queryDirectory, { sql }, new FakeGraph(), { directory })).toEqual(rows);
});

test('SQL and parameters go to the mirror as they are, for 100 rows unless told otherwise', async () => {
  const { asked, directory } = fakeDirectory();
  const ask = (input: Parameters<typeof read<typeof queryDirectory.input, unknown>>[1]) =>
    read(queryDirectory, input, new FakeGraph(), { directory });
  await ask({ sql });
  await ask({ sql, params: ['Sales', 1.5, true, null], limit: 500 });
  await ask({ sql, params: { department: "O'Brien; DROP TABLE users" }, limit: 1 });
  expect(asked.queries).toEqual([
    { sql, params: undefined, limit: 100 },
    { sql, params: ['Sales', 1.5, true, null], limit: 500 },
    { sql, params: { department: "O'Brien; DROP TABLE users" }, limit: 1 },
  ]);
});

test('the caller can stop it', async () => {
  const { asked, directory } = fakeDirectory();
  const context = readContext(new FakeGraph(), { directory });
  await queryDirectory.run(queryDirectory.input.parse({ sql }), context);
  expect(asked.signals).toEqual([context.signal]);
});

test.each([
  [{}, 'sql is required'],
  [{ sql: '' }, 'sql is empty'],
  [{ sql: `SELECT ${'1'.repeat(20_000)}` }, 'sql has more than 20000 characters'],
  [{ sql: 7 }, 'sql must be a string'],
  [{ sql, limit: 0 }, 'limit is less than 1'],
  [{ sql, limit: 501 }, 'limit is more than 500'],
  [{ sql, limit: 2.5 }, 'limit must be a whole number'],
  [{ sql, params: 'Sales' }, 'params has none of the forms it can have'],
  [{ sql, params: [['Sales']] }, 'params has none of the forms it can have'],
  [{ sql, params: { list: {} } }, 'params has none of the forms it can have'],
  [{ sql, parms: [] }, 'parms is not a field of this tool; did you mean params?'],
  [{ query: sql }, 'query is not a field of this tool'],
])('it refuses %j', (input, problem) => {
  expect(refusalOf(queryDirectory, input)).toContain(problem);
});
