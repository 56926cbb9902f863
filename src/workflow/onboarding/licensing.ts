import {
  excludingPlans,
  freeSeats,
  isAssignable,
  lackingPlans,
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
  const full = all.filter(({ of }) => !isAssignable(of) || freeSeats(of) < 1).map(({ of }) => of.skuPartNumber);
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

/** A group to be joined, and the licenses that it gives. */
export interface GivingGroup {
  readonly displayName: string;
  readonly licenses: readonly Pick<GivenLicense, 'skuId' | 'disabledPlans'>[];
}

/**
 * Holds the licenses of the groups against each other and the direct ones: whoever is in all of them has all of their plans.
 * @throws ToolError CONFLICT where two do not fit together.
 */
export function checkGivenByGroups(
  subscriptions: readonly SubscribedSku[],
  direct: readonly GivenLicense[],
  groups: readonly GivingGroup[],
): void {
  const giving = groups.filter(({ licenses }) => licenses.length > 0);
  if (giving.length === 0) return;
  const conflict = planConflict(plansOn(subscriptions, [...direct, ...giving.flatMap(({ licenses }) => licenses)]));
  if (conflict === undefined) return;
  const names = giving.map(({ displayName }) => displayName);
  throw new ToolError('CONFLICT', {
    message: `The licenses do not fit together with those that groups give: ${conflict}.`,
    fix: 'Leave the license out of licenses, or the group out of groups; or add what is missing. See detail.givingGroups.',
    detail: { field: 'groups', givingGroups: names },
  });
}

/** What is to be said of the licenses that groups give: where no seat is free, the group gives its license to nobody more. */
export function seatWarningsOf(
  subscriptions: readonly SubscribedSku[],
  direct: readonly GivenLicense[],
  groups: readonly GivingGroup[],
): string[] {
  return groups.flatMap(({ displayName, licenses }) =>
    licenses
      // A product takes one seat, whatever it comes by.
      .filter(({ skuId }) => !direct.some((one) => one.skuId === skuId))
      .flatMap(({ skuId }) => {
        const of = subscriptions.find((one) => one.skuId === skuId);
        if (of !== undefined && isAssignable(of) && freeSeats(of) > 0) return [];
        return [
          `No seat is free of ${of?.skuPartNumber ?? skuId}, which ${displayName} gives: the account goes without it`,
        ];
      }),
  );
}

/** Why these plans cannot be on together, or undefined where nothing is known against it. */
function planConflict(plans: readonly ServicePlan[]): string | undefined {
  const [excluding] = excludingPlans(plans);
  if (excluding !== undefined) return `their plans ${excluding.join(' and ')} exclude each other`;
  const [lacking] = lackingPlans(plans);
  return lacking === undefined ? undefined : `the plan ${lacking.plan} needs one of ${lacking.needsOneOf.join(', ')}`;
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
