import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expertFilter } from '../../../src/contract/filter/expert.ts';
import { groupFilters, userFilters } from '../../../src/contract/filter/support.ts';
import { isODataFilter, ToolError } from '../../../src/contract/index.ts';

const users = (text: string) => expertFilter(text, userFilters());
const groups = (text: string) => expertFilter(text, groupFilters());

/** The error that a filter ends in. */
function fault(text: string, table = userFilters()): ToolError {
  try {
    expertFilter(text, table);
  } catch (error) {
    if (error instanceof ToolError) return error;
    throw error;
  }
  throw new Error(`Taken: ${text}`);
}

describe('what Graph can do by default', () => {
  test.each([
    ["department eq 'Sales'"],
    ["startsWith(displayName,'A') and accountEnabled eq true"],
    ["department in ('Sales','Legal')"],
    ["(department eq 'Sales' or department eq 'Legal') and accountEnabled eq false"],
    ['createdDateTime ge 2026-01-01T00:00:00.000Z and createdDateTime le 2026-02-01T00:00:00.000Z'],
    ['assignedLicenses/any(x:x/skuId eq 06ebc4ee-1bb5-47dd-8120-11324bc54e06)'],
    ["proxyAddresses/any(x:startsWith(x,'smtp:a'))"],
    ["extension_0123456789abcdef0123456789abcdef_badge eq '7'"],
    ["id in ('a','b')"],
  ])('%s stays as it is', (text) => {
    expect(users(text)).toEqual({ filter: { text }, advanced: false, alone: false });
  });

  test.each([
    ["DEPARTMENT EQ 'Sales'", "department eq 'Sales'"],
    ["startswith(displayname, 'A') eq true", "startsWith(displayName,'A')"],
    ['createdDateTime ge 2026-01-01', 'createdDateTime ge 2026-01-01T00:00:00.000Z'],
    ["createdDateTime ge '2026-01-01T01:00:00+01:00'", 'createdDateTime ge 2026-01-01T00:00:00.000Z'],
    ["otherMails/any(mail: mail eq 'a@b.de')", "otherMails/any(x:x eq 'a@b.de')"],
    ["((department eq 'O''Hara'))", "department eq 'O''Hara'"],
    [
      "assignedLicenses/any(s:s/skuId eq '06EBC4EE-1bb5-47dd-8120-11324bc54e06')",
      'assignedLicenses/any(x:x/skuId eq 06ebc4ee-1bb5-47dd-8120-11324bc54e06)',
    ],
  ])('%s is written anew', (text, written) => {
    expect(users(text)).toMatchObject({ filter: { text: written }, advanced: false });
  });
});

test.each([
  ["department ne 'Sales'"],
  ["not startsWith(displayName,'A')"],
  ["endsWith(mail,'@contoso.com')"],
  ["companyName eq 'Contoso'"],
  ['department eq null'],
  ['assignedLicenses/$count eq 0'],
  ["businessPhones/any(x:x eq '1')"],
  ["onPremisesExtensionAttributes/extensionAttribute15 eq 'x'"],
  ["extabcdefgh_badge/number eq '7'"],
  [`department eq '${'x'.repeat(121)}'`],
  [`department in (${Array.from({ length: 16 }, (_, i) => `'${i}'`).join(',')})`],
  [Array.from({ length: 16 }, (_, i) => `id eq '${i}'`).join(' or ')],
  ["assignedPlans/any(x:x/service eq 'exchange' and x/capabilityStatus eq 'Enabled')"],
])('%s becomes an advanced query by itself', (text) => {
  expect(users(text)).toEqual({ filter: { text }, advanced: true, alone: false });
});

test('not (…) keeps its parentheses, and or inside and too', () => {
  const text = "not (department eq 'A' or department eq 'B') and accountEnabled eq true";
  expect(users(text).filter.text).toBe(text);
});

