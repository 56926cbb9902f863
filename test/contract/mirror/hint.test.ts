import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ToolError } from '../../../src/contract/index.ts';
import { mirrorHint, withMirrorHint } from '../../../src/contract/mirror/hint.ts';
import type { UserFilters } from '../../../src/contract/user-filters.ts';
import { boss, e5, emptyMirror, fillMirror } from '../../fixtures/small-mirror.ts';

const mirror = emptyMirror();
beforeAll(() => fillMirror(mirror.db));
afterAll(() => mirror.close());

/** Who the hint's SQL finds, by user name. */
function found(filters: UserFilters): string[] {
  const { query } = mirrorHint(filters);
  if (query === undefined) throw new Error('No SQL');
  const rows = mirror.db
    .prepare(query.sql)
    .all(...query.params.map((value) => (typeof value === 'boolean' ? Number(value) : value)));
  return rows.map(({ userPrincipalName }) => String(userPrincipalName).replace('@contoso.com', '')).sort();
}

describe('the SQL finds who meets the filters', () => {
  const all = ['ada', 'ben', 'boss', 'cy', 'dot'];
  test.each<[UserFilters, string[]]>([
    [{ lastSignInBefore: '2026-01-01', accountEnabled: false }, ['ben']],
    [{ lastSignInBefore: '2026-03-01', department: 'sales' }, ['ada', 'ben']],
    [{ text: 'love' }, ['ada', 'dot']],
    [{ text: 'ace' }, []],
    [{ text: 'cy@' }, ['cy']],
    [{ text: '100%' }, ['cy']],
    [{ text: '1%0' }, []],
    [{ text: 'lovelace', manager: 'BOSS@contoso.com' }, ['ada']],
    [{ manager: boss.toUpperCase() }, ['ada', 'ben', 'cy']],
    [{ license: 'spe_e5' }, ['ada']],
    [{ license: e5.toUpperCase() }, ['ada']],
    [{ synced: true }, ['dot']],
    [{ synced: false }, ['ada', 'ben', 'boss', 'cy']],
    [{ userType: 'Guest' }, ['cy']],
    [{ createdAfter: '2025-01-01', createdBefore: '2025-01-01T01:00:00+01:00' }, all],
    [{ createdAfter: '2025-01-02' }, []],
    [{ jobTitle: 'x' }, []],
    [{ filter: "department eq 'sales'" }, ['ada', 'ben']],
    [{ filter: "department ne 'sales'" }, ['boss', 'cy', 'dot']],
    [{ filter: "not startsWith(department,'s')" }, ['boss', 'cy', 'dot']],
    [{ filter: 'department eq null' }, ['cy']],
    [{ filter: 'department ne null' }, ['ada', 'ben', 'boss', 'dot']],
    [{ filter: "department in ('LEGAL','Board')" }, ['boss', 'dot']],
    [{ filter: `id in ('ada',${Array.from({ length: 30 }, (_, i) => `'x${i}'`).join(',')})` }, ['ada']],
    [{ filter: "contains(displayName,'o''hara') or endsWith(userPrincipalName,'t@contoso.com')" }, ['ben', 'dot']],
    [{ filter: "displayName gt 'Boss' and displayName lt 'D'" }, ['cy']],
    [{ filter: 'accountEnabled ne true' }, ['ben']],
    [{ filter: 'onPremisesSyncEnabled ne true and accountEnabled eq true' }, ['ada', 'boss', 'cy']],
    [{ filter: 'createdDateTime ge 2025-01-01 and createdDateTime lt 2025-01-01T00:00:01Z' }, all],
    [{ filter: 'signInActivity/lastSignInDateTime lt 2026-01-01 or accountEnabled eq false' }, ['ben']],
    [{ filter: `assignedLicenses/any(x:x/skuId eq ${e5.toUpperCase()})` }, ['ada']],
    [{ filter: 'assignedLicenses/$count gt 1' }, ['ada']],
    [{ filter: 'assignedLicenses/$count eq 0' }, ['boss', 'cy', 'dot']],
    [{ filter: "otherMails/any(m:m eq 'cy@HOME.example')" }, ['cy']],
    [{ filter: "proxyAddresses/any(p:startsWith(p,'smtp:b') and endsWith(p,'n@contoso.com'))" }, ['ben']],
    [{ filter: `manager/id eq '${boss}'`, accountEnabled: false }, ['ben']],
    [{ filter: "EMPLOYEEID eq '7' or not (department eq 'Board' or accountEnabled eq false)" }, ['ada', 'cy', 'dot']],
  ])('%j', (filters, people) => {
    expect(found(filters)).toEqual(people);
    expect(mirrorHint(filters).advice).toMatch(/^The mirror can answer it\b/);
  });
});

