import { afterAll, describe, expect, test } from 'vitest';
import type { DirectoryQuery, SqlValue } from '../../../src/contract/index.ts';
import { ToolError } from '../../../src/contract/index.ts';
import { createQueries, type Queries } from '../../../src/directory/query/queries.ts';
import { selectionOf } from '../../../src/directory/selection.ts';
import { smallMirror } from './mirror.ts';

const mirror = smallMirror(['mobilePhone']);
const queries = createQueries({ file: mirror.file, selection: selectionOf(['mobilePhone']) });
/** The settings name fewer fields than the mirror holds. */
const fewer = createQueries({ file: mirror.file, selection: selectionOf([]) });
/** The settings name more. */
const more = createQueries({ file: mirror.file, selection: selectionOf(['mobilePhone', 'employeeId']) });
/** The settings name others. */
const others = createQueries({ file: mirror.file, selection: selectionOf(['employeeId']) });
const never = new AbortController().signal;

afterAll(async () => {
  await Promise.all([queries.close(), fewer.close(), more.close(), others.close()]);
  mirror[Symbol.dispose]();
});

const ask = (sql: string, params?: DirectoryQuery['params'], limit = 100) => queries.run({ sql, params, limit }, never);

async function errorOf(sql: string, params?: DirectoryQuery['params'], of: Queries = queries): Promise<ToolError> {
  const error = await of.run({ sql, params, limit: 10 }, never).catch((reason: unknown) => reason);
  if (error instanceof ToolError) return error;
  throw new Error(`No ToolError: ${JSON.stringify(error)}`);
}

describe('rows', () => {
  test('are objects, in the order of the SQL', async () => {
    expect(await ask('SELECT id, displayName FROM users ORDER BY displayName DESC')).toEqual({
      rows: [
        { id: 'u3', displayName: "Cy O'Brien" },
        { id: 'u2', displayName: 'Bob Cole' },
        { id: 'u1', displayName: 'Ann Berg' },
      ],
      rowCount: 3,
      truncated: false,
    });
  });

  test('of every documented table', async () => {
    const counts =
      'SELECT (SELECT count(*) FROM users) u, (SELECT count(*) FROM groups) g, (SELECT count(*) FROM managers) m';
    const others =
      '(SELECT count(*) FROM memberships) s, (SELECT count(*) FROM licenses) l, (SELECT count(*) FROM changes) c';
    expect((await ask(`${counts}, ${others}`)).rows).toEqual([{ u: 3, g: 1, m: 2, s: 2, l: 1, c: 1 }]);
    for (const table of ['users', 'groups', 'managers', 'memberships', 'licenses', 'changes']) {
      expect((await ask(`SELECT * FROM ${table}`)).rowCount).toBeGreaterThan(0);
    }
  });

  test('end at the limit, and say so', async () => {
    expect(await ask('SELECT id FROM users ORDER BY id', [], 2)).toMatchObject({ rowCount: 2, truncated: true });
    expect(await ask('SELECT id FROM users ORDER BY id', [], 3)).toMatchObject({ rowCount: 3, truncated: false });
    expect(await ask('SELECT id FROM users LIMIT 1', [], 3)).toMatchObject({ rowCount: 1, truncated: false });
  });

  test('end where 64 KB are full', async () => {
    const { rows, truncated } = await ask(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i, replace('0123456789', '0', 'ä') || i AS t FROM n",
      [],
      100_000,
    );
    expect(truncated).toBe(false);
    expect(rows).toHaveLength(1000);
    const long = await ask(
      "SELECT u.id, replace('0123456789', '0', replace('0123456789', '0', ?)) t FROM users u, users v, users w",
      ['ä'.repeat(2000)],
    );
    expect(long.truncated).toBe(true);
    expect(long.rowCount).toBe(long.rows.length);
    expect(Buffer.byteLength(JSON.stringify(long.rows))).toBeLessThanOrEqual(64 * 1024);
    expect(Buffer.byteLength(JSON.stringify(long.rows))).toBeGreaterThan(56 * 1024);
  });

  test('are counted as they are shown: what hides in a text takes more room', async () => {
    const hidden = await ask('SELECT ? AS t FROM users, groups, memberships', ['\u200b'.repeat(2000)]);
    expect(hidden).toMatchObject({ rowCount: 2, truncated: true });
    expect(hidden.rows).toHaveLength(2);
    expect(await errorOf('SELECT ? AS t', ['\u200b'.repeat(10_000)])).toMatchObject({ code: 'LIMIT_REACHED' });
  });

  test('of which the first does not fit are an error', async () => {
    const long = Array.from({ length: 4 }, () => 'x'.repeat(20_000));
    expect(await errorOf('SELECT ? || ? || ? || ? AS t', long)).toMatchObject({ code: 'LIMIT_REACHED' });
  });

  test('keep values whose columns have the same name', async () => {
    const { rows } = await ask(
      'SELECT u.id, g.id, g.id, 1 AS ID, 2 AS "id", 3 AS id, 4 AS "id_2", 5 AS "__proto__" FROM users u JOIN groups g WHERE u.id = \'u1\'',
    );
    const [row = {}] = rows;
    expect(Object.values(row).map(String).toSorted()).toEqual(['1', '2', '3', '4', '5', 'g1', 'g1', 'u1']);
    expect(row).toMatchObject({ id: 'u1', id_3: 'g1', id_2: 4, proto: 5 });
    expect((await ask('SELECT a.*, b.* FROM memberships a, memberships b LIMIT 1')).rows[0]).toHaveProperty(
      'memberId_2',
    );
  });

  test('hold what JSON cannot as text', async () => {
    expect(
      (await ask("SELECT 9007199254740991 a, 9007199254740993 b, x'00ff' c, 9e999 d, 1.5 e, NULL f")).rows,
    ).toEqual([{ a: 9_007_199_254_740_991, b: '9007199254740993', c: '00ff', d: 'Infinity', e: 1.5, f: null }]);
  });

  test('are found by words that are keywords elsewhere', async () => {
    expect((await ask("SELECT count(*) n FROM users WHERE jobTitle = 'Vacuum technician'")).rows).toEqual([{ n: 3 }]);
  });
});

