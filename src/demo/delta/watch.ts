import type { DirectoryObject } from '../directory-object.ts';
import { resourceOf } from '../entities.ts';
import type { Group, Groups } from '../groups/groups.ts';
import type { PeopleWatcher } from '../people/people.ts';
import { Person } from '../people/person.ts';
import type { Feed, Related } from './feed.ts';

/** An object as others point at it. */
export const relatedTo = (object: DirectoryObject, removed: boolean): Related => ({
  id: object.id,
  type: resourceOf(object).type,
  removed,
});

/** What changes with the licenses of a user. */
export const licenseProperties: readonly string[] = [
  'assignedLicenses',
  'assignedPlans',
  'licenseAssignmentStates',
  'provisionedPlans',
];

/** Writes into the feed who came into a group and who left it, and whose licenses that changes. */
export function noteMembers(
  feed: Feed,
  group: Group,
  members: readonly { readonly object: DirectoryObject; readonly removed: boolean }[],
  properties: readonly string[] = [],
): void {
  feed.note(
    'group',
    group,
    properties,
    members.map(({ object, removed }) => relatedTo(object, removed)),
  );
  noteLicenses(
    feed,
    group,
    members.map(({ object }) => object),
  );
}

/** Writes into the feed whose licenses change with a group that brings some. */
export function noteLicenses(feed: Feed, group: Group, members: Iterable<DirectoryObject>): void {
  const licenses = group.get('assignedLicenses');
  if (!Array.isArray(licenses) || licenses.length === 0) return;
  for (const member of members) if (member instanceof Person) feed.note('user', member, licenseProperties);
}

/** Writes changes to people into the feed, and what they do to dynamic groups. */
export function watchPeople(feed: Feed, groups: Groups): PeopleWatcher {
  const dynamicGroups = (person: Person): Map<string, boolean> =>
    new Map(
      groups
        .withUnseen()
        .filter((group) => group.isDynamic)
        .map((group) => [group.id, group.has(person)]),
    );
  return {
    changing(person, properties) {
      const before = dynamicGroups(person);
      return () => {
        feed.note('user', person, properties);
        for (const [id, has] of dynamicGroups(person)) {
          const group = groups.find(id);
          if (group !== undefined && has !== before.get(id)) feed.note('group', group, [], [relatedTo(person, !has)]);
        }
      };
    },
    appeared: (person) => feed.note('user', person, undefined),
    left: (person) => feed.note('user', person, undefined),
    managed(person, before, after) {
      const left = before === undefined ? [] : [relatedTo(before, true)];
      feed.note('user', person, ['manager'], after === undefined ? left : [...left, relatedTo(after, false)]);
    },
  };
}
