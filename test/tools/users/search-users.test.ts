import { expect, test } from 'vitest';
import searchUsers from '../../../tools/users/search-users.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, bob, guest } from '../../fixtures/people.ts';
import { read } from '../../fixtures/tool-trial.ts';

const skuId = '06ebc4ee-1bb5-47dd-8120-11324bc54e06';
const usual = [
  'id',
  'displayName',
  'userPrincipalName',
  'mail',
  'jobTitle',
  'department',
  'accountEnabled',
  'userType',
  'onPremisesSyncEnabled',
];

const directory = () =>
  new FakeGraph()
    .collection('/users', [ann, bob, guest])
    .collection('/subscribedSkus', [{ skuId, skuPartNumber: 'SPE_E5' }]);

const asked = async (input: Parameters<typeof searchUsers.input.parse>[0], graph = directory()) => {
  await read(searchUsers, searchUsers.input.parse(input), graph);
  return graph.reads.at(-1);
};

test('without filters it lists all, with the usual properties and nothing advanced', async () => {
  const graph = directory();
  expect(await read(searchUsers, {}, graph)).toEqual({ items: [ann, bob, guest] });
  expect(graph.reads).toEqual([{ at: '/users', select: usual }]);
});

test.each([
  [{ department: 'Research' }, "department eq 'Research'"],
  [{ jobTitle: 'Engineer' }, "jobTitle eq 'Engineer'"],
  [{ accountEnabled: false }, 'accountEnabled eq false'],
  [{ userType: 'Guest' }, "userType eq 'Guest'"],
  [{ license: 'spe_e5' }, `assignedLicenses/any(a:a/skuId eq ${skuId})`],
  [{ synced: true }, 'onPremisesSyncEnabled eq true'],
  [{ createdAfter: '2026-01-01' }, 'createdDateTime ge 2026-01-01T00:00:00.000Z'],
  [{ createdBefore: '2026-02-01T10:00:00+02:00' }, 'createdDateTime le 2026-02-01T08:00:00.000Z'],
])('%j is a default query', async (filters, filter) => {
  expect(await asked(filters)).toEqual({ at: '/users', select: usual, filter });
});

test('synced: false also finds accounts where it is null, which takes an advanced query', async () => {
  expect(await asked({ synced: false })).toEqual({
    at: '/users',
    select: usual,
    filter: 'onPremisesSyncEnabled ne true',
    advanced: true,
  });
});

test('a literal of more than 120 characters takes an advanced query, one of 120 does not', async () => {
  expect(await asked({ jobTitle: 'x'.repeat(121) })).toMatchObject({ advanced: true });
  expect(await asked({ jobTitle: 'x'.repeat(120) })).not.toHaveProperty('advanced');
});

test('text searches names and addresses, and combines with filters', async () => {
  expect(await asked({ text: 'ann', accountEnabled: true })).toEqual({
    at: '/users',
    select: usual,
    search: '"displayName:ann" OR "givenName:ann" OR "surname:ann" OR "mail:ann" OR "userPrincipalName:ann"',
    filter: 'accountEnabled eq true',
    advanced: true,
  });
});

test('several filters are joined with and', async () => {
  expect(await asked({ department: 'Research', userType: 'Member', license: skuId })).toMatchObject({
    filter: `department eq 'Research' and userType eq 'Member' and assignedLicenses/any(a:a/skuId eq ${skuId})`,
  });
});

test('quotes in filters and in text stay data', async () => {
  expect(await asked({ department: "R&D' or 1 eq 1" })).toMatchObject({ filter: "department eq 'R&D'' or 1 eq 1'" });
  expect(await asked({ text: 'a" OR "id:*\\' })).toMatchObject({
    search: expect.stringContaining('"displayName:a\\" OR \\"id:*\\\\" OR "givenName:'),
  });
});

test('manager reads the direct reports; with filters that is an advanced query', async () => {
  const at = `/users/${ann.id}/directReports/microsoft.graph.user`;
  const reports = () => directory().collection(at, [bob]);
  expect(await asked({ manager: ann.id }, reports())).toEqual({ at, select: usual });
  expect(await asked({ manager: ann.id, accountEnabled: true }, reports())).toEqual({
    at,
    select: usual,
    filter: 'accountEnabled eq true',
    advanced: true,
  });
});

test('manager and text together are refused before anything is read', async () => {
  const graph = directory();
  await expect(read(searchUsers, { manager: ann.id, text: 'bob' }, graph)).rejects.toMatchObject({
    code: 'UNSUPPORTED_QUERY',
  });
  expect(graph.reads).toEqual([]);
});

test('dates that no user can meet are refused', async () => {
  const dates = { createdAfter: '2026-02-01', createdBefore: '2026-01-01' };
  await expect(read(searchUsers, dates, directory())).rejects.toMatchObject({ code: 'INPUT_INVALID' });
});

test('an unknown license is NOT_FOUND and names those there are', async () => {
  await expect(read(searchUsers, { license: 'SPE_E9' }, directory())).rejects.toMatchObject({
    code: 'NOT_FOUND',
    detail: { partNumbers: ['SPE_E5'] },
  });
});

test('it pages, and tells the total of an advanced query once', async () => {
  const graph = directory();
  const first = await read(searchUsers, { text: 'a', pageSize: 2 }, graph);
  expect(first).toEqual({ items: [ann, bob], nextCursor: '2', total: 3 });
  expect(await read(searchUsers, { text: 'a', pageSize: 2, cursor: '2' }, graph)).toEqual({ items: [guest] });
});

test('fields adds properties', async () => {
  expect(await asked({ fields: ['employeeId', 'mail'] })).toMatchObject({ select: [...usual, 'employeeId'] });
});

