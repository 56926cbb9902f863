import { expect, test } from 'vitest';
import listDeletedUsers from '../../../tools/users/list-deleted-users.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { dan } from '../../fixtures/people.ts';
import { read } from '../../fixtures/tool-trial.ts';

const at = '/directory/deletedItems/microsoft.graph.user';

test('under the name they had, with the end of the time to restore', async () => {
  const graph = new FakeGraph().deletedUser(dan);
  const { proxyAddresses: _proxyAddresses, ...usual } = dan;
  expect(await read(listDeletedUsers, {}, graph)).toEqual({
    items: [{ ...usual, userPrincipalName: 'dan@contoso.com', restorableUntil: '2026-03-22T08:00:00.000Z' }],
    total: 1,
  });
  expect(graph.reads).toMatchObject([{ at, orderby: 'deletedDateTime desc', advanced: true }]);
});

test('a name that Graph did not change stays', async () => {
  const graph = new FakeGraph().deletedUser({ ...dan, userPrincipalName: 'dan@contoso.com', deletedDateTime: null });
  expect(await read(listDeletedUsers, {}, graph)).toMatchObject({
    items: [{ userPrincipalName: 'dan@contoso.com', restorableUntil: null }],
  });
});

test('text is the start of the name, quotes and all; fields adds properties', async () => {
  const graph = new FakeGraph().deletedUser(dan);
  await read(listDeletedUsers, { text: "O'B", fields: ['city'] }, graph);
  expect(graph.reads[0]).toMatchObject({ filter: "startsWith(displayName,'O''B')" });
  expect(graph.reads[0]?.select).toEqual(expect.arrayContaining(['city', 'deletedDateTime']));
});

test('it pages', async () => {
  const graph = new FakeGraph().collection(at, [dan, { ...dan, id: 'x' }]);
  const first = await read(listDeletedUsers, { pageSize: 1 }, graph);
  expect(first).toMatchObject({ nextCursor: '1', total: 2 });
  expect((await read(listDeletedUsers, { pageSize: 1, cursor: '1' }, graph)).items).toHaveLength(1);
});
