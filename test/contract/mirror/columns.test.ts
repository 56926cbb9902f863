import { expect, test } from 'vitest';
import { userFilters } from '../../../src/contract/filter/support.ts';
import { userProperties } from '../../../src/contract/index.ts';
import { mirrorColumn } from '../../../src/contract/mirror/columns.ts';
import { signInColumns, signInField, userColumns } from '../../../src/directory/columns.ts';
import { optionalFields, selectionOf } from '../../../src/directory/selection.ts';

const everything = userColumns(selectionOf(optionalFields));
const typeOf = { flag: 'boolean', list: 'json', text: 'text', time: 'text', guid: 'text' } as const;

test('every column of the mirror is known by the property it holds, with its type and the setting it waits for', () => {
  const signIns = signInColumns.map(({ name }) => name);
  for (const { name, type } of everything) {
    const column = mirrorColumn(signIns.includes(name) ? `signInActivity/${name}` : name);
    expect([name, column?.name, column && typeOf[column.kind]]).toEqual([name, name, type]);
    const setting = signIns.includes(name) ? signInField : optionalFields.find((field) => field === name);
    expect([name, column?.setting]).toEqual([name, setting]);
  }
});

test('what is known is a column of the mirror', () => {
  const columns = ['id', 'managerId', ...everything.map(({ name }) => name)];
  const properties = [
    ...Object.keys(userProperties),
    ...userFilters().properties.keys(),
    'manager/id',
    'object',
    'managerId',
  ];
  const known = properties.flatMap((property) => mirrorColumn(property)?.name ?? []);
  expect(known.filter((name) => !columns.includes(name))).toEqual([]);
});

test('what Graph filters as a kind of value is held as one', () => {
  for (const [path, { kind }] of userFilters().properties) {
    const column = mirrorColumn(path);
    if (column !== undefined) expect([path, column.kind]).toEqual([path, kind]);
  }
});

test('letter case does not matter; what is not mirrored is not known', () => {
  expect(mirrorColumn('SIGNINACTIVITY/lastsignindatetime')?.name).toBe('lastSignInDateTime');
  for (const path of ['passwordPolicies', 'manager', 'manager/mail', 'lastSignInDateTime', '__proto__', '']) {
    expect(mirrorColumn(path)).toBeUndefined();
  }
});
