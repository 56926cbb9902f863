import { expect, test } from 'vitest';
import listUserGroups from '../../../tools/groups/list-user-groups.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, finance } from '../../fixtures/people.ts';
import { read } from '../../fixtures/tool-trial.ts';

test.each([
  [false, 'memberOf', undefined],
  [true, 'transitiveMemberOf', true],
])('transitive %s reads %s', async (transitive, collection, advanced) => {
  const at = `/users/${ann.id}/${collection}/microsoft.graph.group`;
  const graph = new FakeGraph().user(ann).collection(at, [finance]);
  const { items } = await read(listUserGroups, { user: ann.userPrincipalName, transitive }, graph);
  expect(items).toMatchObject([{ id: finance.id, displayName: 'Finance' }]);
  expect(graph.reads.at(-1)).toMatchObject({ at });
  expect(graph.reads.at(-1)?.advanced).toBe(advanced);
});

test('it pages, and adds fields', async () => {
  const at = `/users/${ann.id}/memberOf/microsoft.graph.group`;
  const graph = new FakeGraph().user(ann).collection(at, [finance, { ...finance, id: 'g2', visibility: 'Private' }]);
  const first = await read(listUserGroups, { user: ann.id, pageSize: 1 }, graph);
  expect(first.nextCursor).toBe('1');
  const rest = { user: ann.id, pageSize: 1, cursor: '1', fields: ['visibility' as const] };
  expect(await read(listUserGroups, rest, graph)).toMatchObject({ items: [{ id: 'g2', visibility: 'Private' }] });
});

test('an unknown user is NOT_FOUND', async () => {
  await expect(read(listUserGroups, { user: ann.id }, new FakeGraph())).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
