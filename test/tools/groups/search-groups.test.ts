import { expect, test } from 'vitest';
import searchGroups from '../../../tools/groups/search-groups.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { finance } from '../../fixtures/people.ts';
import { read } from '../../fixtures/tool-trial.ts';

const skuId = '06ebc4ee-1bb5-47dd-8120-11324bc54e06';
const directory = () =>
  new FakeGraph().collection('/groups', [finance]).collection('/subscribedSkus', [{ skuId, skuPartNumber: 'SPE_E5' }]);

const asked = async (input: object) => {
  const graph = directory();
  await read(searchGroups, searchGroups.input.parse(input), graph);
  return graph.reads.at(-1);
};

test('without filters it lists all, with the usual properties', async () => {
  const graph = directory();
  expect(await read(searchGroups, {}, graph)).toMatchObject({ items: [{ id: finance.id, displayName: 'Finance' }] });
  expect(graph.reads).toEqual([
    {
      at: '/groups',
      select: [
        'id',
        'displayName',
        'description',
        'groupTypes',
        'securityEnabled',
        'mailEnabled',
        'mail',
        'isAssignableToRole',
        'onPremisesSyncEnabled',
        'membershipRule',
      ],
    },
  ]);
});

test.each([
  [{ kind: 'microsoft365' }, "groupTypes/any(c:c eq 'Unified')"],
  [{ kind: 'security' }, 'securityEnabled eq true and mailEnabled eq false'],
  [{ dynamic: true }, "groupTypes/any(c:c eq 'DynamicMembership')"],
  [{ roleAssignable: true }, 'isAssignableToRole eq true'],
  [{ synced: true }, 'onPremisesSyncEnabled eq true'],
  [{ license: 'SPE_E5' }, `assignedLicenses/any(a:a/skuId eq ${skuId})`],
])('%j is a default query', async (filters, filter) => {
  const read = await asked(filters);
  expect(read).toMatchObject({ at: '/groups', filter });
  expect(read).not.toHaveProperty('advanced');
});

test.each([
  [
    { kind: 'distribution' },
    "securityEnabled eq false and mailEnabled eq true and not groupTypes/any(c:c eq 'Unified')",
  ],
  [
    { kind: 'mailSecurity' },
    "securityEnabled eq true and mailEnabled eq true and not groupTypes/any(c:c eq 'Unified')",
  ],
  [{ dynamic: false }, "not groupTypes/any(c:c eq 'DynamicMembership')"],
  [{ roleAssignable: false }, 'isAssignableToRole ne true'],
  [{ synced: false }, 'onPremisesSyncEnabled ne true'],
])('%j needs an advanced query', async (filters, filter) => {
  expect(await asked(filters)).toMatchObject({ at: '/groups', filter, advanced: true });
});

test('text searches name and description, and its quotes stay data', async () => {
  expect(await asked({ text: 'fin" OR "x', kind: 'security' })).toMatchObject({
    search: '"displayName:fin\\" OR \\"x" OR "description:fin\\" OR \\"x"',
    filter: 'securityEnabled eq true and mailEnabled eq false',
    advanced: true,
  });
});

test('an unknown license is NOT_FOUND', async () => {
  await expect(read(searchGroups, { license: 'X' }, directory())).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test.each([{ kind: 'team' }, { filter: '' }, { text: '' }, { fields: ['members'] }])('refuses %j', (input) => {
  expect(searchGroups.input.safeParse(input).success).toBe(false);
});
