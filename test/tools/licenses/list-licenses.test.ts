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
  ]);
});

test('service plans on request: those that people have', async () => {
  const { items } = await read(listLicenses, { servicePlans: true }, tenant());
  expect(items[0]?.servicePlans).toEqual(['EXCHANGE_S_ENTERPRISE', 'TEAMS1']);
});