describe('parameters', () => {
  test.each<[string, DirectoryQuery['params'], SqlValue[]]>([
    ['SELECT ? a, ? b', ['x', 2], ['x', 2]],
    ['SELECT ?2 a, ?1 b', ['x', 2], [2, 'x']],
    ['SELECT ?1 a, ?1 b', ['x'], ['x', 'x']],
    ['SELECT :a a, @b b, $c c', { a: 1, b: 'x', c: null }, [1, 'x', null]],
    ['SELECT :a a, $a b', { a: 1 }, [1, 1]],
    ['SELECT :a a', { ':a': 1 }, [1]],
    ['SELECT ? a, ? b', [true, false], [1, 0]],
    ['SELECT typeof(?) a, typeof(?) b, 1 || ? c', [1, 1.5, 5], ['integer', 'real', '15']],
    ['SELECT ? a', ["'; DROP TABLE users; --"], ["'; DROP TABLE users; --"]],
    ['SELECT 1 a', {}, [1]],
    ['SELECT 1 a', [], [1]],
    ["SELECT ':a ?' a", undefined, [':a ?']],
  ])('%s with %j', async (sql, params, values) => {
    expect(Object.values((await ask(sql, params)).rows[0] ?? {})).toEqual(values);
  });

  test.each<[string, DirectoryQuery['params'], string]>([
    ['SELECT ?', undefined, 'takes 1 parameters, and params holds 0 values'],
    ['SELECT ?, ?', ['x'], 'takes 2 parameters, and params holds 1 values'],
    ['SELECT ?', ['x', 'y'], 'takes 1 parameters, and params holds 2 values'],
    ['SELECT 1', ['x'], 'takes 0 parameters, and params holds 1 values'],
    ['SELECT :a', undefined, '":a" has no value'],
    ['SELECT :a', {}, '":a" has no value'],
    ['SELECT :toString', {}, '":toString" has no value'],
    ['SELECT :a', { a: 1, b: 2 }, 'params holds "b"'],
    ['SELECT :a', ['x'], '":a" is a named parameter'],
    ['SELECT ?', { a: 1 }, 'uses ?, and params is an object'],
    ['SELECT ?, :a', ['x'], 'mixes ? with named parameters'],
    ['SELECT ?0', ['x'], 'out of range'],
    ['SELECT ?999', ['x'], 'out of range'],
    ['SELECT ?', [Number.NaN], 'not a finite number'],
    ['SELECT ?', ['a\0b'], 'a character that SQL cannot'],
  ])('%s with %j: %s', async (sql, params, message) => {
    const error = await errorOf(sql, params);
    expect(error.code).toBe('INPUT_INVALID');
    expect(error.message).toContain(message);
  });
});

