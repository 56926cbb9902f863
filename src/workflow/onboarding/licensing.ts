import { z } from 'zod';
import { type GraphReader, path, ToolError } from '../../contract/index.ts';
import type { GivenLicense } from './facts.ts';
import { planConflict } from './service-plans.ts';

const subscription = z.object({
  skuId: z.string(),
  skuPartNumber: z.string(),
  capabilityStatus: z.string().nullish(),
  consumedUnits: z.number().nullish(),
  prepaidUnits: z.object({ enabled: z.number().nullish() }).nullish(),
  servicePlans: z.array(z.object({ servicePlanId: z.string(), servicePlanName: z.string().nullish() })).nullish(),
});
export type Subscription = z.output<typeof subscription>;

/** The licenses that the tenant has bought. */
export async function subscriptionsOf(graph: GraphReader): Promise<readonly Subscription[]> {
  const found: Subscription[] = [];
  for await (const page of graph.pages(path`/subscribedSkus`, subscription)) found.push(...page.items);
  return found;
}

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
  subscriptions: readonly Subscription[],
  wanted: readonly (string | HeldLicense)[],
): GivenLicense[] {
  const chosen = new Map<string, { readonly of: Subscription; readonly disabledPlans: string[] }>();
  for (const one of wanted) {
    const ref = typeof one === 'string' ? one : one.skuId;
    const of = subscriptions.find(({ skuId, skuPartNumber }) => [skuId, skuPartNumber].some((is) => same(is, ref)));
    if (of === undefined) throw unknownLicense(ref, subscriptions);
    chosen.set(of.skuId, { of, disabledPlans: typeof one === 'string' ? [] : [...one.disabledPlans] });
  }
  const all = [...chosen.values()];
  const full = all.filter(({ of }) => freeSeats(of) < 1).map(({ of }) => of.skuPartNumber);
  if (full.length > 0) throw noSeats(full);
  const conflict = planConflict(
    all.map(({ of: { skuPartNumber, servicePlans }, disabledPlans }) => ({
      name: skuPartNumber,
      plans: (servicePlans ?? [])
        .filter(({ servicePlanId }) => !disabledPlans.includes(servicePlanId))
        .flatMap(({ servicePlanName }) => servicePlanName ?? []),
    })),
  );
  if (conflict !== undefined) throw doNotFit(conflict);
  return all.map(({ of: { skuId, skuPartNumber }, disabledPlans }) => ({ skuId, skuPartNumber, disabledPlans }));
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Free is what was bought and is enabled, less what is used; nothing of a subscription that has lapsed. */
export function freeSeats({ capabilityStatus, consumedUnits, prepaidUnits }: Subscription): number {
  if (capabilityStatus != null && !['Enabled', 'Warning'].includes(capabilityStatus)) return 0;
  return (prepaidUnits?.enabled ?? 0) - (consumedUnits ?? 0);
}

function unknownLicense(license: string, subscriptions: readonly Subscription[]): ToolError {
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
