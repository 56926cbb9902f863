import {
  excludingPlans,
  freeSeats,
  plansOn,
  type ServicePlan,
  type SubscribedSku,
  skuNamed,
  ToolError,
} from '../../contract/index.ts';
import type { GivenLicense } from './facts.ts';

/** What a colleague has, as far as it is given directly. */
export interface HeldLicense {
  readonly skuId: string;
  readonly disabledPlans: readonly string[];
}

/**
 * The licenses to assign, by SKU id or part number, or as a colleague holds them.
 * @throws ToolError NOT_FOUND, or CONFLICT where no seat is free or two of them do not fit together.
 */
export function chosenLicenses(
  subscriptions: readonly SubscribedSku[],
  wanted: readonly (string | HeldLicense)[],
): GivenLicense[] {
  const chosen = new Map<string, { readonly of: SubscribedSku; readonly disabledPlans: string[] }>();
  for (const one of wanted) {
    const ref = typeof one === 'string' ? one : one.skuId;
    const of = skuNamed(subscriptions, ref);
    if (of === undefined) throw unknownLicense(ref, subscriptions);
    chosen.set(of.skuId, { of, disabledPlans: typeof one === 'string' ? [] : [...one.disabledPlans] });
  }
  const all = [...chosen.values()];
  const full = all.filter(({ of }) => !isSold(of) || freeSeats(of) < 1).map(({ of }) => of.skuPartNumber);
  if (full.length > 0) throw noSeats(full);
  const licenses = all.map(({ of: { skuId, skuPartNumber }, disabledPlans }) => ({
    skuId,
    skuPartNumber,
    disabledPlans,
  }));
  const conflict = planConflict(plansOn(subscriptions, licenses));
  if (conflict !== undefined) throw doNotFit(conflict);
  return licenses;
}

/** Nothing is free of a subscription that has lapsed. */
function isSold({ capabilityStatus }: SubscribedSku): boolean {
  return capabilityStatus == null || ['Enabled', 'Warning'].includes(capabilityStatus);
}

/** A plan, and those of which it needs one. Graph does not tell them; what is not here is refused when it is assigned. */
const needing: Readonly<Record<string, readonly string[]>> = {
  EXCHANGE_S_ARCHIVE_ADDON: ['EXCHANGE_S_ENTERPRISE', 'EXCHANGE_S_STANDARD', 'EXCHANGE_S_DESKLESS'],
};

/** Why these plans cannot be on together, or undefined where nothing is known against it. */
function planConflict(plans: readonly ServicePlan[]): string | undefined {
  const [excluding] = excludingPlans(plans);
  if (excluding !== undefined) return `their plans ${excluding.join(' and ')} exclude each other`;
  const names = new Set(plans.map(({ servicePlanName }) => servicePlanName));
  for (const [plan, needed] of Object.entries(needing)) {
    if (names.has(plan) && !needed.some((one) => names.has(one))) {
      return `the plan ${plan} needs one of ${needed.join(', ')}`;
    }
  }
  return undefined;
}

function unknownLicense(license: string, subscriptions: readonly SubscribedSku[]): ToolError {
  return new ToolError('NOT_FOUND', {
    message: 'The tenant has no subscription for a license.',
    fix: 'Use the part numbers in detail.partNumbers.',
    detail: { field: 'licenses', license, partNumbers: subscriptions.map(({ skuPartNumber }) => skuPartNumber) },
  });
}

function noSeats(partNumbers: readonly string[]): ToolError {
  return new ToolError('CONFLICT', {
    message: `No seat is free of ${partNumbers.join(', ')}.`,
    fix: 'Free a seat or buy one; or pass licenses without it ([] for none). list_licenses shows what is free.',
    detail: { field: 'licenses', licenses: partNumbers },
  });
}

function doNotFit(why: string): ToolError {
  return new ToolError('CONFLICT', {
    message: `The licenses do not fit together: ${why}.`,
    fix: 'Leave one of them out of licenses, or add what is missing.',
    detail: { field: 'licenses' },
  });
}
