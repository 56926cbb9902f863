import { afterEach, beforeEach, expect, test } from 'vitest';
import { ToyWorld } from './toy.ts';

let world: ToyWorld;
beforeEach(async () => {
  world = await ToyWorld.open();
});
afterEach(() => world.close());

const people = (count: number) => Array.from({ length: count }, (_, i) => `person${i}`);

test('one plan has a section for each person, and each gets a run', async () => {
  const { draft, report } = await world.goAll(['ann', 'bob']);
  expect(draft.summary).toBe('Lights out for 2');
  expect([...new Set(draft.observations?.map(({ of }) => of))]).toEqual(['ann@contoso.example', 'bob@contoso.example']);
  expect(draft.stepUp).toBeUndefined();
  expect(report).toMatchObject({ kind: 'offboardings', status: 'completed', steps: [] });
  expect(report.runs?.map(({ status, message }) => [status, message])).toEqual([
    ['completed', '4 done'],
    ['completed', '4 done'],
  ]);
  expect(new Set(world.acts).size).toBe(16);
});

test('above ten people only the page or a terminal may approve', async () => {
  const draftOf = async (count: number) => world.many().plan(people(count), world.planning);
  expect(await draftOf(10)).not.toHaveProperty('stepUp');
  expect(await draftOf(11)).toMatchObject({ stepUp: true });
});

test('whoever is named twice is planned for once', async () => {
  const { report } = await world.goAll(['bob', 'bob']);
  expect(report.runs).toHaveLength(1);
});

test('nobody is planned for while one of them cannot be, and all of those are named', async () => {
  world.unplannable.set('bob', 'NOT_FOUND').set('eve', 'CONFLICT');
  await expect(world.many().plan(['ann', 'bob', 'eve'], world.planning)).rejects.toMatchObject({
    code: 'INPUT_INVALID',
    detail: {
      refused: [
        { user: 'bob', error: { code: 'NOT_FOUND' } },
        { user: 'eve', error: { code: 'CONFLICT' } },
      ],
    },
  });
});

test('one that fails stops no other, and only what failed is resumed', async () => {
  world.refused.set('bob-second-1', 'CONFLICT');
  const { report } = await world.goAll(['ann', 'bob', 'eve']);
  expect(report.status).toBe('failed');
  expect(report.runs?.map(({ user, status }) => [user, status]).sort()).toEqual([
    ['ann@contoso.example', 'completed'],
    ['bob@contoso.example', 'failed'],
    ['eve@contoso.example', 'completed'],
  ]);
  world.refused.clear();
  world.acts.length = 0;
  expect((await world.goOn(report.runId)).status).toBe('completed');
  expect(world.acts.sort()).toEqual(['bob-second-1', 'bob-third-1', 'bob-third-2']);
});

test('waits where its runs wait, and one decision lets all go on', async () => {
  world.pauseBefore = 'fourth';
  const { report } = await world.goAll(['ann', 'bob']);
  expect(report).toMatchObject({ status: 'waiting', waitingFor: expect.stringContaining('2 of its runs wait') });
  expect((await world.goOn(report.runId, { mailbox: 'released' })).status).toBe('completed');
});

test('a single run of many is found by its user, and the list shows the whole', async () => {
  await world.goAll(['ann', 'bob']);
  const query = { limit: 10, offset: 0 };
  expect((await world.runs().list(query)).runs.map(({ kind }) => kind)).toEqual(['offboardings']);
  expect((await world.runs().list({ ...query, user: 'BOB@contoso.example' })).runs).toMatchObject([
    { kind: 'offboarding', status: 'completed' },
  ]);
});