describe('what Graph cannot do is said before anything is sent, with what can be done', () => {
  test.each([
    ['createdDateTime gt 2026-01-01', 'Use ge'],
    ["contains(displayName,'x')", 'the field text'],
    ["tolower(department) eq 'sales'", 'without regard to letter case'],
    ["startsWith(employeeId,'7')", 'What works on it: eq, ne, in, eq null'],
    ["displayName ge 'A'", 'What works on it: eq, ne, in, startsWith, eq null'],
    ["endsWith(displayName,'x')", 'What works on it: eq, ne, in, startsWith, eq null'],
    ['accountEnabled eq null', 'What works on it: eq, ne, in'],
    ["manager/id eq 'x'", 'the field manager'],
    ['assignedLicenses/$count eq 1', 'Only $count eq 0'],
    ['assignedLicenses/$count gt 0', 'Only $count eq 0'],
    ['lastPasswordChangeDateTime le 2026-01-01', 'narrow the answer down'],
    ["deparment eq 'Sales'", 'Did you mean department?'],
    ["otherMails/all(x:x eq 'a')", 'Use any'],
    [
      'signInActivity/lastSignInDateTime le 2026-01-01 and accountEnabled eq true',
      'Ask for the sign-in condition alone',
    ],
    ['signInActivity/lastSignInDateTime le 2026-01-01 or signInActivity/lastSignInDateTime ge 2026-02-01', 'alone'],
    [`department ne '${'x'.repeat(1900)}'`, 'several calls'],
  ])('%s', (text, instead) => {
    expect(fault(text)).toMatchObject({ code: 'UNSUPPORTED_QUERY', fix: expect.stringContaining(instead) });
  });

  test('groups have a table of their own', () => {
    expect(groups("groupTypes/any(x:x eq 'Unified')")).toMatchObject({ advanced: false });
    expect(groups("description eq 'x'")).toMatchObject({ advanced: true });
    expect(fault("department eq 'x'", groupFilters())).toMatchObject({
      code: 'UNSUPPORTED_QUERY',
      message: expect.stringContaining('groups'),
    });
    expect(fault('assignedLicenses/$count eq 0', groupFilters()).code).toBe('UNSUPPORTED_QUERY');
  });
});

test('a condition on sign-in activity is told apart, since it must stand alone', () => {
  expect(users('signInActivity/lastSignInDateTime le 2026-01-01')).toMatchObject({ alone: true, advanced: false });
});

describe('what makes no sense is refused with its place', () => {
  test.each([
    ["department eq 'Sales", 15, 'a quote that is not closed'],
    ["department eq 'Sales' department", 23, 'cannot be read'],
    ['department eq Sales', 15, 'has no value'],
    ["department = 'Sales'", 12, 'cannot be read'],
    ['department eq 5', 15, 'text in single quotes'],
    ["accountEnabled eq 'true'", 19, 'true or false'],
    ["assignedLicenses/any(x:x/skuId eq 'E5')", 35, 'a GUID'],
    ["createdDateTime ge 'soon'", 20, 'a moment'],
    ["otherMails eq 'a'", 1, 'a list as if it were one value'],
    ["otherMails/any(x:y eq 'a')", 18, 'leaves the variable'],
    ["otherMails/any(x:proxyAddresses/any(y:y eq 'a'))", 18, 'inside another'],
    ['()', 2, 'cannot be read'],
    ['', 1, 'cannot be read'],
    [`${'('.repeat(30)}department eq 'a'${')'.repeat(30)}`, 21, 'nests too deeply'],
    ["department eq 'a'&$select=passwordProfile", 18, 'cannot be read'],
    ["department eq 'a'); drop", 19, 'cannot be read'],
  ])('%j at %i', (text, position, problem) => {
    const error = fault(text);
    expect(error.code).toBe('INPUT_INVALID');
    expect(error.detail).toMatchObject({ field: 'filter', position });
    expect(`${error.message} ${error.fix}`).toContain(problem);
  });
});

test('the words of the filter are in no message and no fix', () => {
  for (const text of ["secretName eq 'x'", "department eq 'secretName", 'secretName/any(x:x eq 1)', 'secretName']) {
    const { message, fix } = fault(text);
    expect(`${message}${fix}`).not.toContain('secretName');
  }
});

test('any text at all is either refused by a ToolError or written anew so that it reads the same again', () => {
  const piece = fc.constantFrom(
    ...['department', 'accountEnabled', 'otherMails/any(x:x', 'eq', 'ne', 'and', 'or', 'not', 'in', '(', ')', ','],
    ...["'a'", "'it''s'", "'", 'true', 'null', '2026-01-01', '5', 'startsWith(', '/', '$', '&', ' ', '\u202E', '%27'],
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece, { maxLength: 12 }).map((all) => all.join(' ')),
      ),
      (text) => {
        let first: ReturnType<typeof users>;
        try {
          first = users(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ToolError);
          return;
        }
        expect(isODataFilter(first.filter)).toBe(true);
        expect(users(first.filter.text)).toEqual(first);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('a literal cannot leave its quotes', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 100 }), (value) => {
      const written = users(`department eq '${value.replaceAll("'", "''")}'`).filter.text;
      expect(written).toBe(`department eq '${value.replaceAll("'", "''")}'`);
    }),
  );
});
