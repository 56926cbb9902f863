import { expect, test } from 'vitest';
import { ToolError } from '../../../src/contract/index.ts';
import updateUser from '../../../tools/users/update-user.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, bob } from '../../fixtures/people.ts';
import { apply, plan, run } from '../../fixtures/tool-trial.ts';

const rules = [
  { id: 'g1', displayName: 'All of research', membershipRule: '(user.department -eq "Research")' },
  { id: 'g2', displayName: 'Mobile users', membershipRule: 'user.mobile -ne null and User.Country -in ["DE"]' },
];
const tenant = () =>
  new FakeGraph()
    .user(ann)
    .user(bob)
    .collection('/groups', rules)
    .collection('/domains', [{ id: 'contoso.com', isVerified: true, authenticationType: 'Managed' }]);

test('the plan says what an approver needs', async () => {
  const graph = tenant();
  const input = { user: ann.userPrincipalName, set: { jobTitle: 'Lead', officeLocation: null } };
  expect(await plan(updateUser, input, graph)).toEqual({
    summary: 'Change jobTitle of Ann Berg (ann@contoso.com)',
    effects: ['Nothing else of the account changes'],
    warnings: [],
    undo: 'update_user, with the values before',
    changes: [{ property: 'jobTitle', before: 'Engineer', after: 'Lead' }],
    targets: [{ kind: 'user', id: ann.id, touch: 'change' }],
    raise: [],
    facts: {
      id: ann.id,
      userPrincipalName: ann.userPrincipalName,
      before: { jobTitle: 'Engineer' },
      body: { jobTitle: 'Lead' },
    },
  });
  expect(graph.reads[0]?.select).toEqual([
    'id',
    'displayName',
    'userPrincipalName',
    'onPremisesSyncEnabled',
    'jobTitle',
    'officeLocation',
  ]);
  expect(graph.reads[1]).toMatchObject({ at: '/groups', filter: "groupTypes/any(c:c eq 'DynamicMembership')" });
});

test('a property that a dynamic group goes by raises the plan to grant, and names the group', async () => {
  expect(await plan(updateUser, { user: ann.id, set: { department: 'Sales' } }, tenant())).toMatchObject({
    effects: [
      'Nothing else of the account changes',
      'Dynamic groups that go by it can take them in or let them go: All of research',
    ],
    raise: ['grant'],
    targets: [{ touch: 'change' }],
  });
  // In rules, mobilePhone is called mobile; letter case does not matter.
  expect(await plan(updateUser, { user: ann.id, set: { country: 'DE' } }, tenant())).toMatchObject({
    raise: ['grant'],
  });
});

test.each([
  ['a rule that may not be seen', tenant().collection('/groups', [{ id: 'g3', membershipRule: null }])],
  [
    'groups that may not be read',
    tenant().fail('/groups', new ToolError('NOT_PERMITTED', { message: 'No.', fix: 'Ask.' })),
  ],
])('%s raises every change to grant', async (_, graph) => {
  expect(await plan(updateUser, { user: ann.id, set: { jobTitle: 'Lead' } }, graph)).toMatchObject({
    raise: ['grant'],
    warnings: ['The rules of some dynamic groups could not be read: they may go by what changes'],
  });
});

test.each([
  [{ userPrincipalName: 'ann.berg@contoso.com' }, 'takeover'],
  [{ mail: 'ann.berg@contoso.com' }, 'takeover'],
  [{ otherMails: ['ann@home.example'] }, 'takeover'],
  [{ mobilePhone: '+49 1' }, 'takeover'],
  [{ businessPhones: ['+49 2'] }, 'takeover'],
  [{ employeeId: 'E2' }, 'change'],
  [{ userType: 'Guest' as const }, 'change'],
])('%j is a grant, and touches as %s', async (set, touch) => {
  const graph = tenant().collection('/groups', []);
  expect(await plan(updateUser, { user: ann.id, set }, graph)).toMatchObject({
    raise: ['grant'],
    targets: [{ touch }],
  });
});

test('a leave date is destructive: workflows go by it', async () => {
  const set = { employeeLeaveDateTime: '2026-05-01' };
  expect(await plan(updateUser, { user: ann.id, set }, tenant())).toMatchObject({
    raise: ['destructive'],
    warnings: ['Lifecycle workflows can disable or delete the account by its leave date'],
    facts: { body: { employeeLeaveDateTime: '2026-05-01T00:00:00.000Z' } },
  });
});

test('nothing to do: same values, lists in another order, moments written in another way', async () => {
  const graph = tenant().user({
    ...ann,
    otherMails: ['a@x.de', 'b@x.de'],
    employeeHireDate: '2026-01-01T00:00:00Z',
    usageLocation: 'DE',
  });
  const set = {
    jobTitle: 'Engineer',
    otherMails: ['b@x.de', 'a@x.de'],
    businessPhones: [],
    city: null,
    employeeHireDate: '2026-01-01',
    usageLocation: 'de',
  };
  expect(await plan(updateUser, { user: ann.id, set }, graph)).toEqual({
    unchanged: 'Ann Berg (ann@contoso.com) already has these values',
  });
});

test('only what differs is sent; null clears', async () => {
  const graph = tenant();
  expect(await apply(updateUser, { user: ann.id, set: { displayName: 'Ann Berg', jobTitle: null } }, graph)).toEqual({
    id: ann.id,
    userPrincipalName: 'ann@contoso.com',
    changed: ['jobTitle'],
  });
  expect(graph.writes).toEqual([{ method: 'PATCH', at: `/users/${ann.id}`, body: { jobTitle: null } }]);
});

