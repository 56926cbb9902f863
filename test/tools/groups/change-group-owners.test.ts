import { expect, test } from 'vitest';
import { ToolError } from '../../../src/contract/index.ts';
import changeGroupOwners from '../../../tools/groups/change-group-owners.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, bob, finance, guest } from '../../fixtures/people.ts';
import { apply, plan, run } from '../../fixtures/tool-trial.ts';

const at = `/groups/${finance.id}`;
const reason = 'new team lead';
const user = { '@odata.type': '#microsoft.graph.user' };
const app = { '@odata.type': '#microsoft.graph.servicePrincipal', id: 'app-1' };

/** Ann, Bob and Gia exist; `owners` own the group. */
function tenant(owners: readonly object[] = [{ ...ann, ...user }], more: object = {}): FakeGraph {
  return new FakeGraph()
    .object(at, { ...finance, ...more })
    .collection(
      `${at}/owners`,
      owners.map((one) => ({ ...one })),
    )
    .user(ann)
    .user(bob)
    .user(guest);
}

test('the plan says what an approver needs', async () => {
  const input = { group: finance.id, add: [bob.id, guest.id], remove: [ann.id], reason };
  expect(await plan(changeGroupOwners, input, tenant())).toEqual({
    summary: 'Change the owners of the security group Finance',
    effects: [
      'Bob Cole (bob@contoso.com) becomes an owner, and can change the group and who is in it',
      `Gia Diaz (${guest.userPrincipalName}) becomes an owner, and can change the group and who is in it`,
      'Ann Berg (ann@contoso.com) is no longer an owner; a membership stays',
    ],
    warnings: [`Gia Diaz (${guest.userPrincipalName}) is a guest, from outside the organization`],
    undo: 'change_group_owners, the other way round',
    targets: [
      { kind: 'group', id: finance.id, touch: 'change' },
      { kind: 'user', id: ann.id, touch: 'takeaway' },
    ],
    references: [bob.id, guest.id],
    people: [bob.id, guest.id],
    raise: ['destructive'],
    facts: {
      group: finance.id,
      add: [bob, guest].map(({ id, userPrincipalName }) => ({ id, userPrincipalName })),
      remove: [{ id: ann.id, userPrincipalName: ann.userPrincipalName }],
    },
  });
});

test('additions alone are a grant', async () => {
  expect(await plan(changeGroupOwners, { group: finance.id, add: [bob.id] }, tenant())).toMatchObject({ raise: [] });
});

test('owners of a role-assignable group decide who administers, and the plan says so', async () => {
  const graph = tenant([{ ...ann, ...user }], { isAssignableToRole: true });
  expect(await plan(changeGroupOwners, { group: finance.id, add: [bob.id] }, graph)).toMatchObject({
    warnings: ['The group can hold directory roles: its owners decide who administers the tenant'],
  });
});

test('it adds before it removes, references alone; applying twice is harmless', async () => {
  const graph = tenant();
  const draft = await plan(changeGroupOwners, { group: finance.id, add: [bob.id], remove: [ann.id], reason }, graph);
  if (!('facts' in draft)) throw new Error('a plan was expected');
  const first = await run(changeGroupOwners, draft, graph);
  expect(first).toMatchObject({
    owners: [
      { id: bob.id, status: 'added' },
      { id: ann.id, status: 'removed' },
    ],
  });
  expect(await run(changeGroupOwners, draft, graph)).toEqual(first);
  expect(graph.writes.slice(0, 2)).toEqual([
    { method: 'POST', at: `${at}/owners/$ref`, body: bob.id },
    { method: 'DELETE', at: `${at}/owners/${ann.id}/$ref` },
  ]);
});

test('where the successor cannot be added, nobody is removed', async () => {
  const forbidden = new ToolError('NOT_PERMITTED', { message: 'No.', fix: 'Ask.' });
  const graph = tenant().fail(`${at}/owners/$ref`, forbidden);
  const input = { group: finance.id, add: [bob.id], remove: [ann.id], reason };
  await expect(apply(changeGroupOwners, input, graph)).rejects.toMatchObject({
    code: 'NOT_PERMITTED',
    fix: expect.stringContaining('Group.ReadWrite.All'),
  });
  expect(graph.writes.map(({ method }) => method)).toEqual(['POST']);
});

test.each([
  ['alone', [{ ...ann, ...user }]],
  ['beside an app, which does not count', [{ ...ann, ...user }, app]],
])('the last person who owns the group stays: %s', async (_, owners) => {
  const input = { group: finance.id, remove: [ann.id], reason };
  await expect(plan(changeGroupOwners, input, tenant(owners))).rejects.toMatchObject({
    code: 'CONFLICT',
    fix: expect.stringContaining('successor'),
  });
});

test('nothing to do: already an owner, or none', async () => {
  const input = { group: finance.id, add: [ann.id], remove: [bob.id], reason };
  expect(await plan(changeGroupOwners, input, tenant())).toEqual({
    unchanged: 'The owners of the security group Finance are so already',
  });
});

test.each([
  [{}, 'INPUT_INVALID'],
  [{ add: [ann.id], remove: [ann.userPrincipalName] }, 'INPUT_INVALID'],
  [{ add: ['nobody'] }, 'NOT_FOUND'],
])('%j is refused', async (input, code) => {
  await expect(plan(changeGroupOwners, { group: finance.id, ...input }, tenant())).rejects.toMatchObject({ code });
});

test.each([
  ['synced', { onPremisesSyncEnabled: true }],
  ['Exchange', { mailEnabled: true }],
])('a %s group is refused', async (_, more) => {
  const input = { group: finance.id, add: [bob.id] };
  await expect(plan(changeGroupOwners, input, tenant([], more))).rejects.toMatchObject({ code: 'CONFLICT' });
});

test('more than 100 owners are refused', async () => {
  const owners = Array.from({ length: 100 }, (_, i) => ({ ...user, id: `o${i}` }));
  await expect(plan(changeGroupOwners, { group: finance.id, add: [bob.id] }, tenant(owners))).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('100'),
  });
});
