import type { Facts } from './facts.ts';
import { daysBefore, exampleOf, type Question, type Row, type Story } from './question.ts';

/** What changed in the last days, from one sync to the next. */
function since({ chapters, now }: Story, days: number) {
  return chapters.filter(({ time }) => time > daysBefore(now, days));
}

/** `group member` for all who are in `one` and not in `other`. */
function membersMissing(one: Facts, other: Facts): (readonly [groupId: string, memberId: string])[] {
  return one.groups.flatMap(({ id, members }) => {
    const known = new Set(other.groups.find((group) => group.id === id)?.members);
    return members.filter((member) => !known.has(member)).map((member) => [id, member] as const);
  });
}

export const changeQuestions: readonly Question[] = [
  {
    ...exampleOf('Who came into a group or left one in the last 7 days?'),
    answer: (story) =>
      since(story, 7).flatMap(({ before, after, time }) => {
        const told =
          (kind: string) =>
          ([groupId, memberId]: readonly [string, string]): Row[] => {
            const group = story.facts.groups.find(({ id }) => id === groupId);
            if (group === undefined || !story.facts.has(memberId)) return [];
            const { userPrincipalName } = story.facts.person(memberId);
            return [{ time, kind, groupName: group.displayName, userPrincipalName }];
          };
        return [
          ...membersMissing(after, before).flatMap(told('member_added')),
          ...membersMissing(before, after).flatMap(told('member_removed')),
        ];
      }),
  },
  {
    ...exampleOf('Whose department changed in the last 30 days?'),
    answer: (story) =>
      since(story, 30).flatMap(({ before, after, time }) =>
        after.people
          .filter(({ id, department }) => before.has(id) && before.person(id).department !== department)
          .map(({ id, userPrincipalName, department }) => ({
            time,
            userPrincipalName,
            before: before.person(id).department,
            after: department,
          })),
      ),
  },
  {
    question: 'Which accounts were deleted in the last 30 days, and which department were they in?',
    sql: "SELECT id, fields ->> '$.displayName.old' AS displayName, fields ->> '$.department.old' AS department FROM changes WHERE kind = 'user_deleted' AND time > strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-30 days')",
    answer: (story) =>
      since(story, 30).flatMap(({ before, after }) =>
        before.people
          .filter(({ id }) => !after.has(id))
          .map(({ id, displayName, department }) => ({ id, displayName, department })),
      ),
  },
  {
    question: 'Who got another manager since the first sync, and who is it?',
    sql: "SELECT u.userPrincipalName, m.userPrincipalName AS manager FROM changes c JOIN users u ON u.id = c.id LEFT JOIN users m ON m.id = c.fields ->> '$.managerId.new' WHERE c.kind = 'user_updated' AND c.fields -> '$.managerId' IS NOT NULL",
    answer: ({ chapters }) =>
      chapters.flatMap(({ before, after }) =>
        after.people
          .filter(({ id, managerId }) => before.has(id) && before.person(id).managerId !== managerId)
          .map(({ userPrincipalName, managerId }) => ({
            userPrincipalName,
            manager: managerId === null ? null : after.person(managerId).userPrincipalName,
          })),
      ),
  },
];