describe('what stands in the advice', () => {
  test('the SQL, and where its values are', () => {
    expect(mirrorHint({ accountEnabled: true, text: 'ann' })).toEqual({
      advice:
        "The mirror can answer it: query_directory (toolset directory) with the params of detail and SELECT id, displayName, userPrincipalName FROM users WHERE concat_ws(' ', '', displayName, givenName, surname, mail, userPrincipalName) LIKE ? AND accountEnabled = 1",
      query: {
        sql: "SELECT id, displayName, userPrincipalName FROM users WHERE concat_ws(' ', '', displayName, givenName, surname, mail, userPrincipalName) LIKE ? AND accountEnabled = 1",
        params: ['% ann%'],
      },
    });
  });

  test('what the settings have to name, once each', () => {
    const filter = "employeeId eq '7' or employeeId eq '8'";
    const { advice, query } = mirrorHint({ filter, lastSignInBefore: '2026-01-01' });
    expect(advice).toMatch(
      /^The mirror can answer it, where ENTRA_MCP_DIRECTORY_FIELDS names signInActivity and employeeId: /,
    );
    expect(query?.sql).toMatch(/^SELECT id, displayName, userPrincipalName, lastSignInDateTime FROM users WHERE /);
  });

  test('no params where there are none, and no SQL that is long', () => {
    expect(mirrorHint({ accountEnabled: true }).advice).toMatch(/with SELECT [^?]+ WHERE accountEnabled = 1$/);
    const { advice, query } = mirrorHint({ filter: Array.from({ length: 30 }, () => "id eq 'a'").join(' or ') });
    expect(advice).toMatch(/with the params of detail and the sql of detail\.$/);
    expect(query?.params).toHaveLength(30);
  });

  test.each([
    ["passwordPolicies eq 'x'"],
    ["(accountEnabled eq true or foo eq 'x')"],
    ['department eq 5'],
    ["displayName eq null or department in ('a',null)"],
    ["tolower(department) eq 'x'"],
    ["department eq 'x"],
    ['accountEnabled ge true'],
    ['accountEnabled in (true)'],
    ['accountEnabled eq 1'],
    ['department ge null'],
    ["department/any(x:x eq 'a')"],
    ["otherMails/any(x:x/address eq 'a')"],
    ["assignedLicenses/any(x:x/disabledPlans eq 'a')"],
    ["otherMails eq 'a'"],
    ['department/$count eq 0'],
    ["otherMails/$count eq 'a'"],
    ["assignedLicenses/any(x:x/skuId eq 'E5')"],
    ["createdDateTime eq 'soon'"],
    ["startsWith(createdDateTime,'2026')"],
    ['startsWith(department,5)'],
    [`contains(department,'${'x'.repeat(300)}')`],
  ])('a filter that no column answers is left out: %s', (filter) => {
    expect(mirrorHint({ filter })).toEqual({
      advice:
        'The mirror may answer it: describe_directory shows its columns, for query_directory (toolset directory).',
    });
    const { advice, query } = mirrorHint({ filter, department: 'x' });
    expect(advice).toMatch(
      /^The mirror can answer part of it, and describe_directory shows its columns for the rest: /,
    );
    expect(query?.sql).toMatch(/ WHERE department = \? COLLATE NOCASE$/);
  });

  test('of conditions joined with and, those that can be said are', () => {
    const { advice, query } = mirrorHint({
      filter: "createdDateTime gt 2026-01-01 and foo eq 1 and department eq 'x'",
    });
    expect(advice).toMatch(/^The mirror can answer part of it, /);
    expect(query).toEqual({
      sql: 'SELECT id, displayName, userPrincipalName FROM users WHERE createdDateTime > ? AND department = ? COLLATE NOCASE',
      params: ['2026-01-01T00:00:00Z', 'x'],
    });
  });
});

