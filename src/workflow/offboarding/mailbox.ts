import { bringMailbox, isDirect, isInForce, plansOn } from '../../contract/index.ts';
import type { OffboardingFacts } from './facts.ts';
import type { Sku } from './graph-objects.ts';
import type { Leaver } from './leaver.ts';
import { givesLicenses, leavable } from './memberships.ts';
import { itemsOf, type Section } from './section.ts';

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
  const states = (user.licenseAssignmentStates ?? []).filter(isInForce);
  const isTaken = (one: (typeof states)[number]) => isDirect(one) || left.has(one.assignedByGroup ?? '');
  const bring = (licenses: typeof states) => bringMailbox(plansOn(itemsOf(skus), licenses));
  // Where products cannot be read, someone with a mail address and a license is taken to have a mailbox.
  if ('unread' in skus) return user.mail != null && states.some(isTaken);
  return bring(states.filter(isTaken)) && !bring(states.filter((one) => !isTaken(one)));
}
