import { describe, expect, test } from 'vitest';
import { ToolError } from '../../../src/contract/index.ts';
import { checkedStatement } from '../../../src/directory/query/checking.ts';
import { selectionOf } from '../../../src/directory/selection.ts';
import { tablesOf } from '../../../src/directory/tables.ts';
import { hostileStatements } from './hostile.ts';

const tables = tablesOf(selectionOf()).map(({ name }) => name);
const checked = (sql: string) => checkedStatement(sql, tables);

test.each(hostileStatements({ folder: '/folder', state: '/folder/state.db' }).filter(({ by }) => by === 'refused'))(
  'refused before it runs: $name',
  ({ sql }) => {
    expect(() => checked(sql)).toThrow(ToolError);
  },
);

describe('what reads the mirror passes', () => {
  test.each([
    "SELECT id FROM users WHERE jobTitle = 'Vacuum technician'",
    "SELECT id FROM users WHERE displayName IN ('sqlite_master', 'internal_mirror', 'PRAGMA', 'main', 'x; DROP TABLE users')",
    "SELECT id FROM groups WHERE displayName LIKE 'internal_%' OR displayName LIKE '%--%' OR displayName = '/* x'",
    'SELECT "delete", `update` FROM (SELECT 1 AS "delete", 2 AS [update])',
    "SELECT replace(displayName, 'a', 'b') FROM users",
    'SELECT \'begin\' AS "begin", count(*) AS total FROM users;',
    'SELECT u.displayName FROM users AS u LEFT JOIN users m ON m.id = u.managerId, groups g CROSS JOIN licenses',
    'SELECT * FROM (users u JOIN (memberships m JOIN groups g ON g.id = m.groupId) ON u.id = m.memberId)',
    'WITH RECURSIVE up(id, level) AS (SELECT id, 0 FROM users UNION ALL SELECT u.managerId, level + 1 FROM users u JOIN up USING (id)) SELECT * FROM up',
    'WITH a AS MATERIALIZED (SELECT 1), b AS NOT MATERIALIZED (SELECT 2), "c d" AS (VALUES (3)) SELECT * FROM a, b, "c d"',
    'SELECT id, rank() OVER (PARTITION BY department ORDER BY id) FROM users',
    'SELECT sum(1) FILTER (WHERE accountEnabled) OVER w FROM users WINDOW w AS (ORDER BY id), v AS (w)',
    'SELECT key, value FROM users, json_each(users.object) AS each WHERE each.key = ?',
    "SELECT object ->> '$.department', fields -> '$.a' FROM users, changes",
    'SELECT 1 WHERE 1 IN (1, 2) AND 2 NOT IN (SELECT 3) AND EXISTS (SELECT 1) AND NOT (1 = 2)',
    'SELECT CASE WHEN (1) THEN (2) ELSE (3) END, CAST(1 AS TEXT), a.x FROM (SELECT 1 AS x) a',
    'SELECT count(*) FROM users WHERE id IS NOT DISTINCT FROM managerId',
    "SELECT printf('%.1f %%', 12.34), format('%05d', 7)",
    'SELECT id FROM users UNION SELECT id FROM groups EXCEPT VALUES (1) ORDER BY 1 LIMIT (2) OFFSET (1)',
    'VALUES (1, 2), (3, 4)',
    'SELECT * FROM (WITH RECURSIVE n(i) AS (SELECT 1), m AS (SELECT 2) SELECT i FROM n, m), (VALUES (3))',
    "SELECT printf('in 2026: %5.2f', 1)",
    'SELECT 1 -- the end',
    'SELECT /* FROM sqlite_master; */ 1',
    'SELECT * FROM GROUPS g WHERE g.displayName IS NOT NULL',
    "SELECT date('now', '-90 days') < createdDateTime AND lower(mail) GLOB '*@x' FROM users",
  ])('%s', (sql) => {
    expect(checked(sql).sql).toBe(sql.replace(/;$|\s*--[^']*$/, ''));
  });
});

test('a statement knows its parameters, and the tables behind its aliases', () => {
  const { parameters, sources } = checked(
    'SELECT :a, u.id FROM users u JOIN groups AS "G" ON g.id = :b WHERE u.id = :a',
  );
  expect(parameters).toEqual([':a', ':b', ':a']);
  expect(sources.get('u')).toBe('users');
  expect(sources.get('g')).toBe('groups');
});

test.each([
  ['DELETE FROM users', 'begins with "DELETE"'],
  ['SELECT * FROM sqlite_master', '"sqlite_master" does not belong to the mirror'],
  ["SELECT * FROM 'users'", 'A text stands where a table is named'],
  ['SELECT * FROM main.users', 'A schema or a text stands before a dot'],
  ['SELECT * FROM user', 'There is no table "user"'],
  ['SELECT randomblob(10)', 'The function "randomblob" cannot be used'],
  ['SELECT 1; SELECT 2', 'more after the first statement'],
  ['SELECT (1', 'not closed'],
  ['SELECT 1)', 'without its ('],
])('%s says: %s', (sql, message) => {
  expect(() => checked(sql)).toThrow(message);
});

test('the nearest name is offered', () => {
  const fixOf = (sql: string) => {
    try {
      checked(sql);
    } catch (error) {
      if (error instanceof ToolError) return error.fix;
    }
    return undefined;
  };
  expect(fixOf('SELECT * FROM membership')).toMatch(/^Did you mean memberships\? Tables: users, /);
  expect(fixOf('WITH leavers AS (SELECT 1) SELECT * FROM leaver')).toMatch(/^Did you mean leavers\?/);
  expect(fixOf('SELECT uper(1)')).toMatch(/^Did you mean upper\?/);
});
