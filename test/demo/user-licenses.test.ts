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
