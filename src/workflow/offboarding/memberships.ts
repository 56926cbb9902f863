import type { OffboardingFacts } from './facts.ts';
import type { Group } from './graph-objects.ts';
import type { Leaver } from './leaver.ts';
import { itemsOf } from './section.ts';

/** Why Graph cannot end a membership in this group, or undefined where it can. [learn.microsoft.com/graph/api/group-delete-members] */
export function whyFixed(group: Group): string | undefined {
  if (group.groupTypes?.includes('DynamicMembership') === true) return 'A rule decides who is in it';
  if (group.onPremisesSyncEnabled === true) return 'It is synced from AD, where its members are kept';
  return isOfExchange(group) ? 'Exchange keeps its members: see the follow-ups' : undefined;
}

/** Distribution lists and mail-enabled security groups. */
export function isOfExchange({ mailEnabled, groupTypes }: Group): boolean {
  return mailEnabled === true && groupTypes?.includes('Unified') !== true;
}

export function givesLicenses({ assignedLicenses }: Group): boolean {
  return (assignedLicenses?.length ?? 0) > 0;
}

export function nameOf({ id, displayName }: Pick<Group, 'id' | 'displayName'>): string {
  return displayName ?? id;
}

/** The groups that can be left one by one, without those that block access; license groups apart. */
export function leavable({ groups }: Leaver, { blockGroup }: Pick<OffboardingFacts, 'blockGroup'>): readonly Group[] {
  return itemsOf(groups).filter((one) => whyFixed(one) === undefined && one.id !== blockGroup?.id);
}

/** By group, the access package that gives it. */
export function governedGroups({ packages }: Leaver): ReadonlyMap<string, string> {
  return new Map(
    itemsOf(packages).flatMap(({ id, accessPackage, groupIds }) =>
      groupIds.map((groupId) => [groupId, accessPackage?.displayName ?? id] as const),
    ),
  );
}
