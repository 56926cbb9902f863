import { expect, test } from 'vitest';
import listGroupMembers from '../../../tools/groups/list-group-members.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, bob, finance } from '../../fixtures/people.ts';
import { read } from '../../fixtures/tool-trial.ts';

const at = `/groups/${finance.id}`;
const directory = () => new FakeGraph().object(at, finance);
const user = { '@odata.type': '#microsoft.graph.user' };

test('all kinds, each with its type; a device has no empty properties of a user', async () => {
  const device = { '@odata.type': '#microsoft.graph.device', id: 'd1', displayName: 'LT-1', accountEnabled: true };
  const nested = { '@odata.type': '#microsoft.graph.group', id: 'g2', displayName: 'Payroll' };
  const graph = directory().collection(`${at}/members`, [{ ...ann, ...user }, device, nested]);
  expect(await read(listGroupMembers, { group: finance.id }, graph)).toEqual({
    items: [
      { type: 'user', ...ann },
      { type: 'device', id: 'd1', displayName: 'LT-1', accountEnabled: true },
      { type: 'group', id: 'g2', displayName: 'Payroll' },
    ],
  });
});

test('an object that may not be read has its id and type alone', async () => {
  const graph = directory().collection(`${at}/members`, [{ '@odata.type': '#microsoft.graph.device', id: 'd1' }]);
  expect(await read(listGroupMembers, { group: finance.id }, graph)).toEqual({ items: [{ type: 'device', id: 'd1' }] });
});

test.each([
  [{ usersOnly: true }, 'members/microsoft.graph.user', undefined],
  [{ transitive: true }, 'transitiveMembers', undefined],
  [{ transitive: true, usersOnly: true }, 'transitiveMembers/microsoft.graph.user', true],
])('%j reads %s', async (options, collection, advanced) => {
  const graph = directory().collection(`${at}/${collection}`, [{ ...ann, ...user }]);
  const { items } = await read(listGroupMembers, { group: finance.id, ...options }, graph);
  expect(items).toEqual([{ type: 'user', ...ann }]);
  expect(graph.reads.at(-1)?.advanced).toBe(advanced);
});

test('it pages', async () => {
  const graph = directory().collection(`${at}/members`, [
    { ...ann, ...user },
    { ...bob, ...user },
  ]);
  const first = await read(listGroupMembers, { group: finance.id, pageSize: 1 }, graph);
  expect(first.nextCursor).toBe('1');
  expect(await read(listGroupMembers, { group: finance.id, pageSize: 1, cursor: '1' }, graph)).toEqual({
    items: [{ type: 'user', ...bob }],
  });
});

test('an unknown group is NOT_FOUND', async () => {
  await expect(read(listGroupMembers, { group: finance.id }, new FakeGraph())).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

test('service principals stand apart, on the first page of direct members', async () => {
  const app = { '@odata.type': '#microsoft.graph.servicePrincipal', id: 'app-1', displayName: 'Payroll job' };
  const rows = [
    { ...ann, ...user },
    { ...bob, ...user },
  ];
  const graph = new FakeGraph()
    .object(at, { ...finance, members: [...rows, app] })
    .collection(`${at}/members`, rows)
    .collection(`${at}/transitiveMembers`, rows);
  const first = await read(listGroupMembers, { group: finance.id, pageSize: 1 }, graph);
  expect(first.servicePrincipals).toEqual({ items: [{ id: 'app-1', displayName: 'Payroll job' }] });
  for (const other of [{ pageSize: 1, cursor: '1' }, { transitive: true }]) {
    expect(await read(listGroupMembers, { group: finance.id, ...other }, graph)).not.toHaveProperty(
      'servicePrincipals',
    );
  }
});

test('where Graph shows no more than 20 members, others may be left out, and it says so', async () => {
  const members = Array.from({ length: 20 }, (_, i) => ({ ...user, id: `u${i}` }));
  const graph = new FakeGraph().object(at, { ...finance, members }).collection(`${at}/members`, members);
  expect(await read(listGroupMembers, { group: finance.id }, graph)).toMatchObject({
    servicePrincipals: { items: [], more: true },
  });
});
