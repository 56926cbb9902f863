import { parts } from './people/cast.ts';
import type { PersonFacts } from './people/population.ts';
import { type Dice, stream } from './random.ts';

export interface ServicePlan {
  readonly servicePlanId: string;
  readonly servicePlanName: string;
  readonly service: string;
}

/** One product that the tenant has bought. Ids and names are Microsoft's published ones. */
export interface Sku {
  readonly skuId: string;
  readonly skuPartNumber: string;
  readonly plans: readonly ServicePlan[];
  /** Bought seats, given the number of people. */
  readonly seats: (people: number) => number;
  /** Who holds it directly from the start. */
  readonly seeded: (facts: PersonFacts, dice: Dice) => boolean;
}

const plan = (servicePlanId: string, servicePlanName: string, service: string): ServicePlan => ({
  servicePlanId,
  servicePlanName,
  service,
});
const exchange = plan('efb87545-963c-4e0d-99df-69c6916d9eb0', 'EXCHANGE_S_ENTERPRISE', 'exchange');
const sharePoint = plan('5dbe027f-2339-4123-9542-606e4d348a72', 'SHAREPOINTENTERPRISE', 'SharePoint');
const teams = plan('57ff2da0-773e-42df-b2af-ffb7a2317929', 'TEAMS1', 'TeamspaceAPI');
const office = plan('43de0ff5-c92c-492b-9116-175376d08c38', 'OFFICESUBSCRIPTION', 'MicrosoftOffice');
const intune = plan('c1ec4a95-1f05-45b3-a911-aa3fa01094f5', 'INTUNE_A', 'SCO');
const entraP1 = plan('41781fb2-bc02-4b7c-bd55-b576c07bb09d', 'AAD_PREMIUM', 'AADPremiumService');
const entraP2 = plan('eec0eb4f-6444-4f95-aba0-50c24d67f998', 'AAD_PREMIUM_P2', 'AADPremiumService');
const mfa = plan('8a256a2b-b617-496d-b51b-e76466e88db0', 'MFA_PREMIUM', 'MultiFactorService');
const powerBi = plan('2049e525-b859-401b-b2a0-e0a31c4b1fe4', 'BI_AZURE_P0', 'PowerBI');
const visio = plan('663a804f-1c30-4ff0-9915-9db84f0d1cea', 'VISIO_CLIENT_SUBSCRIPTION', 'MicrosoftOffice');

const exchangeBasic = plan('9aaf7827-d63c-4b61-89c3-182f06f82e5c', 'EXCHANGE_S_STANDARD', 'exchange');
const sharePointBasic = plan('c7699d2e-19aa-44de-8edf-1736da088ca1', 'SHAREPOINTSTANDARD', 'SharePoint');
const archive = plan('176a09a6-7ec5-4039-ac02-b2791c6ba793', 'EXCHANGE_S_ARCHIVE_ADDON', 'exchange');
const flow = plan('50e68c76-46c6-4674-81f9-75456511b170', 'FLOW_P2_VIRAL', 'ProcessSimple');
const project = plan('fafd7243-e5c1-4a3a-9e40-495efcb1d3c3', 'PROJECT_CLIENT_SUBSCRIPTION', 'MicrosoftOffice');

/** Plans that nobody can have both of. */
export const exclusivePlans: readonly (readonly [ServicePlan, ServicePlan])[] = [
  [exchangeBasic, exchange],
  [sharePointBasic, sharePoint],
];
/** A plan, and those of which it needs one. */
export const dependentPlans: readonly (readonly [ServicePlan, readonly ServicePlan[]])[] = [
  [archive, [exchangeBasic, exchange]],
];

const leavers: readonly number[] = [parts.leaver, parts.busyLeaver];
const notGuest = (facts: PersonFacts): boolean => facts.kind !== 'guest';

/** Whether the license group of the tenant gives this person Microsoft 365 E5. */
export const heldThroughGroup = (facts: PersonFacts, dice: Dice): boolean =>
  notGuest(facts) &&
  (facts.index === parts.ordinary ||
    facts.index === parts.leaver ||
    (facts.part === undefined && dice.below(100, stream.license, facts.index) < 25));

