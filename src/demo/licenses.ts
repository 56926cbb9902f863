import type { Group, Groups } from './groups/groups.ts';
import { directoryTime } from './people/generated.ts';
import type { People } from './people/people.ts';
import type { Person } from './people/person.ts';
import type { PersonFacts } from './people/population.ts';
import { type Dice, stream } from './random.ts';

interface ServicePlan {
  readonly servicePlanId: string;
  readonly servicePlanName: string;
  readonly service: string;
}

/** One product that the tenant has bought. Ids and names are Microsoft's published ones. */
interface Sku {
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

const notGuest = (facts: PersonFacts): boolean => facts.kind !== 'guest';

/** Whether the license group of the tenant gives this person Microsoft 365 E5. */
export const heldThroughGroup = (facts: PersonFacts, dice: Dice): boolean =>
  notGuest(facts) &&
  (facts.index === 14 || (facts.part === undefined && dice.below(100, stream.license, facts.index) < 25));

export const skus: readonly Sku[] = [
  {
    skuId: '06ebc4ee-1bb5-47dd-8120-11324bc54e06',
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
      notGuest(facts) && facts.index > 14 && !heldThroughGroup(facts, dice) && facts.part?.neverSignedIn !== true,
  },
  {
    skuId: '84a661c4-e949-4bd2-a560-ed7766fcaf2b',
    skuPartNumber: 'AAD_PREMIUM_P2',
    plans: [entraP2, mfa],
    seats: (people) => Math.ceil(people * 0.1) + 10,
    seeded: (facts) => facts.index >= 17 && facts.index <= 21,
  },
  {
    skuId: 'a403ebcc-fae0-4ca2-8c8c-7a907fd6c235',
    skuPartNumber: 'POWER_BI_STANDARD',
    plans: [powerBi],
    seats: () => 1_000_000,
    seeded: (facts, dice) =>
      notGuest(facts) && (facts.index === 14 || dice.below(5, stream.license, facts.index, 1) === 0),
  },
  {
    // One seat is left of this one.
    skuId: 'c5928f49-12ba-48f7-ada3-0d743a3601d5',
    skuPartNumber: 'VISIOCLIENT',
    plans: [visio],
    seats: () => 11,
    seeded: (facts) => facts.index <= 8 || facts.index === 14,
  },
];

interface DirectLicense {
  readonly skuId: string;
  readonly disabledPlans: readonly string[];
}

/** Who holds which product: given to the person, or through a group. */
export class Licenses {
  readonly #people: People;
  readonly #groups: Groups;
  readonly #dice: Dice;
  readonly #startedAt: number;
  readonly #direct = new Map<string, readonly DirectLicense[]>();
  #consumed: { version: number; units: ReadonlyMap<string, number> } | undefined;

