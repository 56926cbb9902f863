import type { Facts, Group } from './facts.ts';
import { ascending, exampleOf, type Question } from './question.ts';

/** The people in a group and in the groups within it. */
function everyoneIn(group: Group, facts: Facts): Set<string> {
  const open = [group];
  const people = new Set<string>();
  for (let here = open.pop(); here !== undefined; here = open.pop()) {
    for (const { id } of facts.peopleIn(here)) people.add(id);
    for (const id of here.groups) open.push(...facts.groups.filter((each) => each.id === id));
  }
  return people;
}

const named = ({ displayName, userPrincipalName }: { displayName: string; userPrincipalName: string }) => ({
  displayName,
  userPrincipalName,
});

export const groupQuestions: readonly Question[] = [
  {
    ...exampleOf('Who is in a group, through nested groups too?'),
    params: { group: 'Regional Offices' },
    answer: ({ facts }) => [...everyoneIn(facts.group('Regional Offices'), facts)].map((id) => named(facts.person(id))),
  },
  {
    ...exampleOf('Who is in two groups that should exclude each other?'),
    params: { one: 'VPN Users', other: 'Project Aurora' },
    answer: ({ facts }) => {
      const others = new Set(facts.group('Project Aurora').members);
      return facts.peopleIn(facts.group('VPN Users')).flatMap((one) => (others.has(one.id) ? named(one) : []));
    },
  },
  {
    question: 'Who is privileged, or can be, by a group that can hold directory roles?',
    sql: 'SELECT g.displayName AS groupName, u.displayName, u.userPrincipalName, u.accountEnabled FROM groups g JOIN memberships m ON m.groupId = g.id JOIN users u ON u.id = m.memberId WHERE g.isAssignableToRole = 1',
    answer: ({ facts }) =>
      facts.groups
        .filter(({ isAssignableToRole }) => isAssignableToRole === true)
        .flatMap((group) =>
          facts.peopleIn(group).map((one) => ({
            groupName: group.displayName,
            ...named(one),
            accountEnabled: Number(one.accountEnabled),
          })),
        ),
  },
  {
    question: 'Which groups have no members?',
    sql: 'SELECT displayName FROM groups g WHERE NOT EXISTS (SELECT 1 FROM memberships m WHERE m.groupId = g.id)',
    answer: ({ facts }) =>
      facts.groups.filter(({ members }) => members.length === 0).map(({ displayName }) => ({ displayName })),
  },
  {
    question: 'Which groups have no members but guests?',
    sql: "SELECT g.displayName, count(*) AS guests FROM groups g JOIN memberships m ON m.groupId = g.id LEFT JOIN users u ON u.id = m.memberId GROUP BY g.id HAVING count(*) = count(*) FILTER (WHERE u.userType = 'Guest')",
    answer: ({ facts }) =>
      facts.groups.flatMap((group) => {
        const guests = facts.peopleIn(group).filter(({ userType }) => userType === 'Guest').length;
        return guests > 0 && guests === group.members.length ? { displayName: group.displayName, guests } : [];
      }),
  },
  {
    question: 'Which are the five largest groups?',
    sql: 'SELECT g.displayName, count(*) AS members FROM groups g JOIN memberships m ON m.groupId = g.id GROUP BY g.id ORDER BY members DESC, g.displayName LIMIT 5',
    isOrdered: true,
    answer: ({ facts }) =>
      facts.groups
        .map(({ displayName, members }) => ({ displayName, members: members.length }))
        .sort((a, b) => b.members - a.members || ascending(a.displayName, b.displayName))
        .slice(0, 5),
  },
  {
    question: 'Which groups are dynamic, by which rule, and how many members do they have?',
    sql: "SELECT displayName, membershipRule, (SELECT count(*) FROM memberships m WHERE m.groupId = g.id) AS members FROM groups g WHERE EXISTS (SELECT 1 FROM json_each(g.groupTypes) WHERE value = 'DynamicMembership')",
    answer: ({ facts }) =>
      facts.groups
        .filter(({ groupTypes }) => groupTypes.includes('DynamicMembership'))
        .map(({ displayName, membershipRule, members }) => ({ displayName, membershipRule, members: members.length })),
  },
  {
    question: 'Which enabled accounts are in no group at all?',
    sql: 'SELECT displayName, userPrincipalName FROM users u WHERE accountEnabled = 1 AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.memberId = u.id)',
    answer: ({ facts }) => {
      const somewhere = new Set(facts.groups.flatMap(({ members }) => members));
      return facts.people.filter(({ id, accountEnabled }) => accountEnabled && !somewhere.has(id)).map(named);
    },
  },
];
