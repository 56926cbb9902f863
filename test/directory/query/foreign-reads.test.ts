import { constants, DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { ToolError } from '../../../src/contract/index.ts';
import { checkedStatement } from '../../../src/directory/query/checking.ts';

const tables = ['users', 'groups'];
const db = new DatabaseSync(':memory:');
db.exec('CREATE TABLE users (id, name); CREATE TABLE groups (id, name); CREATE TABLE internal_x (id, name)');
afterAll(() => db.close());

/** What SQLite reads when it prepares SQL, and what else it does; undefined where it does not take it. */
function doneBy(sql: string): ReadonlySet<string> | undefined {
  const done = new Set<string>();
  db.setAuthorizer((action, first) => {
    if (action === constants.SQLITE_READ) done.add(`read ${first}`);
    else if (![constants.SQLITE_SELECT, constants.SQLITE_RECURSIVE, constants.SQLITE_FUNCTION].includes(action)) {
      done.add(`action ${action} ${first}`);
    }
    return constants.SQLITE_OK;
  });
  try {
    db.prepare(sql);
    return done;
  } catch {
    return undefined;
  } finally {
    db.setAuthorizer(null);
  }
}

const foreignName = fc.constantFrom(
  ...['internal_x', '"internal_x"', '[internal_x]', '`internal_x`', "'internal_x'", 'INTERNAL_X', 'main.internal_x'],
  ...[
    'sqlite_master',
    "'sqlite_master'",
    '"sqlite_schema"',
    'pragma_table_list',
    "pragma_table_info('users')",
    'dbstat',
  ],
  ...["'main'.internal_x", 'fts3tokenize', "'users'", 'temp.sqlite_schema'],
);
const name = fc.constantFrom('users', 'groups', 'users u', 'groups AS g', 'c', 'window', 'json_each(1)', 'groups');
const table = fc.oneof({ weight: 12, arbitrary: name }, { weight: 1, arbitrary: foreignName });
const expression = fc.oneof(
  fc.constantFrom('1', '*', 'count(*)', "'internal_x'", 'name', '"id"', 'NULL', '1 IS DISTINCT FROM 2', 'max(1)'),
  table.map((own) => `1 IN ${own}`),
  table.map((own) => `(SELECT 1 FROM ${own})`),
  table.map((own) => `EXISTS (SELECT * FROM users, ${own})`),
);
const join = fc.constantFrom(
  ', ',
  ' JOIN ',
  ' LEFT JOIN ',
  ' NATURAL JOIN ',
  ',/**/',
  '\n,--\n',
  ' CROSS JOIN (',
  ' window, ',
  ' x, ',
);
const from = fc
  .tuple(fc.constantFrom('', '(', '(('), table, fc.array(fc.tuple(join, table), { maxLength: 3 }))
  .map(([open, first, more]) => {
    const text = `${open}${first}${more.map(([between, own]) => between + own).join('')}`;
    return text + ')'.repeat(Math.max(0, text.split('(').length - text.split(')').length));
  });
const start = fc.constantFrom(
  ...[
    '',
    '',
    '',
    'WITH c AS (SELECT 1 AS id) ',
    'WITH internal_x AS (SELECT 1) ',
    'WITH c(id) AS MATERIALIZED (VALUES (1)) ',
  ],
  ...[
    'WITH RECURSIVE c AS (SELECT * FROM internal_x) ',
    'WITH "dbstat" AS (SELECT 1) ',
    "WITH 'internal_x' AS (SELECT 1) ",
  ],
);
const end = fc.constantFrom(
  ...['', '', ' WHERE 1', ' GROUP BY 1, 2', ' ORDER BY 1, name', ' WINDOW w AS (ORDER BY id), v AS (w)', ' LIMIT 1, 2'],
  ...[
    ' UNION SELECT 1 FROM internal_x',
    " UNION ALL SELECT 1 FROM 'internal_x'",
    ' EXCEPT VALUES (1)',
    '; SELECT 2',
    ' -- x',
  ],
);
const statement = fc
  .tuple(start, fc.array(expression, { minLength: 1, maxLength: 3 }), from, end)
  .map(([before, list, own, behind]) => `${before}SELECT ${list.join(', ')} FROM ${own}${behind}`);

test('whatever SQLite makes of SQL that passes, it reads the mirror and nothing else', () => {
  const seen = { taken: 0, refused: 0 };
  fc.assert(
    fc.property(statement, (sql) => {
      let checked: string;
      try {
        checked = checkedStatement(sql, tables).sql;
      } catch (error) {
        expect(error).toBeInstanceOf(ToolError);
        seen.refused += 1;
        return;
      }
      const done = doneBy(checked);
      if (done === undefined) return;
      seen.taken += 1;
      // A query that WITH names, and one in parentheses, is told as a table of that name.
      const foreign = [...done].filter((what) => !/^read (?:users|groups|json_each|c|\(.*|null|)$/.test(what));
      expect(foreign).toEqual([]);
    }),
    { numRuns: 5000 },
  );
  expect(seen.taken).toBeGreaterThan(150);
  expect(seen.refused).toBeGreaterThan(500);
});
