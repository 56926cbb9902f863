import { z } from 'zod';
import { ToolError } from './error.ts';
import type { GraphReader } from './graph.ts';
import { path } from './path.ts';

const text = z.string().nullish();
const units = z.number().nullish();

const servicePlan = z.object({ servicePlanId: z.string(), servicePlanName: text, appliesTo: text });
export type ServicePlan = z.output<typeof servicePlan>;

/** A product that the tenant has bought. [learn.microsoft.com/graph/api/resources/subscribedsku] */
const subscribedSku = z.object({
  skuId: z.string(),
  skuPartNumber: z.string(),
  appliesTo: text,
  capabilityStatus: text,
  consumedUnits: units,
  prepaidUnits: z.object({ enabled: units, warning: units, suspended: units, lockedOut: units }).nullish(),
  servicePlans: z.array(servicePlan).nullish(),
});
export type SubscribedSku = z.output<typeof subscribedSku>;

/** One product from one source, direct or a group. [learn.microsoft.com/graph/api/resources/licenseassignmentstate] */
export const licenseState = z.object({
  skuId: z.string(),
  assignedByGroup: text,
  disabledPlans: z.array(z.string()).nullish(),
  state: text,
  error: text,
});
export type LicenseState = z.output<typeof licenseState>;

/** Every product of the tenant. */
export async function subscribedSkus(graph: GraphReader): Promise<SubscribedSku[]> {
  const found: SubscribedSku[] = [];
  for await (const page of graph.pages(path`/subscribedSkus`, subscribedSku)) found.push(...page.items);
  return found;
}

/** The product with this SKU id or part number; letter case does not matter. */
export function skuNamed<S extends Pick<SubscribedSku, 'skuId' | 'skuPartNumber'>>(
  skus: readonly S[],
  ref: string,
): S | undefined {
  const wanted = ref.toLowerCase();
  return skus.find(
    ({ skuId, skuPartNumber }) => skuId.toLowerCase() === wanted || skuPartNumber.toLowerCase() === wanted,
  );
}

/** Seats that nobody has; none where more are taken than bought. */
export function freeSeats({ prepaidUnits, consumedUnits }: SubscribedSku): number {
  return Math.max(0, (prepaidUnits?.enabled ?? 0) - (consumedUnits ?? 0));
}

/** Whether people can be given a product now: it is theirs, and its subscription has not lapsed. */
export function isAssignable({ appliesTo, capabilityStatus }: SubscribedSku): boolean {
  return appliesTo !== 'Company' && !/^(?:Suspended|LockedOut|Deleted)$/.test(capabilityStatus ?? '');
}

/** What is wrong with the seats of a product, a sentence each. */
export function seatWarnings({ prepaidUnits, consumedUnits }: SubscribedSku): string[] {
  const { warning, suspended, lockedOut } = prepaidUnits ?? {};
  const missing = (consumedUnits ?? 0) - (prepaidUnits?.enabled ?? 0);
  return [
    ...(missing > 0 ? [`${missing} more seats are taken than are paid for`] : []),
    ...(warning ? [`The subscription of ${warning} seats has ended: they work for a grace period`] : []),
    ...(suspended ? [`${suspended} seats are suspended: nobody can use them`] : []),
    ...(lockedOut ? [`${lockedOut} seats are locked out`] : []),
  ];
}

/** Plans of a product that people have; others belong to the tenant as a whole, and cannot be left off. */
export function personalPlans({ servicePlans }: SubscribedSku): ServicePlan[] {
  return (servicePlans ?? []).filter(({ appliesTo }) => appliesTo !== 'Company');
}

/** Given to the account itself, rather than through a group. */
export function isDirect({ assignedByGroup }: Pick<LicenseState, 'assignedByGroup'>): boolean {
  return assignedByGroup == null;
}

/** Licenses that failed give nothing and take no seat. */
export function isInForce({ state }: Pick<LicenseState, 'state'>): boolean {
  return state !== 'Error' && state !== 'Disabled';
}

/** The plans that are on for someone with these licenses: a plan is off only where every source leaves it off. */
export function plansOn(
  skus: readonly SubscribedSku[],
  licenses: readonly Pick<LicenseState, 'skuId' | 'disabledPlans'>[],
): ServicePlan[] {
  const on = licenses.flatMap(({ skuId, disabledPlans }) =>
    (skus.find((sku) => sku.skuId === skuId)?.servicePlans ?? []).filter(
      ({ servicePlanId }) => disabledPlans?.includes(servicePlanId) !== true,
    ),
  );
  return [...new Map(on.map((plan) => [plan.servicePlanId, plan])).values()];
}

