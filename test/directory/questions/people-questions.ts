import { ascending, counted, daysBefore, exampleOf, type Question } from './question.ts';

const monthOld = 30;
const quarterOld = 90;

export const peopleQuestions: readonly Question[] = [
  {
    question: 'Which managers are disabled, and how many people report to them?',
    sql: 'SELECT m.displayName, m.userPrincipalName, count(*) AS reports FROM managers x JOIN users m ON m.id = x.managerId WHERE m.accountEnabled = 0 GROUP BY m.id',
    answer: ({ facts }) =>
      facts.people
        .map((manager) => ({ manager, reports: facts.reportsOf(manager).length }))
        .filter(({ manager, reports }) => !manager.accountEnabled && reports > 0)
        .map(({ manager: { displayName, userPrincipalName }, reports }) => ({
          displayName,
          userPrincipalName,
          reports,
        })),
  },
  {
    ...exampleOf('Who is above somebody, up to the top?'),
    params: { user: 'usha.kumar@contoso-demo.example' },
    isOrdered: true,
    answer: ({ facts }) => {
      const chain = [];
      let here = facts.people.find(({ userPrincipalName }) => userPrincipalName === 'usha.kumar@contoso-demo.example');
      while (here?.managerId) {
        here = facts.person(here.managerId);
        const { displayName, userPrincipalName } = here;
        chain.push({ level: chain.length + 1, displayName, userPrincipalName });
      }
      return chain;
    },
  },
  {
    question: 'How many people have no manager, in each department?',
    sql: "SELECT department, count(*) AS people FROM users WHERE userType = 'Member' AND managerId IS NULL GROUP BY department",
    answer: ({ facts }) => {
      const alone = facts.people.filter(({ userType, managerId }) => userType === 'Member' && managerId === null);
      const counts = counted(alone, ({ department }) => String(department));
      return [...counts].map(([department, people]) => ({ department, people }));
    },
  },
  {
    question: 'Who has more than 12 direct reports?',
    sql: 'SELECT m.displayName, count(*) AS reports FROM managers x JOIN users m ON m.id = x.managerId GROUP BY m.id HAVING reports > ? ORDER BY reports DESC, m.displayName',
    params: [12],
    isOrdered: true,
    answer: ({ facts }) =>
      facts.people
        .map((manager) => ({ displayName: manager.displayName, reports: facts.reportsOf(manager).length }))
        .filter(({ reports }) => reports > 12)
        .sort((a, b) => b.reports - a.reports || ascending(a.displayName, b.displayName)),
  },
  {
    question: 'How many people of each department are synced from AD, and how many are not?',
    sql: "SELECT department, count(*) FILTER (WHERE onPremisesSyncEnabled = 1) AS synced, count(*) FILTER (WHERE onPremisesSyncEnabled IS NOT 1) AS cloudOnly FROM users WHERE userType = 'Member' GROUP BY department ORDER BY department",
    isOrdered: true,
    answer: ({ facts }) => {
      const members = facts.people.filter(({ userType }) => userType === 'Member');
      const departments = [...new Set(members.map(({ department }) => department))].sort(ascending);
      return departments.map((department) => {
        const all = members.filter((one) => one.department === department);
        const synced = all.filter(({ onPremisesSyncEnabled }) => onPremisesSyncEnabled === true).length;
        return { department, synced, cloudOnly: all.length - synced };
      });
    },
  },
  {
    question: 'Which accounts were created in the last 90 days?',
    sql: "SELECT displayName, userType, createdDateTime FROM users WHERE createdDateTime >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-90 days')",
    answer: ({ facts, now }) =>
      facts.people
        .filter(({ createdDateTime }) => createdDateTime >= daysBefore(now, quarterOld))
        .map(({ displayName, userType, createdDateTime }) => ({ displayName, userType, createdDateTime })),
  },
  {
    question: 'Which guests have not accepted an invitation that is more than 30 days old?',
    sql: "SELECT displayName, mail FROM users WHERE externalUserState = 'PendingAcceptance' AND createdDateTime < strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-30 days')",
    answer: ({ facts, now }) =>
      facts.people
        .filter(({ externalUserState }) => externalUserState === 'PendingAcceptance')
        .filter(({ createdDateTime }) => createdDateTime < daysBefore(now, monthOld))
        .map(({ displayName, mail }) => ({ displayName, mail })),
  },
  {
    question: 'How many guests come from which domain?',
    sql: "SELECT lower(substr(mail, instr(mail, '@') + 1)) AS domain, count(*) AS guests FROM users WHERE userType = 'Guest' AND mail IS NOT NULL GROUP BY domain",
    answer: ({ facts }) => {
      const addresses = facts.people.flatMap(({ userType, mail }) => (userType === 'Guest' ? (mail ?? []) : []));
      const counts = counted(addresses, (mail) => mail.slice(mail.indexOf('@') + 1).toLowerCase());
      return [...counts].map(([domain, guests]) => ({ domain, guests }));
    },
  },
  {
    question: 'Which display names do several people have?',
    sql: "SELECT displayName, count(*) AS people, group_concat(userPrincipalName, ', ' ORDER BY userPrincipalName) AS accounts FROM users GROUP BY displayName HAVING people > 1",
    answer: ({ facts }) => {
      const counts = counted(facts.people, ({ displayName }) => displayName);
      const shared = [...counts].filter(([, people]) => people > 1);
      return shared.map(([displayName, people]) => {
        const named = facts.people.filter((one) => one.displayName === displayName);
        const accounts = named.map(({ userPrincipalName }) => userPrincipalName).sort(ascending);
        return { displayName, people, accounts: accounts.join(', ') };
      });
    },
  },
  {
    question: 'Which department has how many enabled people without a mobile phone?',
    sql: "SELECT department, count(*) AS people FROM users WHERE userType = 'Member' AND accountEnabled = 1 AND mobilePhone IS NULL GROUP BY department",
    answer: ({ facts }) => {
      const unreachable = facts.people.filter(
        ({ userType, accountEnabled, mobilePhone }) => userType === 'Member' && accountEnabled && mobilePhone === null,
      );
      const counts = counted(unreachable, ({ department }) => String(department));
      return [...counts].map(([department, people]) => ({ department, people }));
    },
  },
  {
    question: 'Which employeeId do two accounts have?',
    sql: "SELECT employeeId, group_concat(userPrincipalName, ', ' ORDER BY userPrincipalName) AS accounts FROM users WHERE employeeId IS NOT NULL GROUP BY employeeId HAVING count(*) > 1",
    answer: ({ facts }) => {
      const known = facts.people.flatMap(({ employeeId }) => employeeId ?? []);
      const shared = [...counted(known, (id) => id)].filter(([, people]) => people > 1);
      return shared.map(([employeeId]) => {
        const accounts = facts.people.filter((one) => one.employeeId === employeeId);
        const names = accounts.map(({ userPrincipalName }) => userPrincipalName).sort(ascending);
        return { employeeId, accounts: names.join(', ') };
      });
    },
  },
];
