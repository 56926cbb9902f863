import { afterEach, beforeEach, expect, test } from 'vitest';
import { GraphClient } from './graph-client.ts';

let graph: GraphClient;
beforeEach(async () => {
  graph = await GraphClient.start({ users: 60 });
});
afterEach(() => graph.tenant.close());

const sku = {
  e5: '06ebc4ee-1bb5-47dd-8120-11324bc54e06',
  powerBi: 'a403ebcc-fae0-4ca2-8c8c-7a907fd6c235',
  visio: 'c5928f49-12ba-48f7-ada3-0d743a3601d5',
};
const assign = (id: string, add: readonly string[], remove: readonly string[]) =>
  graph.send('POST', `/users/${id}/assignLicense`, {
    addLicenses: add.map((skuId) => ({ skuId, disabledPlans: [] })),
    removeLicenses: remove,
  });
const held = async (id: string) =>
  (await graph.get(`/users/${id}/licenseDetails`)).items.map((license) => license['skuId']);
const consumed = async (skuId: string) =>
  (await graph.get('/subscribedSkus')).items.find((known) => known['skuId'] === skuId)?.['consumedUnits'];

test('licenses are given and taken, and seats counted', async () => {
  const { newcomer } = graph.tenant.landmarks;
  const before = Number(await consumed(sku.powerBi));
  expect((await assign(newcomer.id, [sku.powerBi], [])).status).toBe(200);
  expect(await held(newcomer.id)).toContain(sku.powerBi);
  expect(await consumed(sku.powerBi)).toBe(before + 1);
  expect((await assign(newcomer.id, [], [sku.powerBi])).status).toBe(200);
  expect(await held(newcomer.id)).not.toContain(sku.powerBi);
  expect(await consumed(sku.powerBi)).toBe(before);
});

test('the last seat goes once', async () => {
  const { newcomer, eligibleAdmin } = graph.tenant.landmarks;
  expect((await assign(newcomer.id, [sku.visio], [])).status).toBe(200);
  expect((await assign(eligibleAdmin.id, [sku.visio], [])).error.message).toBe(
    `Subscription with SKU ${sku.visio} does not have any available licenses.`,
  );
});

test('an inherited license stays, one that is not there cannot go, and one fault fails all', async () => {
  const { ordinary } = graph.tenant.landmarks;
  const before = graph.tenant.snapshot();
  expect((await assign(ordinary.id, [], [sku.powerBi, sku.e5])).error.message).toContain(
    'inherited from a group membership',
  );
  expect((await assign(graph.tenant.landmarks.newcomer.id, [], [sku.e5])).status).toBe(400);
  expect((await assign(ordinary.id, ['00000000-0000-4000-8000-000000000000'], [])).status).toBe(400);
  expect((await assign(ordinary.id, [sku.visio], [sku.visio])).status).toBe(400);
  expect(graph.tenant.snapshot()).toEqual(before);
});

test('a usage location is needed, and both lists', async () => {
  const { guest } = graph.tenant.landmarks;
  expect((await assign(guest.id, [sku.powerBi], [])).error.message).toBe(
    'License assignment cannot be done for user with invalid usage location.',
  );
  const half = await graph.send('POST', `/users/${guest.id}/assignLicense`, { removeLicenses: [] });
  expect(half.status).toBe(400);
});

const more = {
  e3: '05e9a617-0261-4cee-bb44-138d3ef5d965',
  e1: '18181a46-0d4e-45cd-891e-60aabd171b4e',
  archive: 'ee02fd1b-340e-4a4b-b355-4a514e4c8943',
};
const plans = {
  exchange: 'efb87545-963c-4e0d-99df-69c6916d9eb0',
  exchangeBasic: '9aaf7827-d63c-4b61-89c3-182f06f82e5c',
  sharePointBasic: 'c7699d2e-19aa-44de-8edf-1736da088ca1',
  archive: '176a09a6-7ec5-4039-ac02-b2791c6ba793',
};

test('plans that exclude each other cannot be together, unless they are off', async () => {
  const { newcomer, ordinary } = graph.tenant.landmarks;
  expect((await assign(newcomer.id, [more.e3], [])).status).toBe(200);
  expect((await assign(newcomer.id, [more.e1], [])).error.message).toBe(
    `License assignment failed because service plans ${plans.exchangeBasic}, ${plans.exchange} are mutually exclusive.`,
  );
  const disabled = await graph.send('POST', `/users/${newcomer.id}/assignLicense`, {
    addLicenses: [{ skuId: more.e1, disabledPlans: [plans.exchangeBasic, plans.sharePointBasic] }],
    removeLicenses: [],
  });
  expect(disabled.status).toBe(200);
  // In one request, one takes the place of the other.
  expect((await assign(newcomer.id, [], [more.e1])).status).toBe(200);
  expect((await assign(newcomer.id, [more.e1], [more.e3])).status).toBe(200);
  // Against what a group brings, too.
  expect((await assign(ordinary.id, [more.e1], [])).status).toBe(400);
});

test('a plan that needs another goes with it or before it', async () => {
  const { newcomer } = graph.tenant.landmarks;
  const lonely = await assign(newcomer.id, [more.archive], []);
  expect(lonely.error.message).toContain(`service plan ${plans.archive} depends on the service plan(s)`);
  expect((await assign(newcomer.id, [more.e3, more.archive], [])).status).toBe(200);
  expect((await assign(newcomer.id, [], [more.e3])).status).toBe(400);
  expect((await assign(newcomer.id, [], [more.e3, more.archive])).status).toBe(200);
});

test('each product lists its service plans, Exchange by name', async () => {
  const skus = (await graph.get('/subscribedSkus')).items;
  const e3 = skus.find((product) => product['skuPartNumber'] === 'SPE_E3');
  expect(e3?.['servicePlans']).toContainEqual({
    servicePlanId: plans.exchange,
    servicePlanName: 'EXCHANGE_S_ENTERPRISE',
    provisioningStatus: 'Success',
    appliesTo: 'User',
  });
});