describe('what is wrong is said in words about the SQL', () => {
  test.each([
    [
      'SELECT deparment FROM users',
      'There is no column "deparment".',
      /^Did you mean department\? users has id, displayName/,
    ],
    ['SELECT u.foo FROM users u', 'There is no column "u.foo".', /^users has id/],
    ['SELECT g.jobTitle FROM users u, groups g', 'There is no column "g.jobTitle".', /^groups has id/],
    ['SELECT id FROM users WHERE department = "Sales"', 'There is no column "Sales".', /single quotes/],
    ['SELECT rowid FROM users', 'There is no column "rowid".', /./],
    ['SELECT id FROM users, groups', 'The column "id" stands in more than one table.', /alias/],
    ['SELECT id FORM users', 'The SQL has a syntax error near "users".', /./],
    ['SELECT * FORM users', 'The SQL has a syntax error near "FORM".', /Did you mean FROM/],
    ['SELECT id FROM users WHERE', 'The SQL ends too early, or has a syntax error before a ).', /./],
    ['SELECT upper() FROM users', 'The function "upper" has too few or too many arguments.', /./],
    ['SELECT id FROM users WHERE count(*) > 1', '"count" cannot stand there.', /HAVING/],
    ['SELECT id FROM users UNION SELECT 1, 2', 'The SELECTs around "UNION" have different numbers of columns.', /./],
    ['SELECT json_extract(object, displayName) FROM users', 'A JSON path cannot be read.', /./],
    ["SELECT json('x') FROM users", 'A value that a JSON function read is no JSON.', /./],
    ['SELECT abs(-9223372036854775808)', 'A sum or a product is too large for an integer.', /./],
    ['SELECT id FROM users WHERE (1, 2)', 'A list in parentheses stands where one value is wanted.', /./],
  ])('%s', async (sql, message, fix) => {
    const error = await errorOf(sql);
    expect(error).toMatchObject({ code: 'INPUT_INVALID', message });
    expect(error.fix).toMatch(fix);
  });

  test('without text of the tenant', async () => {
    const error = await errorOf('SELECT json_extract(object, displayName), json(displayName) FROM users');
    expect(JSON.stringify(error)).not.toMatch(/Ann|Berg/);
  });
});

describe('fields that are not mirrored', () => {
  test.each(['employeeId', 'lastSignInDateTime', 'signInActivity', 'businessPhones'])(
    '%s: an administrator decides',
    async (name) => {
      for (const sql of [`SELECT ${name} FROM users`, `SELECT u."${name}" FROM users u WHERE u.${name} IS NULL`]) {
        const error = await errorOf(sql);
        expect(error.message).toBe(`${name} is not mirrored.`);
        expect(error.fix).toContain('ENTRA_MCP_DIRECTORY_FIELDS');
      }
    },
  );

  test('what the mirror still holds of them does not show', async () => {
    const all = await fewer.run({ sql: 'SELECT * FROM users, changes', limit: 10 }, never);
    expect(all.rowCount).toBe(3);
    expect(JSON.stringify(all)).toContain('"department\\"');
    expect(JSON.stringify(all)).not.toMatch(/mobilePhone|secret [123]/);
    const managers = await fewer.run({ sql: 'SELECT * FROM managers', limit: 10 }, never);
    expect(managers.rowCount).toBe(2);
    expect((await errorOf('SELECT mobilePhone FROM users', [], fewer)).message).toBe('mobilePhone is not mirrored.');
    expect((await queries.run({ sql: "SELECT mobilePhone FROM users WHERE id = 'u1'", limit: 1 }, never)).rows).toEqual(
      [{ mobilePhone: 'secret 1' }],
    );
  });

  test('what the settings name anew is there after a sync', async () => {
    const error = await errorOf('SELECT employeeId FROM users', [], more);
    expect(error).toMatchObject({ message: 'The mirror does not hold "employeeId" yet.' });
    expect(error.fix).toContain('delta_sync');
    expect((await errorOf('SELECT employeeId FROM users', [], others)).message).toContain('does not hold "employeeId"');
    expect((await errorOf('SELECT mobilePhone FROM users', [], others)).message).toBe('mobilePhone is not mirrored.');
    expect(await others.run({ sql: 'SELECT * FROM users', limit: 10 }, never)).toMatchObject({ rowCount: 3 });
  });
});

test('without a mirror there is nothing to ask', async () => {
  const missing = createQueries({ file: `${mirror.file}.missing`, selection: selectionOf([]) });
  expect(await errorOf('SELECT 1', [], missing)).toMatchObject({ code: 'NOT_FOUND' });
  await missing.close();
});