test('applying twice sends the same harmless PATCH', async () => {
  const graph = tenant();
  const draft = await plan(updateUser, { user: ann.id, set: { jobTitle: 'Lead' } }, graph);
  if (!('facts' in draft)) throw new Error('a plan was expected');
  await run(updateUser, draft, graph);
  await run(updateUser, draft, graph);
  expect(graph.writes[0]).toEqual(graph.writes[1]);
});

test('a list shows as a whole, before and after', async () => {
  const graph = tenant().user({ ...ann, otherMails: ['a@x.de', 'b@x.de'] });
  expect(await plan(updateUser, { user: ann.id, set: { otherMails: ['c@x.de'] } }, graph)).toMatchObject({
    changes: [{ property: 'otherMails', before: 'a@x.de, b@x.de', after: 'c@x.de' }],
    effects: ['Nothing else of the account changes', 'otherMails is replaced as a whole'],
  });
});

test('what AD masters is refused for a synced account, before anything is sent', async () => {
  await expect(
    plan(updateUser, { user: bob.id, set: { jobTitle: 'Lead', usageLocation: 'DE' } }, tenant()),
  ).rejects.toMatchObject({ code: 'CONFLICT', detail: { properties: ['jobTitle'] } });
});

test('what the cloud masters is allowed for a synced account', async () => {
  expect(await plan(updateUser, { user: bob.id, set: { usageLocation: 'DE' } }, tenant())).toMatchObject({
    facts: { body: { usageLocation: 'DE' } },
  });
});

test('a new sign-in name must be spelled well, in a verified domain, and free', async () => {
  const rename = (userPrincipalName: string) =>
    plan(updateUser, { user: ann.id, set: { userPrincipalName } }, tenant());
  await expect(rename('ann berg@contoso.com')).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  await expect(rename('ann@fabrikam.com')).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  await expect(rename('bob@contoso.com')).rejects.toMatchObject({ code: 'CONFLICT', detail: { user: { id: bob.id } } });
});

test('another letter case of the own sign-in name is a change like others', async () => {
  const graph = tenant().object('/users/Ann@contoso.com', ann);
  const set = { userPrincipalName: 'Ann@contoso.com' };
  expect(await apply(updateUser, { user: ann.id, set }, graph)).toMatchObject({ userPrincipalName: 'Ann@contoso.com' });
});

test.each([
  ['accountEnabled', 'use disable_user or enable_user'],
  ['passwordProfile', 'use reset_password'],
  ['identities', 'use manage_identities'],
  ['onPremisesImmutableId', 'no tool changes it'],
  ['manager', 'use set_manager'],
  ['assignedLicenses', 'use assign_licenses or remove_licenses'],
  ['memberOf', 'use add_group_members or remove_group_members'],
  ['proxyAddresses', 'Graph cannot write it'],
  ['aboutMe', 'SharePoint keeps it'],
  ['showInAddressList', 'use Exchange'],
])('%s is refused with what to use instead', (property, instead) => {
  const { error } = updateUser.input.safeParse({ user: ann.id, set: { jobTitle: 'x', [property]: 'x' } });
  expect(error?.issues).toEqual([
    expect.objectContaining({ path: ['set'], message: expect.stringContaining(instead) }),
  ]);
});

test.each([
  {},
  { mail: null },
  { displayName: null },
  { userPrincipalName: null },
  { usageLocation: null },
  { businessPhones: ['1', '2'] },
  { mail: 'not an address' },
  { mail: 'jürgen@contoso.com' },
  { jobTitle: '' },
  { jobTitle: 'a\u0000b' },
  { aboutMe: 'x' },
  { signInActivity: {} },
])('refuses to set %j', (set) => {
  expect(updateUser.input.safeParse({ user: ann.id, set }).success).toBe(false);
});

test('an unknown user is NOT_FOUND', async () => {
  await expect(plan(updateUser, { user: 'nobody', set: { jobTitle: 'x' } }, tenant())).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

test.each([
  [{ jobTitle: 'Lead' }, ['User.ReadUpdate.All', 'User.Read.All'], undefined],
  [
    { mobilePhone: '+49 1' },
    ['User-Phone.ReadWrite.All', 'User.Read.All'],
    ['Privileged Authentication Administrator'],
  ],
  [
    { otherMails: ['a@x.de'], city: 'Bonn' },
    ['User-Mail.ReadWrite.All', 'User.ReadUpdate.All', 'User.Read.All'],
    ['Privileged Authentication Administrator'],
  ],
  [{ employeeLeaveDateTime: '2026-05-01' }, ['User-LifeCycleInfo.ReadWrite.All', 'User.Read.All'], undefined],
])('a refusal of %j names the permissions of these properties', async (set, permissions, directoryRoles) => {
  const graph = tenant();
  const draft = await plan(updateUser, { user: ann.id, set, reason: 'a test' }, graph);
  if (!('facts' in draft)) throw new Error('a plan was expected');
  graph.fail(`/users/${ann.id}`, new ToolError('NOT_PERMITTED', { message: 'No.', fix: 'Ask.' }));
  const error = await run(updateUser, draft, graph).catch((thrown: unknown) => thrown);
  if (!(error instanceof ToolError)) throw new Error('a refusal was expected');
  expect(error.detail?.['permissions']).toEqual(expect.arrayContaining(permissions));
  expect(error.detail?.['permissions']).toHaveLength(permissions.length);
  expect(error.detail?.['directoryRoles']).toEqual(directoryRoles);
});
