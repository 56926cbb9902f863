import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessQueries, licenseQueries, type ReviewQuery } from '../../src/server/review-queries.ts';
import { e3, emptyMirror, fillMirror } from '../fixtures/small-mirror.ts';

const mirror = emptyMirror();
const usual = emptyMirror([]);
beforeAll(() => fillMirror(mirror.db));
afterAll(() => {
  mirror.close();
  usual.close();
});

function rowsOf(queries: readonly ReviewQuery[], asks: string): Record<string, unknown>[] {
  const query = queries.find((one) => one.asks.startsWith(asks));
  if (query === undefined) throw new Error(`No question ${asks}`);
  return mirror.db
    .prepare(query.sql)
    .all(query.params)
    .map((row) => ({ ...row }));
}

/** Whom a question finds, by user name, in its order. */
function found(queries: readonly ReviewQuery[], asks: string): string[] {
  return rowsOf(queries, asks).map(({ userPrincipalName }) => String(userPrincipalName).replace('@contoso.com', ''));
}

describe('who has access', () => {
  const everywhere = accessQueries(undefined, '90');
  const inOuter = accessQueries('outer', '90');

  test.each([
    ['Members of groups that can hold directory roles', ['ada'], []],
    ['Guests who have not signed in', ['cy'], ['cy']],
    ['Guests who have not accepted', [], []],
    ['Enabled accounts of members', ['ada', 'boss', 'dot'], ['dot']],
    ['Disabled accounts that are still in groups', ['ben'], ['ben']],
  ])('%s: everywhere and in one group with those within it', (asks, all, inside) => {
    mirror.db.exec("UPDATE internal_users SET lastSignInDateTime = '2020-01-01T00:00:00Z' WHERE id = 'ada'");
    expect(found(everywhere, asks)).toEqual(all);
    expect(found(inOuter, asks)).toEqual(inside);
  });

  test('who signed in, or was made, lately is not named', () => {
    const lately = new Date(Date.now() - 86_400_000 * 45).toISOString();
    mirror.db.prepare("UPDATE internal_users SET lastSignInDateTime = ? WHERE id = 'ada'").run(lately);
    mirror.db.prepare("UPDATE internal_users SET createdDateTime = ? WHERE id = 'dot'").run(lately);
    expect(found(everywhere, 'Enabled accounts of members')).toEqual(['boss']);
    expect(found(accessQueries(undefined, '30'), 'Enabled accounts of members')).toEqual(['ada', 'boss', 'dot']);
  });

  test('the group is named or given by its id', () => {
    for (const group of ['admins', 'group-admins']) {
      expect(rowsOf(accessQueries(group, '90'), 'The group itself')).toEqual([
        { id: 'group-admins', displayName: 'admins', isAssignableToRole: 1, membershipRule: null, members: 1 },
      ]);
      expect(found(accessQueries(group, '90'), 'Members of groups')).toEqual(['ada']);
    }
  });
});

describe('licenses that can be freed', () => {
  test('of disabled accounts', () => {
    expect(rowsOf(licenseQueries(undefined, '90'), 'Disabled')).toMatchObject([{ id: 'ben', licenses: 'SPE_E3' }]);
    expect(found(licenseQueries('spe_e5', '90'), 'Disabled')).toEqual([]);
    expect(found(licenseQueries(e3.toUpperCase(), '90'), 'Disabled')).toEqual(['ben']);
  });

  test('of accounts without sign-in', () => {
    mirror.db.exec("UPDATE internal_users SET lastSignInDateTime = '2020-01-01T00:00:00Z' WHERE id = 'ada'");
    expect(rowsOf(licenseQueries(undefined, '90'), 'Enabled')).toMatchObject([
      { id: 'ada', licenses: 'SPE_E3, SPE_E5' },
    ]);
    expect(rowsOf(licenseQueries('SPE_E3', '90'), 'Enabled')).toMatchObject([{ id: 'ada', licenses: 'SPE_E3' }]);
  });

  test('held together, with one of them or any', () => {
    const together = [{ products: 'SPE_E3, SPE_E5', people: 1 }];
    expect(rowsOf(licenseQueries(undefined, '90'), 'Products')).toEqual(together);
    expect(rowsOf(licenseQueries('spe_e3', '90'), 'Products')).toEqual(together);
    expect(rowsOf(licenseQueries('POWER_BI_PRO', '90'), 'Products')).toEqual([]);
  });
});

test('what needs no sign-in activity runs where none is mirrored, and what does says so', () => {
  const all = [undefined, 'x'].flatMap((one) => [...accessQueries(one, '90'), ...licenseQueries(one, '90')]);
  for (const { asks, sql, needsSignIns } of all) {
    const runs = () => usual.db.prepare(sql);
    if (needsSignIns) expect(runs, asks).toThrow('lastSignInDateTime');
    else expect(runs, asks).not.toThrow();
  }
});