test.each([
  { lastSignInBefore: 'long ago' },
  { filter: '' },
  { filter: 'x'.repeat(2001) },
  { fields: ['passwordProfile'] },
  { pageSize: 101 },
  { text: '' },
  { createdAfter: 'soon' },
])('refuses %j', (input) => {
  expect(searchUsers.input.safeParse(input).success).toBe(false);
});

test('an expert filter is checked, written anew, and joined with the others', async () => {
  expect(await asked({ filter: "CITY eq 'Bonn' or city eq 'Ulm'", accountEnabled: true })).toEqual({
    at: '/users',
    select: usual,
    filter: "accountEnabled eq true and (city eq 'Bonn' or city eq 'Ulm')",
  });
  expect(await asked({ filter: "companyName eq 'Contoso'" })).toMatchObject({ advanced: true });
});

test.each([
  [{ filter: 'createdDateTime gt 2026-01-01', license: 'SPE_E5' }, 'UNSUPPORTED_QUERY'],
  [{ filter: "department eq 'x' or" }, 'INPUT_INVALID'],
  [{ filter: 'signInActivity/lastSignInDateTime le 2026-01-01', accountEnabled: true }, 'UNSUPPORTED_QUERY'],
  [{ lastSignInBefore: '2026-01-01', license: 'SPE_E5' }, 'UNSUPPORTED_QUERY'],
  [{ lastSignInBefore: '2026-01-01', text: 'ann' }, 'UNSUPPORTED_QUERY'],
  [{ lastSignInBefore: '2026-01-01', manager: ann.id }, 'UNSUPPORTED_QUERY'],
  [{ lastSignInBefore: '2026-01-01', filter: "department eq 'x'" }, 'UNSUPPORTED_QUERY'],
])('%j is refused before anything is read', async (input, code) => {
  const graph = directory();
  await expect(read(searchUsers, input, graph)).rejects.toMatchObject({ code });
  expect(graph.reads).toEqual([]);
});

test('what Graph cannot do comes with the SQL that asks the mirror, its values apart', async () => {
  const input = { lastSignInBefore: '2026-01-01', license: 'SPE_E5', department: "R&D' OR 1" };
  const sql =
    'SELECT id, displayName, userPrincipalName, lastSignInDateTime FROM users WHERE department = ? COLLATE NOCASE AND ' +
    'id IN (SELECT userId FROM licenses WHERE skuPartNumber = ? COLLATE NOCASE) AND lastSignInDateTime <= ?';
  const asked = read(searchUsers, input, directory());
  await expect(asked).rejects.toMatchObject({
    code: 'UNSUPPORTED_QUERY',
    fix: expect.stringMatching(/query_directory \(toolset directory\) with the params of detail and SELECT /),
    detail: { sql, params: ["R&D' OR 1", 'SPE_E5', '2026-01-01T00:00:00Z'] },
  });
  await expect(asked).rejects.toHaveProperty('fix', expect.stringContaining(sql));
});

test.each([
  [{ text: 'ann', manager: 'bob@contoso.com' }, /LIKE \? AND managerId = /],
  [{ filter: "contains(displayName,'nn')", accountEnabled: true }, /accountEnabled = 1 AND displayName LIKE \?$/],
  [{ filter: "displayName ge 'M'" }, /displayName >= \? COLLATE NOCASE$/],
])('%j is answered by SQL', async (input, sql) => {
  await expect(read(searchUsers, input, directory())).rejects.toMatchObject({
    code: 'UNSUPPORTED_QUERY',
    fix: expect.stringMatching(sql),
    detail: { sql: expect.stringMatching(sql) },
  });
});

test('what makes no sense is not sent to the mirror', async () => {
  for (const input of [
    { filter: "department eq 'x' or" },
    { createdAfter: '2026-02-01', createdBefore: '2026-01-01' },
  ]) {
    await expect(read(searchUsers, input, directory())).rejects.toHaveProperty(
      'fix',
      expect.not.stringContaining('query_directory'),
    );
  }
});

test('who asks for an order is told who sorts', () => {
  for (const key of ['orderBy', 'sort', 'sort_by', '$orderby']) {
    const { error } = searchUsers.input.safeParse({ [key]: 'displayName', zzz: 1 });
    expect(error?.issues.map(({ message }) => message)).toEqual([
      `${key} is not a field of this tool, which sorts nothing: query_directory (toolset directory) has ORDER BY`,
    ]);
  }
  const { error } = searchUsers.input.safeParse({ border: 1 });
  expect(error?.issues.map(({ message }) => message)).toEqual([expect.not.stringContaining('ORDER BY')]);
});

test('lastSignInBefore alone is a default query that shows when each signed in', async () => {
  const signInActivity = { lastSignInDateTime: '2025-12-01T00:00:00Z' };
  const graph = directory().collection('/users', [{ ...ann, signInActivity }]);
  expect(await read(searchUsers, { lastSignInBefore: '2026-01-01' }, graph)).toEqual({
    items: [{ ...ann, signInActivity }],
  });
  expect(graph.reads).toEqual([
    {
      at: '/users',
      select: [...usual, 'signInActivity'],
      filter: 'signInActivity/lastSignInDateTime le 2026-01-01T00:00:00.000Z',
    },
  ]);
});

test('an unknown field is refused with the nearest name', () => {
  const { error } = searchUsers.input.safeParse({ fields: ['employeID', 'zzz'] });
  expect(error?.issues.map(({ path, message }) => [path.join('.'), message])).toEqual([
    ['fields.0', 'is not a property that can be read; did you mean employeeId?'],
    ['fields.1', 'is not a property that can be read'],
  ]);
});