  constructor(people: People, groups: Groups) {
    this.#people = people;
    this.#groups = groups;
    this.#dice = people.origin.population.dice;
    this.#startedAt = people.origin.startedAt;
    people.computed.set('licenseAssignmentStates', (person) => this.states(person));
    people.computed.set('assignedLicenses', (person) => this.assigned(person));
    people.computed.set('assignedPlans', (person) => this.#plans(person));
    people.computed.set('provisionedPlans', (person) =>
      this.#plans(person).map(({ service }) => ({
        capabilityStatus: 'Enabled',
        provisioningStatus: 'Success',
        service,
      })),
    );
  }

  direct(person: Person): readonly DirectLicense[] {
    const set = this.#direct.get(person.id);
    if (set !== undefined) return set;
    const { facts } = person;
    if (facts === undefined) return [];
    return skus.filter((sku) => sku.seeded(facts, this.#dice)).map(({ skuId }) => ({ skuId, disabledPlans: [] }));
  }

  setDirect(person: Person, licenses: readonly DirectLicense[]): void {
    this.#direct.set(person.id, licenses);
  }

  /** Someone who is gone for good holds nothing. */
  forget(personId: string): void {
    this.#direct.delete(personId);
  }

  /** `licenseAssignmentStates`: one entry per product and source. */
  states(person: Person): {
    skuId: string;
    assignedByGroup: string | null;
    disabledPlans: readonly string[];
    state: string;
    error: string;
    lastUpdatedDateTime: string;
  }[] {
    const common = {
      state: 'Active',
      error: 'None',
      lastUpdatedDateTime: directoryTime(this.#startedAt - 40 * 86_400_000),
    };
    const inherited = this.#licenseGroups()
      .filter((group) => group.has(person))
      .flatMap((group) =>
        groupLicenses(group).map((license) => ({ ...license, assignedByGroup: group.id, ...common })),
      );
    return [...this.direct(person).map((license) => ({ ...license, assignedByGroup: null, ...common })), ...inherited];
  }

  /** `assignedLicenses`: each product once, a plan disabled only where every source disables it. */
  assigned(person: Person): DirectLicense[] {
    const bySku = new Map<string, readonly string[]>();
    for (const { skuId, disabledPlans } of this.states(person)) {
      const before = bySku.get(skuId);
      bySku.set(skuId, before === undefined ? disabledPlans : before.filter((id) => disabledPlans.includes(id)));
    }
    return [...bySku].map(([skuId, disabledPlans]) => ({ skuId, disabledPlans }));
  }

  /** `licenseDetails` of a person. */
  details(person: Person): Record<string, unknown>[] {
    return this.assigned(person).flatMap(({ skuId, disabledPlans }) => {
      const sku = skus.find((known) => known.skuId === skuId);
      if (sku === undefined) return [];
      const id = Buffer.from(`${person.id}${skuId}`.replaceAll('-', ''), 'hex').toString('base64url');
      return [{ id, skuId, skuPartNumber: sku.skuPartNumber, servicePlans: servicePlans(sku, disabledPlans) }];
    });
  }

  /** Seats in use by SKU id. `version` changes with every change to the tenant: a count is made once for each. */
  consumed(version: number): ReadonlyMap<string, number> {
    if (this.#consumed?.version === version) return this.#consumed.units;
    const units = new Map<string, number>();
    const groups = this.#licenseGroups();
    for (const person of this.#people.after(-1)) {
      for (const skuId of this.#heldSkus(person, groups)) units.set(skuId, (units.get(skuId) ?? 0) + 1);
    }
    this.#consumed = { version, units };
    return units;
  }

  #heldSkus(person: Person, groups: readonly Group[]): ReadonlySet<string> {
    const held = new Set(this.direct(person).map(({ skuId }) => skuId));
    for (const group of groups) {
      if (group.has(person)) for (const { skuId } of groupLicenses(group)) held.add(skuId);
    }
    return held;
  }

  #licenseGroups(): Group[] {
    return this.#groups.all().filter((group) => groupLicenses(group).length > 0);
  }

  #plans(
    person: Person,
  ): { assignedDateTime: string; capabilityStatus: string; service: string; servicePlanId: string }[] {
    const plans = new Map<string, ServicePlan>();
    for (const { skuId, disabledPlans } of this.assigned(person)) {
      for (const owned of skus.find((sku) => sku.skuId === skuId)?.plans ?? []) {
        if (!disabledPlans.includes(owned.servicePlanId)) plans.set(owned.servicePlanId, owned);
      }
    }
    const assignedDateTime = directoryTime(this.#startedAt - 40 * 86_400_000);
    return [...plans.values()].map(({ service, servicePlanId }) => ({
      assignedDateTime,
      capabilityStatus: 'Enabled',
      service,
      servicePlanId,
    }));
  }
}

function groupLicenses(group: Group): DirectLicense[] {
  const licenses = group.values['assignedLicenses'];
  return Array.isArray(licenses) ? licenses : [];
}

/** The plans of a product as Graph lists them. */
export function servicePlans(sku: Sku, disabledPlans: readonly string[]): Record<string, unknown>[] {
  return sku.plans.map(({ servicePlanId, servicePlanName }) => ({
    servicePlanId,
    servicePlanName,
    provisioningStatus: disabledPlans.includes(servicePlanId) ? 'Disabled' : 'Success',
    appliesTo: 'User',
  }));
}