/** Plans that bring a mailbox; archives and the foundation of other plans do not. [learn.microsoft.com/entra/identity/users/licensing-service-plan-reference] */
const mailboxPlans = /^EXCHANGE_(?:S_(?:ENTERPRISE|STANDARD|DESKLESS|ESSENTIALS)|B_|L_)/;

/** Whether one of these plans brings a mailbox. */
export function bringMailbox(plans: readonly Pick<ServicePlan, 'servicePlanName'>[]): boolean {
  return plans.some(({ servicePlanName }) => mailboxPlans.test(servicePlanName ?? ''));
}

/** Days for which Exchange keeps a mailbox without a license. [learn.microsoft.com/exchange/recipients-in-exchange-online/delete-or-restore-mailboxes] */
const mailboxDays = 30;

/** The day on which a mailbox is lost whose license goes now, as 2026-03-31. */
export function mailboxLostOn(now: number): string {
  return new Date(now + mailboxDays * 86_400_000).toISOString().slice(0, 10);
}

/**
 * Plans of which nobody can have two: smaller and larger editions of one service. Those of Exchange can be together since
 * 2023; where a tenant does not have that yet, Graph refuses them itself.
 * [learn.microsoft.com/entra/fundamentals/licensing-groups-resolve-problems]
 */
const editions: readonly (readonly string[])[] = [['SHAREPOINTDESKLESS', 'SHAREPOINTSTANDARD', 'SHAREPOINTENTERPRISE']];

/** Names of plans that exclude each other, by service. Not all that Entra knows: Graph does not tell them. */
export function excludingPlans(plans: readonly Pick<ServicePlan, 'servicePlanName'>[]): string[][] {
  const names = new Set(plans.map(({ servicePlanName }) => servicePlanName));
  return editions.map((service) => service.filter((name) => names.has(name))).filter(({ length }) => length > 1);
}

/** A plan, and those of which it needs one. Graph does not tell them; what is not here is refused when it is assigned. */
const needing: Readonly<Record<string, readonly string[]>> = {
  EXCHANGE_S_ARCHIVE_ADDON: ['EXCHANGE_S_ENTERPRISE', 'EXCHANGE_S_STANDARD', 'EXCHANGE_S_DESKLESS'],
};

/** Plans that are of no use without one of others, none of which is there. */
export function lackingPlans(
  plans: readonly Pick<ServicePlan, 'servicePlanName'>[],
): { readonly plan: string; readonly needsOneOf: readonly string[] }[] {
  const names = new Set(plans.map(({ servicePlanName }) => servicePlanName));
  return Object.entries(needing)
    .filter(([plan, needed]) => names.has(plan) && !needed.some((one) => names.has(one)))
    .map(([plan, needsOneOf]) => ({ plan, needsOneOf }));
}

const stateErrors: Readonly<Record<string, string>> = {
  CountViolation: 'No seat was free',
  MutuallyExclusiveViolation: 'One of its service plans excludes one that the user has',
  DependencyViolation: 'One of its service plans needs another that is missing, or another needs one that goes',
  ProhibitedInUsageLocationViolation: 'It is not sold in the usage location of the user',
  UniquenessViolation: 'A mail address that comes with it is taken by another object',
};

/** Why a license could not be given, in words with Graph's code; undefined where nothing is wrong. [learn.microsoft.com/graph/api/resources/licenseassignmentstate] */
export function licenseErrorOf({ error }: Pick<LicenseState, 'error'>): string | undefined {
  if (error == null || error === '' || error === 'None') return undefined;
  return `${stateErrors[error] ?? 'It failed, most often with another license of the same group'} (${error})`;
}

/** Why Graph refused to give or take a license: `detail.licenseProblem` of the error. */
export type LicenseProblem = 'usageLocation' | 'seats' | 'inherited' | 'plans' | 'notHeld';

/** Why Graph refused it; undefined for any other error. */
export function licenseProblemIn(error: unknown): unknown {
  return error instanceof ToolError ? error.detail?.['licenseProblem'] : undefined;
}
