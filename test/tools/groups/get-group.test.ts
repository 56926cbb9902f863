import { expect, test } from 'vitest';
import getGroup from '../../../tools/groups/get-group.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, bob, finance, mallory } from '../../fixtures/people.ts';
import { read } from '../../fixtures/tool-trial.ts';

test('by object id', async () => {
  const graph = new FakeGraph().object(`/groups/${finance.id}`, finance);
  expect(await read(getGroup, { group: finance.id }, graph)).toMatchObject({ group: { displayName: 'Finance' } });
  expect(graph.reads).toHaveLength(1);
});

test('by exact display name, quoted', async () => {
  const graph = new FakeGraph().collection('/groups', [finance]);
  expect(await read(getGroup, { group: "Finance' or 'a' eq 'a" }, graph)).toMatchObject({ group: { id: finance.id } });
  expect(graph.reads).toMatchObject([{ at: '/groups', filter: "displayName eq 'Finance'' or ''a'' eq ''a'" }]);
});

test('a name of more than 120 characters takes an advanced query', async () => {
  const graph = new FakeGraph().collection('/groups', [finance]);
  await read(getGroup, { group: 'F'.repeat(121) }, graph);
  expect(graph.reads).toMatchObject([{ advanced: true }]);
});

test('a name that several groups have is a CONFLICT that lists them', async () => {
  const graph = new FakeGraph().collection('/groups', [finance, { ...finance, id: 'other' }]);
  await expect(read(getGroup, { group: 'Finance' }, graph)).rejects.toMatchObject({
    code: 'CONFLICT',
    detail: { candidates: [{ id: finance.id }, { id: 'other' }] },
  });
});

test('an unknown name, and an unknown id, are NOT_FOUND', async () => {
  const graph = new FakeGraph().collection('/groups', []);
  await expect(read(getGroup, { group: 'Nowhere' }, graph)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(read(getGroup, { group: finance.id }, graph)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('owners and the number of members on request', async () => {
  const graph = new FakeGraph()
    .object(`/groups/${finance.id}`, finance)
    .collection(`/groups/${finance.id}/owners`, [{ ...mallory, '@odata.type': '#microsoft.graph.user' }])
    .collection(`/groups/${finance.id}/members`, [ann, bob]);
  const answer = await read(getGroup, { group: finance.id, include: ['owners', 'memberCount'] }, graph);
  const { id, displayName, userPrincipalName } = mallory;
  expect(answer).toMatchObject({ owners: [{ id, displayName, userPrincipalName, type: 'user' }], memberCount: 2 });
});
