import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, finance } from '../../fixtures/people.ts';

const plan = (servicePlanId: string, servicePlanName: string, appliesTo = 'User') => ({
  servicePlanId,
  servicePlanName,
  appliesTo,
});
export const exchange = plan('efb87545-963c-4e0d-99df-69c6916d9eb0', 'EXCHANGE_S_ENTERPRISE');
export const teams = plan('57ff2da0-773e-42df-b2af-ffb7a2317929', 'TEAMS1');
const smallExchange = plan('9aaf7827-d63c-4b61-89c3-182f06f82e5c', 'EXCHANGE_S_STANDARD');
const visioPlan = plan('663a804f-1c30-4ff0-9915-9db84f0d1cea', 'VISIO_CLIENT_SUBSCRIPTION');
const ofTenant = plan('113feb6c-3fe4-4440-bddc-54d774bf0318', 'EXCHANGE_S_FOUNDATION', 'Company');

const sku = (
  skuId: string,
  skuPartNumber: string,
  servicePlans: readonly ReturnType<typeof plan>[],
  enabled = 10,
  consumed = 4,
) => ({
  skuId,
  skuPartNumber,
  appliesTo: 'User',
  capabilityStatus: 'Enabled',
  prepaidUnits: { enabled, suspended: 0, warning: 0 },
  consumedUnits: consumed,
  servicePlans,
});
/** Exchange and Teams. */
export const e3 = sku('05e9a617-0261-4cee-bb44-138d3ef5d965', 'SPE_E3', [exchange, teams, ofTenant]);
export const standard = sku('18181a46-0d4e-45cd-891e-60aabd171b4e', 'STANDARDPACK', [smallExchange, teams]);
/** Two editions of SharePoint, which exclude each other. */
export const smallSite = plan('c7699d2e-19aa-44de-8edf-1736da088ca1', 'SHAREPOINTSTANDARD');
const site = plan('5dbe027f-2339-4123-9542-606e4d348a72', 'SHAREPOINTENTERPRISE');
export const sites1 = sku('1fc08a02-8b3d-43b9-831e-f76859e04e1a', 'SHAREPOINTSTANDARD', [smallSite]);
export const sites2 = sku('a9732ec9-17d9-494c-a51c-d6b45b384dcb', 'SHAREPOINTENTERPRISE', [site]);
/** One seat is free. */
export const visio = sku('c5928f49-12ba-48f7-ada3-0d743a3601d5', 'VISIOCLIENT', [visioPlan], 11, 10);
/** None is free. */
export const full = sku('53818b1b-4a27-454b-8896-0dba576410e6', 'PROJECTPROFESSIONAL', [], 5, 6);

/** A license as it is assigned, directly unless a group is named. */
export const held = (
  { skuId }: { readonly skuId: string },
  more: { assignedByGroup?: string; disabledPlans?: readonly string[]; state?: string; error?: string } = {},
) => ({ skuId, assignedByGroup: null, disabledPlans: [], state: 'Active', error: 'None', ...more });

/** Ann with these licenses, in a tenant with all products. No dynamic groups. */
export function tenant(states: readonly object[] = [], changed: object = {}, graph = new FakeGraph()): FakeGraph {
  return graph
    .user({ ...ann, usageLocation: 'DE', licenseAssignmentStates: states, ...changed })
    .object(`/groups/${finance.id}`, finance)
    .collection('/groups', [])
    .collection('/subscribedSkus', [e3, standard, visio, full, sites1, sites2]);
}
