import { expect, test } from 'vitest';
import { ToolError } from '../../../src/contract/index.ts';
import createUser from '../../../tools/users/create-user.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, mallory } from '../../fixtures/people.ts';
import { apply, plan, run, secret } from '../../fixtures/tool-trial.ts';

const domains = [
  { id: 'contoso.com', isVerified: true, authenticationType: 'Managed' },
  { id: 'adfs.contoso.com', isVerified: true, authenticationType: 'Federated' },
  { id: 'soon.contoso.com', isVerified: false, authenticationType: 'Managed' },
];
const tenant = () => new FakeGraph().collection('/domains', domains).collection('/users', []);

const dora = { userPrincipalName: 'dora@contoso.com', displayName: 'Dora Eck' };

test('the plan says what an approver needs', async () => {
  const input = { ...dora, givenName: 'Dora', usageLocation: 'de', employeeHireDate: '2026-04-01', reason: 'new hire' };
  expect(await plan(createUser, input, tenant())).toEqual({
    summary: 'Create Dora Eck (dora@contoso.com)',
    effects: [
      'A new account that can sign in at once',
      'A first password is generated, and only the approver can open it, once, within 24 hours',
      'It must be changed at the first sign-in',
      'Dynamic groups can take the account in by its properties',
    ],
    warnings: [],
    undo: 'disable_user',
    changes: [
      { property: 'userPrincipalName', before: null, after: 'dora@contoso.com' },
      { property: 'displayName', before: null, after: 'Dora Eck' },
      { property: 'mailNickname', before: null, after: 'dora' },
      { property: 'givenName', before: null, after: 'Dora' },
      { property: 'employeeHireDate', before: null, after: '2026-04-01T00:00:00.000Z' },
      { property: 'usageLocation', before: null, after: 'DE' },
      { property: 'accountEnabled', before: null, after: 'true' },
    ],
    targets: [],
    facts: {
      body: {
        ...dora,
        mailNickname: 'dora',
        givenName: 'Dora',
        employeeHireDate: '2026-04-01T00:00:00.000Z',
        usageLocation: 'DE',
      },
      accountEnabled: true,
    },
  });
});

test('it sends what was planned and a password to be changed; the secret is in no result', async () => {
  const graph = tenant();
  const result = await apply(createUser, { ...dora, accountEnabled: false }, graph);
  expect(result).toEqual({ id: 'new-id', userPrincipalName: 'dora@contoso.com', handoffId: 'handoff-1' });
  expect(JSON.stringify(result)).not.toContain(secret);
  expect(graph.writes).toEqual([
    {
      method: 'POST',
      at: '/users',
      repeat: 'once',
      body: {
        ...dora,
        mailNickname: 'dora',
        accountEnabled: false,
        passwordProfile: { forceChangePasswordNextSignIn: true, password: secret },
      },
    },
  ]);
});

test('a mail nickname that is taken is a warning', async () => {
  const graph = tenant().collection('/users', ({ filter }) =>
    filter?.text === "mailNickname eq 'dora'" ? [{ id: 'x', userPrincipalName: 'dora@other.com' }] : [],
  );
  expect(await plan(createUser, dora, graph)).toMatchObject({
    warnings: ['The mail nickname dora is also that of dora@other.com'],
  });
});

test('a userPrincipalName that is taken is a CONFLICT that names who has it', async () => {
  await expect(
    plan(createUser, { ...dora, userPrincipalName: 'ann@contoso.com' }, tenant().user(ann)),
  ).rejects.toMatchObject({
    code: 'CONFLICT',
    detail: { user: { id: ann.id, displayName: 'Ann Berg', userPrincipalName: 'ann@contoso.com' } },
  });
});

test.each(['dora@fabrikam.com', 'dora@soon.contoso.com'])(
  '%s is not in a verified domain',
  async (userPrincipalName) => {
    await expect(plan(createUser, { ...dora, userPrincipalName }, tenant())).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      detail: { verifiedDomains: ['contoso.com', 'adfs.contoso.com'] },
    });
  },
);

test('a federated domain keeps its passwords elsewhere', async () => {
  await expect(plan(createUser, { ...dora, userPrincipalName: 'd@adfs.contoso.com' }, tenant())).rejects.toMatchObject({
    code: 'CONFLICT',
  });
});

test.each([
  'dora',
  'dora@',
  '@contoso.com',
  'a b@contoso.com',
  'jürgen@contoso.com',
  'd.@contoso.com',
  'a@b@contoso.com',
  '../x@contoso.com',
  '$d@contoso.com',
  `${'d'.repeat(65)}@contoso.com`,
])('%s is not spelled as Entra allows, and nothing is read', async (userPrincipalName) => {
  const graph = tenant();
  await expect(plan(createUser, { ...dora, userPrincipalName }, graph)).rejects.toMatchObject({
    code: 'INPUT_INVALID',
  });
  expect(graph.reads).toEqual([]);
});

test('an apostrophe is a letter like others', async () => {
  expect(await plan(createUser, { ...dora, userPrincipalName: "o'hara@contoso.com" }, tenant())).toMatchObject({
    facts: { body: { mailNickname: "o'hara" } },
  });
});

test('a hostile display name is sent as it is', async () => {
  const graph = tenant();
  // Control characters and marks of direction are refused by the schema; the rest is data.
  const displayName = mallory.displayName.replace(/[\n\u202E]/g, '');
  for (const refused of ['\n', '\u202E']) {
    expect(createUser.input.safeParse({ ...dora, displayName: displayName + refused }).success).toBe(false);
  }
  await apply(createUser, { ...dora, displayName }, graph);
  expect(graph.writes).toMatchObject([{ at: '/users', body: { displayName } }]);
});

test.each([{ password: 'x' }, { passwordProfile: {} }, { usageLocation: 'Germany' }, { mailNickname: 'a b' }])(
  'refuses %j',
  (extra) => {
    expect(createUser.input.safeParse({ ...dora, ...extra }).success).toBe(false);
  },
);

test('after a lost answer it says what to check, and where the password is', async () => {
  const lost = new ToolError('OUTCOME_UNKNOWN', { message: 'Lost.', fix: 'Look.', requestId: 'r-1' });
  const graph = tenant();
  const draft = await plan(createUser, dora, graph);
  if (!('facts' in draft)) throw new Error('a plan was expected');
  graph.fail('/users', lost);
  await expect(run(createUser, draft, graph)).rejects.toMatchObject({
    code: 'OUTCOME_UNKNOWN',
    fix: expect.stringContaining('get_user'),
    requestId: 'r-1',
    detail: { userPrincipalName: 'dora@contoso.com', handoffId: 'handoff-1' },
  });
});
