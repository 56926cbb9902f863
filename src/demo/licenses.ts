import type { Group, Groups } from './groups/groups.ts';
import { directoryTime } from './people/generated.ts';
import type { People } from './people/people.ts';
import type { Person } from './people/person.ts';
import {
  dependentPlans,
  exclusivePlans,
  groupSkuId,
  heldThroughGroup,
  type ServicePlan,
  servicePlans,
  skus,
} from './products.ts';
import type { Dice } from './random.ts';

export interface DirectLicense {
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

  /** Whether a license brings a service plan that is on, by its name. */
  hasPlan(person: Person, name: RegExp): boolean {
    return this.assigned(person).some(({ skuId, disabledPlans }) => brings(skuId, name, disabledPlans));
  }

  /** Whether someone had such a plan when the tenant started. */
  startedWith({ facts }: Person, name: RegExp): boolean {
    if (facts === undefined) return false;
    const direct = skus.some((sku) => sku.seeded(facts, this.#dice) && brings(sku.skuId, name, []));
    return direct || (heldThroughGroup(facts, this.#dice) && brings(groupSkuId, name, []));
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
    const direct = this.direct(person).map((license) => ({ ...license, assignedByGroup: null }));
    return [...direct, ...this.#inherited(person)].map((license) => ({ ...license, ...common }));
  }

  #inherited(person: Person): (DirectLicense & { readonly assignedByGroup: string })[] {
    return this.#licenseGroups()
      .filter((group) => group.has(person))
      .flatMap((group) => groupLicenses(group).map((license) => ({ ...license, assignedByGroup: group.id })));
  }

  /** Plans that exclude each other, and plans that lack what they need; of the latter `plan` is the needy one. */
  conflicts(licenses: readonly DirectLicense[]): { readonly message: string; readonly plan?: ServicePlan }[] {
    const has = (plan: ServicePlan): boolean => licenses.some((license) => this.brings(license, plan));
    const ids = (plans: readonly ServicePlan[]): string => plans.map(({ servicePlanId }) => servicePlanId).join(', ');
    return [
      ...exclusivePlans
        .filter((plans) => plans.every(has))
        .map((plans) => ({
          message: `License assignment failed because service plans ${ids(plans)} are mutually exclusive.`,
        })),
      ...dependentPlans
        .filter(([plan, needed]) => has(plan) && !needed.some(has))
        .map(([plan, needed]) => ({
          message: `License assignment failed because service plan ${plan.servicePlanId} depends on the service plan(s) ${ids(needed)}.`,
          plan,
        })),
    ];
  }

  /** Whether a license brings a plan that is on. */
  brings({ skuId, disabledPlans }: DirectLicense, { servicePlanId }: Pick<ServicePlan, 'servicePlanId'>): boolean {
    const plans = skus.find((sku) => sku.skuId === skuId)?.plans ?? [];
    return plans.some((plan) => plan.servicePlanId === servicePlanId) && !disabledPlans.includes(servicePlanId);
  }

  /** `assignedLicenses`: each product once, a plan disabled only where every source disables it. */
  assigned(person: Person): DirectLicense[] {
    return this.merged(person, this.direct(person));
  }

  /** The same, with other direct licenses in place of the person's. */
  merged(person: Person, direct: readonly DirectLicense[]): DirectLicense[] {
    const bySku = new Map<string, readonly string[]>();
    for (const { skuId, disabledPlans } of [...direct, ...this.#inherited(person)]) {
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

const brings = (skuId: string, name: RegExp, disabledPlans: readonly string[]): boolean =>
  skus.some(
    (sku) =>
      sku.skuId === skuId &&
      sku.plans.some(
        ({ servicePlanId, servicePlanName }) => name.test(servicePlanName) && !disabledPlans.includes(servicePlanId),
      ),
  );

function groupLicenses(group: Group): DirectLicense[] {
  const licenses = group.values['assignedLicenses'];
  return Array.isArray(licenses) ? licenses : [];
}