describe('an error', () => {
  const unsupported = new ToolError('UNSUPPORTED_QUERY', { message: 'No.', fix: 'Do.', detail: { field: 'filter' } });

  test('of what Graph cannot do says how the mirror can', () => {
    expect(withMirrorHint(unsupported, { accountEnabled: false })).toMatchObject({
      code: 'UNSUPPORTED_QUERY',
      message: 'No.',
      fix: expect.stringMatching(/^Do\. The mirror can answer it: /),
      detail: { field: 'filter', sql: expect.stringContaining('accountEnabled = 0'), params: [] },
      cause: unsupported,
    });
  });

  test('of another kind stays as it is', () => {
    for (const thrown of [new ToolError('INPUT_INVALID', { message: 'No.', fix: 'Do.' }), new Error('x'), 'x']) {
      expect(withMirrorHint(thrown, { accountEnabled: false })).toBe(thrown);
    }
  });
});

/** Stands in every text of the filters, and nowhere in SQL of ours. */
const marker = '§';
const words = fc
  .string({ unit: fc.constantFrom('a', "'", '"', '%', '_', '!', '?', ';', '-', '\\', ' ', ')', 'é') })
  .map((text) => `${marker}${text}`);
const literal = words.map((text) => `'${text.replaceAll("'", "''")}'`);
const property = fc.constantFrom('department', 'displayName', 'id', 'employeeId', 'userPrincipalName', 'unknown');
const leaf = fc.oneof(
  fc.tuple(property, fc.constantFrom('eq', 'ne', 'ge', 'le', 'gt', 'lt'), literal).map((parts) => parts.join(' ')),
  fc
    .tuple(fc.constantFrom('startsWith', 'endsWith', 'contains'), property, literal)
    .map(([match, path, value]) => `${match}(${path},${value})`),
  fc
    .tuple(property, fc.array(literal, { minLength: 1, maxLength: 25 }))
    .map(([path, values]) => `${path} in (${values.join(',')})`),
  fc
    .tuple(fc.constantFrom('otherMails', 'proxyAddresses', 'businessPhones'), literal)
    .map(([list, value]) => `${list}/any(x:x eq ${value} or startsWith(x,${value}))`),
  fc.constantFrom(
    'accountEnabled eq true',
    'department eq null',
    'createdDateTime gt 2026-01-01',
    'signInActivity/lastSignInDateTime le 2026-01-01',
    `assignedLicenses/any(x:x/skuId eq ${e5})`,
    'otherMails/$count ne 0',
    "manager/displayName eq 'x'",
  ),
);
const { tree } = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc
      .tuple(fc.constantFrom(' and ', ' or '), fc.array(tie('tree'), { minLength: 2, maxLength: 3 }))
      .map(([word, parts]) => `(${parts.join(word)})`),
    tie('tree').map((inner) => `not (${inner})`),
  ),
}));
const filters = fc.record<UserFilters>(
  {
    text: words,
    department: words,
    jobTitle: words,
    accountEnabled: fc.boolean(),
    userType: fc.constantFrom('Member', 'Guest'),
    license: fc.oneof(words, fc.constant(e5)),
    synced: fc.boolean(),
    createdAfter: fc.constantFrom('2026-01-01', '2026-01-01T10:00:00+02:00'),
    createdBefore: fc.constantFrom('2026-01-01', '2026-01-01T10:00:00.5Z'),
    manager: fc.oneof(words, fc.constant(boss)),
    lastSignInBefore: fc.constant('2026-01-01'),
    filter: fc.oneof(tree, words),
  },
  { requiredKeys: [] },
);

test('whatever the filters, SQLite runs the SQL with as many values as it has places, and no text of theirs is in it', () => {
  fc.assert(
    fc.property(filters, (given) => {
      const { advice, query } = mirrorHint(given);
      expect(advice).not.toContain(marker);
      if (query === undefined) return;
      const { sql, params } = query;
      const bare = sql.replaceAll(/'[^']*'/g, '');
      expect(bare).toMatch(/^SELECT [\w, ]+ FROM users WHERE [\w ?,()=<>]+$/);
      expect(sql).not.toContain(marker);
      expect(bare.split('?')).toHaveLength(params.length + 1);
      expect(() =>
        mirror.db.prepare(sql).all(...params.map((value) => (typeof value === 'boolean' ? Number(value) : value))),
      ).not.toThrow();
    }),
    { numRuns: 1_000 },
  );
});

test('a value comes back as it was given', () => {
  fc.assert(
    fc.property(words, (text) => {
      const filter = `department eq '${text.replaceAll("'", "''")}'`;
      expect(mirrorHint({ filter, department: text }).query?.params).toEqual([text, text]);
    }),
  );
});
