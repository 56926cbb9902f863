import type { OffboardingFacts } from './facts.ts';
import type { Sku } from './graph-objects.ts';
import type { Leaver } from './leaver.ts';
import { givesLicenses, leavable } from './memberships.ts';
import { itemsOf, type Section } from './section.ts';

/** Plans that bring a mailbox; archives and the foundation of other plans do not. [learn.microsoft.com/entra/identity/users/licensing-service-plan-reference] */
const mailboxPlans = /^EXCHANGE_(?:S_(?:ENTERPRISE|STANDARD|DESKLESS|ESSENTIALS)|B_|L_)/;

/** How people call a license. */
export function partNumberOf(skus: Section<Sku>, skuId: string): string {
  return itemsOf(skus).find((sku) => sku.skuId === skuId)?.skuPartNumber ?? skuId;
}

/** True where the mailbox goes with the licenses that are taken. */
export function losesMailbox(leaver: Leaver, facts: Pick<OffboardingFacts, 'blockGroup' | 'steps'>): boolean {
  if (!facts.steps.includes('licenses')) return false;
  const { user, skus } = leaver;
  const left = new Set(
    leavable(leaver, facts)
      .filter(givesLicenses)
      .map(({ id }) => id),
  );
  const states = user.licenseAssignmentStates ?? [];
  const isTaken = ({ assignedByGroup }: (typeof states)[number]) =>
    assignedByGroup == null || left.has(assignedByGroup);
  const brings = ({ skuId, disabledPlans }: (typeof states)[number]) =>
    itemsOf(skus)
      .find((sku) => sku.skuId === skuId)
      ?.servicePlans?.some(
        ({ servicePlanId, servicePlanName }) =>
          mailboxPlans.test(servicePlanName ?? '') && disabledPlans?.includes(servicePlanId) !== true,
      ) === true;
  // Where products cannot be read, someone with a mail address and a license is taken to have a mailbox.
  if ('unread' in skus) return user.mail != null && states.some(isTaken);
  return states.some((one) => isTaken(one) && brings(one)) && !states.some((one) => !isTaken(one) && brings(one));
}
