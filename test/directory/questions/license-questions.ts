import { ascending, counted, daysBefore, exampleOf, type Question } from './question.ts';

export const licenseQuestions: readonly Question[] = [
  {
    ...exampleOf('Which enabled guests have not signed in for 90 days and still hold an E5 license?'),
    answer: ({ facts, now }) =>
      facts.people
        .filter(({ userType, accountEnabled }) => userType === 'Guest' && accountEnabled)
        .filter((guest) => facts.productsOf(guest).includes('SPE_E5'))
        .filter(({ lastSignIn, createdDateTime }) => (lastSignIn ?? createdDateTime) < daysBefore(now, 90))
        .map(({ id, displayName, lastSignIn }) => ({ id, displayName, lastSignInDateTime: lastSignIn })),
  },
  {
    ...exampleOf('Which disabled accounts still hold licenses?'),
    answer: ({ facts }) =>
      facts.people
        .filter(({ accountEnabled, assignedLicenses }) => !accountEnabled && assignedLicenses.length > 0)
        .map((one) => ({ userPrincipalName: one.userPrincipalName, licenses: facts.productsOf(one).join(', ') })),
  },
  {
    ...exampleOf('Which department holds how many of each license?'),
    isOrdered: true,
    answer: ({ facts }) => {
      const held = facts.people.flatMap((one) =>
        facts.productsOf(one).map((license) => JSON.stringify([one.department, license])),
      );
      return [...counted(held, (key) => key)]
        .map(([key, people]) => {
          const [department, license]: (string | null)[] = JSON.parse(key);
          return { department: department ?? null, license: license ?? null, people };
        })
        .sort((a, b) => ascending(a.department, b.department) || ascending(a.license, b.license));
    },
  },
  {
    question: 'Who holds both E3 and E5?',
    sql: "SELECT u.userPrincipalName FROM users u JOIN licenses l ON l.userId = u.id WHERE l.skuPartNumber IN ('SPE_E3', 'SPE_E5') GROUP BY u.id HAVING count(*) = 2",
    answer: ({ facts }) =>
      facts.people
        .filter((one) => ['SPE_E3', 'SPE_E5'].every((product) => facts.productsOf(one).includes(product)))
        .map(({ userPrincipalName }) => ({ userPrincipalName })),
  },
];
