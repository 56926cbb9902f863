import { expect, test } from 'vitest';
import listLicenses from '../../../tools/licenses/list-licenses.ts';
import { read } from '../../fixtures/tool-trial.ts';
import { e3, tenant } from './products.ts';

test('seats bought, used and free; never fewer than none', async () => {
  const { items } = await read(listLicenses, {}, tenant());
  expect(items[0]).toEqual({
    skuId: e3.skuId,
    skuPartNumber: 'SPE_E3',
    capabilityStatus: 'Enabled',
    enabled: 10,
    consumed: 4,
    free: 6,
  });
  expect(items.map(({ skuPartNumber, free }) => `${skuPartNumber} ${free}`)).toEqual([
    'SPE_E3 6',
    'STANDARDPACK 6',
    'VISIOCLIENT 1',
    'PROJECTPROFESSIONAL 0',
    'SHAREPOINTSTANDARD 6',
    'SHAREPOINTENTERPRISE 6',
  ]);
});

test('what is wrong with the seats is said', async () => {
  const prepaidUnits = { enabled: 3, warning: 2, suspended: 5, lockedOut: 1 };
  const graph = tenant().collection('/subscribedSkus', [{ ...e3, prepaidUnits }]);
  expect(await read(listLicenses, {}, graph)).toMatchObject({
    items: [
      {
        free: 0,
        warnings: [
          '1 more seats are taken than are paid for',
          'The subscription of 2 seats has ended: they work for a grace period',
          '5 seats are suspended: nobody can use them',
          '1 seats are locked out',
        ],
      },
    ],
  });
});

test('page by page', async () => {
  const first = await read(listLicenses, { pageSize: 4 }, tenant());
  expect(first).toMatchObject({ items: { length: 4 }, total: 6 });
  expect(await read(listLicenses, { pageSize: 4, cursor: first.nextCursor }, tenant())).toEqual({
    items: [
      expect.objectContaining({ skuPartNumber: 'SHAREPOINTSTANDARD' }),
      expect.objectContaining({ skuPartNumber: 'SHAREPOINTENTERPRISE' }),
    ],
    total: 6,
  });
});

test('service plans on request: those that people have', async () => {
  const { items } = await read(listLicenses, { servicePlans: true }, tenant());
  expect(items[0]?.servicePlans).toEqual(['EXCHANGE_S_ENTERPRISE', 'TEAMS1']);
});
