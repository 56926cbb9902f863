import {
  excludingPlans,
  freeSeats,
  isAssignable,
  isDirect,
  isInForce,
  type LicenseState,
  lackingPlans,
  personalPlans,
  plansOn,
  type ServicePlan,
  type SubscribedSku,
  skuNamed,
  ToolError,
} from '../../src/contract/index.ts';

/** One license as it is to be. */
export interface Assignment {
  readonly sku: SubscribedSku;
  /** Ids of the plans that are off, in order. */
  readonly disabledPlans: readonly string[];
  /** Those that are off now; undefined where the user does not hold the license directly. */
  readonly before: readonly string[] | undefined;
  /** False where they hold it in another way too. */
  readonly takesSeat: boolean;
  /** True where a group gives them every plan that is to be on: a direct one beside it would change nothing. */
  readonly isGiven: boolean;
}

/** The products, each once. Throws NOT_FOUND. */
export function skusNamed(skus: readonly SubscribedSku[], refs: readonly string[]): SubscribedSku[] {
  const found = refs.map((ref) => {
    const sku = skuNamed(skus, ref);
    if (sku !== undefined) return sku;
    throw new ToolError('NOT_FOUND', {
      message: 'The tenant has no subscription for this license.',
      fix: 'Use one of the part numbers in detail.partNumbers.',
      detail: { license: ref, partNumbers: skus.map(({ skuPartNumber }) => skuPartNumber) },
    });
  });
  return [...new Set(found)];
}

/** What each license is to be, those among them that are so already. Throws INPUT_INVALID for an unknown plan. */
export function assignmentsOf(
  wanted: readonly SubscribedSku[],
  states: readonly LicenseState[],
  off: readonly string[] | undefined,
): Assignment[] {
  if (off !== undefined) refuseUnknownPlans(wanted, off);
  return wanted.map((sku) => {
    const held = states.filter((state) => state.skuId === sku.skuId && isInForce(state));
    const before = held.find(isDirect)?.disabledPlans?.toSorted();
    const isHeld = held.some(isDirect);
    const disabledPlans = off === undefined ? (before ?? []) : plansNamed(sku, off);
    return {
      sku,
      disabledPlans,
      before: isHeld ? (before ?? []) : undefined,
      takesSeat: held.length === 0,
      isGiven: held.length > 0 && !isHeld && covers(sku, held, disabledPlans),
    };
  });
}

/** True where these licenses bring every plan that is to be on. */
function covers(sku: SubscribedSku, held: readonly LicenseState[], disabledPlans: readonly string[]): boolean {
  const given = plansOn([sku], held).map(({ servicePlanId }) => servicePlanId);
  const wanted = plansOn([sku], [{ skuId: sku.skuId, disabledPlans: [...disabledPlans] }]);
  return wanted.every(({ servicePlanId }) => given.includes(servicePlanId));
}

/** True where there is something to do. */
export function isChange({ before, disabledPlans, isGiven }: Assignment): boolean {
  return !isGiven && before?.join() !== disabledPlans.join();
}

function isNamed({ servicePlanId, servicePlanName }: ServicePlan, ref: string): boolean {
  const wanted = ref.toLowerCase();
  return servicePlanId.toLowerCase() === wanted || servicePlanName?.toLowerCase() === wanted;
}

function plansNamed(sku: SubscribedSku, refs: readonly string[]): string[] {
  return personalPlans(sku)
    .filter((plan) => refs.some((ref) => isNamed(plan, ref)))
    .map(({ servicePlanId }) => servicePlanId)
    .toSorted();
}

function refuseUnknownPlans(wanted: readonly SubscribedSku[], refs: readonly string[]): void {
  const plans = wanted.flatMap(personalPlans);
  const unknown = refs.filter((ref) => !plans.some((plan) => isNamed(plan, ref)));
  if (unknown.length === 0) return;
  throw new ToolError('INPUT_INVALID', {
    message: 'A service plan in disabledPlans belongs to none of the licenses, or cannot be left off.',
    fix: 'Use the names in detail.servicePlans.',
    detail: {
      field: 'disabledPlans',
      unknown,
      servicePlans: [...new Set(plans.map((plan) => plan.servicePlanName ?? plan.servicePlanId))],
    },
  });
}

/** Throws CONFLICT for licenses that cannot be given to anyone now. */
export function refuseUnavailable(todo: readonly Assignment[]): void {
  const inactive = todo.filter(({ sku, takesSeat }) => takesSeat && !isAssignable(sku));
  if (inactive.length > 0) {
    throw new ToolError('CONFLICT', {
      message:
        'A license cannot be given to people: it belongs to the tenant as a whole, or its subscription is not active.',
      fix: 'Leave out what detail names, or renew the subscription in the Microsoft 365 admin center.',
      detail: { licenses: inactive.map(({ sku }) => sku.skuPartNumber) },
    });
  }
  const full = todo.filter(({ sku, takesSeat }) => takesSeat && freeSeats(sku) === 0);
  if (full.length === 0) return;
  throw new ToolError('CONFLICT', {
    message: 'No seat of a license is free.',
    fix: 'Buy seats, or take the license from someone with remove_licenses: search_users with license finds who holds it.',
    detail: { noFreeSeat: full.map(({ sku }) => sku.skuPartNumber) },
  });
}

/** Licenses of which no seat is left afterwards. */
export function lastSeats(todo: readonly Assignment[]): string[] {
  return todo.filter(({ sku, takesSeat }) => takesSeat && freeSeats(sku) === 1).map(({ sku }) => sku.skuPartNumber);
}

/** The plans that are on before and after. Throws CONFLICT where two would exclude each other, or one would lack another, that do not now. */
export function plansAround(
  skus: readonly SubscribedSku[],
  states: readonly LicenseState[],
  todo: readonly Assignment[],
): { readonly before: ServicePlan[]; readonly after: ServicePlan[] } {
  const held = states.filter(isInForce);
  const kept = held.filter((state) => !isDirect(state) || !todo.some(({ sku }) => sku.skuId === state.skuId));
  const given = todo.map(({ sku, disabledPlans }) => ({ skuId: sku.skuId, disabledPlans: [...disabledPlans] }));
  const before = plansOn(skus, held);
  const after = plansOn(skus, [...kept, ...given]);
  const lacking = lackingPlans(after).filter(({ plan }) => !lackingPlans(before).some((one) => one.plan === plan));
  if (lacking.length > 0) throw lacksPlans(lacking);
  const already = excludingPlans(before).map((plans) => plans.join());
  const excluding = excludingPlans(after).filter((plans) => !already.includes(plans.join()));
  if (excluding.length === 0) return { before, after };
  const clashing = [...kept, ...given].filter(({ skuId, disabledPlans }) =>
    plansOn(skus, [{ skuId, disabledPlans }]).some((plan) => excluding.flat().includes(plan.servicePlanName ?? '')),
  );
  throw new ToolError('CONFLICT', {
    message: 'Service plans of the licenses exclude each other: nobody can have both.',
    fix: 'Take the other license with remove_licenses first, or leave all but one of each list in detail.excluding off with disabledPlans.',
    detail: {
      excluding,
      licenses: skus.filter(({ skuId }) => clashing.some((one) => one.skuId === skuId)).map((sku) => sku.skuPartNumber),
    },
  });
}

function lacksPlans(lacking: ReturnType<typeof lackingPlans>): ToolError {
  return new ToolError('CONFLICT', {
    message: 'A service plan of the licenses needs another one that the user would not have.',
    fix: 'Assign a license with one of detail.lacking.needsOneOf too, or leave the plan off with disabledPlans.',
    detail: { lacking },
  });
}
