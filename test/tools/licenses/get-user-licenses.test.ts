import { expect, test } from 'vitest';
import { ToolError } from '../../../src/contract/index.ts';
import getUserLicenses from '../../../tools/licenses/get-user-licenses.ts';
import { ann, finance } from '../../fixtures/people.ts';
import { read } from '../../fixtures/tool-trial.ts';
import { e3, exchange, held, tenant, visio } from './products.ts';

const gone = { skuId: 'a403ebcc-fae0-4ca2-8c8c-7a907fd6c235' };
const states = [
  held(e3, { disabledPlans: [exchange.servicePlanId] }),
  held(e3, { assignedByGroup: finance.id }),
  held(visio, { assignedByGroup: finance.id, state: 'Error', error: 'CountViolation' }),
  held(gone, { disabledPlans: ['unknown'] }),
];

test('one entry per license and source, with names', async () => {
  expect(await read(getUserLicenses, { user: ann.userPrincipalName }, tenant(states))).toEqual({
    user: {
      id: ann.id,
      displayName: ann.displayName,
      userPrincipalName: ann.userPrincipalName,
      usageLocation: 'DE',
    },
    items: [
      {
        skuId: e3.skuId,
        skuPartNumber: 'SPE_E3',
        assignedByGroup: null,
        state: 'Active',
        disabledPlans: ['EXCHANGE_S_ENTERPRISE'],
      },
      {
        skuId: e3.skuId,
        skuPartNumber: 'SPE_E3',
        assignedByGroup: { id: finance.id, displayName: 'Finance' },
        state: 'Active',
        disabledPlans: [],
      },
      {
        skuId: visio.skuId,
        skuPartNumber: 'VISIOCLIENT',
        assignedByGroup: { id: finance.id, displayName: 'Finance' },
        state: 'Error',
        error: 'No seat was free (CountViolation)',
        disabledPlans: [],
      },
      { skuId: gone.skuId, skuPartNumber: null, assignedByGroup: null, state: 'Active', disabledPlans: ['unknown'] },
    ],
  });
});

test.each([
  ['MutuallyExclusiveViolation', 'One of its service plans excludes'],
  ['DependencyViolation', 'One of its service plans needs another'],
  ['ProhibitedInUsageLocationViolation', 'It is not sold in the usage location'],
  ['UniquenessViolation', 'A mail address that comes with it is taken'],
  ['Other', 'It failed, most often with another license'],
])('%s is told in words', async (error, words) => {
  const graph = tenant([held(visio, { assignedByGroup: finance.id, state: 'Error', error })]);
  const { items } = await read(getUserLicenses, { user: ann.id }, graph);
  expect(items[0]?.error).toMatch(new RegExp(`^${words}.*\\(${error}\\)$`));
});

test('each group is read once; one that may not be read has no name', async () => {
  const graph = tenant(states);
  const at = `/groups/${finance.id}`;
  await read(getUserLicenses, { user: ann.id }, graph);
  expect(graph.reads.filter((one) => one.at === at)).toHaveLength(1);
  graph.fail(at, new ToolError('NOT_PERMITTED', { message: 'No.', fix: 'Ask.' }));
  const { items } = await read(getUserLicenses, { user: ann.id }, graph);
  expect(items[1]?.assignedByGroup).toEqual({ id: finance.id, displayName: null });
  graph.fail(at, new ToolError('UPSTREAM', { message: 'No.', fix: 'Wait.' }));
  await expect(read(getUserLicenses, { user: ann.id }, graph)).rejects.toMatchObject({ code: 'UPSTREAM' });
});

test('nobody by that name, and nothing held', async () => {
  expect((await read(getUserLicenses, { user: ann.id }, tenant())).items).toEqual([]);
  await expect(read(getUserLicenses, { user: 'x@contoso.com' }, tenant())).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