/** Microsoft 365 E5, which the license group of the tenant gives. */
export const groupSkuId = '06ebc4ee-1bb5-47dd-8120-11324bc54e06';

export const skus: readonly Sku[] = [
  {
    skuId: groupSkuId,
    skuPartNumber: 'SPE_E5',
    plans: [exchange, sharePoint, teams, office, intune, entraP1, entraP2, mfa],
    seats: (people) => Math.ceil(people * 0.4) + 10,
    seeded: (facts) => facts.index <= 13,
  },
  {
    skuId: '05e9a617-0261-4cee-bb44-138d3ef5d965',
    skuPartNumber: 'SPE_E3',
    plans: [exchange, sharePoint, teams, office, intune, entraP1, mfa],
    seats: (people) => people + 5,
    seeded: (facts, dice) =>
      notGuest(facts) &&
      facts.index > parts.ordinary &&
      !heldThroughGroup(facts, dice) &&
      facts.part?.neverSignedIn !== true &&
      facts.part?.isPlain !== true,
  },
  {
    skuId: '84a661c4-e949-4bd2-a560-ed7766fcaf2b',
    skuPartNumber: 'AAD_PREMIUM_P2',
    plans: [entraP2, mfa],
    seats: (people) => Math.ceil(people * 0.1) + 10,
    seeded: ({ index }) => (index >= 17 && index <= 21) || leavers.includes(index),
  },
  {
    skuId: 'a403ebcc-fae0-4ca2-8c8c-7a907fd6c235',
    skuPartNumber: 'POWER_BI_STANDARD',
    plans: [powerBi],
    seats: () => 1_000_000,
    seeded: (facts, dice) =>
      notGuest(facts) &&
      (facts.index === parts.ordinary ||
        leavers.includes(facts.index) ||
        dice.below(5, stream.license, facts.index, 1) === 0),
  },
  {
    // One seat is left of this one.
    skuId: 'c5928f49-12ba-48f7-ada3-0d743a3601d5',
    skuPartNumber: 'VISIOCLIENT',
    plans: [visio],
    seats: () => 11,
    seeded: (facts) => facts.index <= 8 || facts.index === parts.ordinary,
  },
  {
    skuId: 'f30db892-07e9-47e9-837c-80727f46fd3d',
    skuPartNumber: 'FLOW_FREE',
    plans: [flow],
    seats: () => 10_000,
    seeded: ({ index }) => index === parts.busyLeaver,
  },
  {
    skuId: '53818b1b-4a27-454b-8896-0dba576410e6',
    skuPartNumber: 'PROJECTPROFESSIONAL',
    plans: [project],
    seats: () => 20,
    seeded: ({ index }) => index === parts.busyLeaver,
  },
  {
    skuId: 'efccb6f7-5641-4e0e-bd10-b4976e1bf68e',
    skuPartNumber: 'EMS',
    plans: [entraP1, intune, mfa],
    seats: () => 20,
    seeded: ({ index }) => index === parts.busyLeaver,
  },
  {
    // Its plans exclude those of the larger products.
    skuId: '18181a46-0d4e-45cd-891e-60aabd171b4e',
    skuPartNumber: 'STANDARDPACK',
    plans: [exchangeBasic, sharePointBasic, teams],
    seats: () => 25,
    seeded: () => false,
  },
  {
    // Needs a product with Exchange beside it.
    skuId: 'ee02fd1b-340e-4a4b-b355-4a514e4c8943',
    skuPartNumber: 'EXCHANGEARCHIVE_ADDON',
    plans: [archive],
    seats: () => 25,
    seeded: () => false,
  },
];

/** The plans of a product as Graph lists them. */
export function servicePlans(sku: Sku, disabledPlans: readonly string[]): Record<string, unknown>[] {
  return sku.plans.map(({ servicePlanId, servicePlanName }) => ({
    servicePlanId,
    servicePlanName,
    provisioningStatus: disabledPlans.includes(servicePlanId) ? 'Disabled' : 'Success',
    appliesTo: 'User',
  }));
}
