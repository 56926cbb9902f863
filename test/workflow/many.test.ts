import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { blockedOfAll, followUpsOfAll, type SingleReport, waitingOfAll } from '../../src/workflow/many-report.ts';
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
  expect(report).toMatchObject({ kind: 'offboardings', status: 'completed', steps: [] });
  expect(report.runs?.map(({ status, message }) => [status, message])).toEqual([
    ['completed', '4 done'],
    ['completed', '4 done'],
  ]);
  expect(new Set(world.acts).size).toBe(16);
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
  expect(report).toMatchObject({
    status: 'waiting',
    waitingFor: 'resume_run: 2 of its runs wait: 2 for resume_run with mailbox',
  });
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

test('a single run of many is resumed by itself, with the lists of its person', async () => {
  world.pauseBefore = 'third';
  const { report } = await world.goAll(['ann', 'bob']);
  const [bob] = (await world.runs().list({ limit: 1, offset: 0, user: 'bob@contoso.example' })).runs;
  world.acts.length = 0;
  const done = await world.goOn(bob?.runId ?? '', { mailbox: 'shared' });
  expect(done.status).toBe('completed');
  expect(world.acts).toEqual(['bob-third-1', 'bob-third-2', 'bob-fourth-1', 'bob-fourth-2']);
  expect(await world.runs().get(report.runId)).toMatchObject({
    status: 'waiting',
    waitingFor: 'resume_run: 1 of its runs waits: 1 for resume_run with mailbox',
  });
});

describe('the report of all', () => {
  const pack = (command: string) => ({ what: 'Pack the lamps.', commands: [command] });

  test('says what is left by hand for each, and whether everyone is blocked', async () => {
    world.left.set('ann', [pack('Pack ann')]).set('bob', [pack('Pack bob'), { what: 'Say goodbye.' }]);
    const { report } = await world.goAll(['ann', 'bob', 'eve']);
    expect(report.blocked).toBe(true);
    expect(report.runs?.map(({ blocked }) => blocked)).toEqual([true, true, true]);
    expect([...report.followUps].sort((a, b) => a.what.localeCompare(b.what))).toEqual([
      { what: 'ann@contoso.example: Pack the lamps.', commands: ['Pack ann'] },
      { what: 'bob@contoso.example: Pack the lamps.', commands: ['Pack bob'] },
      { what: 'bob@contoso.example: Say goodbye.' },
    ]);
  });

  test('is not blocked where one of them is not, and says nothing while that is not known', async () => {
    world.refused.set('bob-first-1', 'CONFLICT');
    const { report } = await world.goAll(['ann', 'bob']);
    expect(report.blocked).toBe(false);
    expect(blockedOfAll([single({ blocked: true }), single({})])).toBeUndefined();
    expect(blockedOfAll([])).toBeUndefined();
  });

  const single = (over: Partial<SingleReport>): SingleReport => ({ status: 'waiting', followUps: [], ...over });

  test('names so much of what is left as an answer holds, and how much more there is', () => {
    const person = (i: number) =>
      single({
        user: { userPrincipalName: `person${i}@contoso.example` },
        followUps: [pack('x'.repeat(200)), pack('y'.repeat(200))],
      });
    const found = followUpsOfAll(people(200).map((_, i) => person(i)));
    expect(Buffer.byteLength(JSON.stringify(found))).toBeLessThan(26_000);
    expect(found.at(-1)?.what).toBe(`And ${400 - (found.length - 1)} more: get_run of each of the runs names its own`);
  });

  test('names the reasons to wait with how many wait for them', () => {
    const reasons = ['a', 'a', 'b', 'c', 'd', 'e'].map((waitingFor) => single({ waitingFor }));
    expect(waitingOfAll(reasons)).toBe('resume_run: 6 of its runs wait: 2 for a; 1 for b; 1 for c; 2 more reasons');
    expect(waitingOfAll([single({ status: 'completed' })])).toBe('resume_run: none of its runs waits any more');
  });
});

test('what was decided for one person stays when all are resumed, and is not turned round', async () => {
  world.pauseBefore = 'third';
  const { report } = await world.goAll(['ann', 'bob']);
  const [bob] = (await world.runs().list({ limit: 1, offset: 0, user: 'bob@contoso.example' })).runs;
  world.refused.set('bob-fourth-1', 'CONFLICT');
  expect((await world.goOn(bob?.runId ?? '', { mailbox: 'shared' })).status).toBe('failed');
  await expect(world.goOn(bob?.runId ?? '', { mailbox: 'released' })).rejects.toMatchObject({ code: 'CONFLICT' });
  world.refused.clear();
  expect((await world.goOn(report.runId, { mailbox: 'released' })).status).toBe('completed');
  const decided = await world.store
    .selectFrom('runs')
    .select('decisions')
    .where('id', '=', bob?.runId ?? '')
    .executeTakeFirst();
  expect(decided?.decisions).toBe('{"mailbox":"shared"}');
});

test('all of the runs are kept or none', async () => {
  world.pauseBefore = 'third';
  const workflow = world.many();
  const draft = await workflow.plan(['bob', 'eve'], world.planning);
  if ('unchanged' in draft) throw new Error('Nothing to do');
  await world.go({ planId: 'other' });
  await world.store.updateTable('runs').set({ subject: 'eve' }).execute();
  await expect(workflow.run(draft.facts, world.context(draft.observations ?? []))).rejects.toMatchObject({
    code: 'CONFLICT',
  });
  expect((await world.runs().list({ limit: 10, offset: 0 })).runs.map(({ kind }) => kind)).toEqual(['offboarding']);
});

test('one run that cannot be taken up stops no other', async () => {
  world.pauseBefore = 'third';
  const { report } = await world.goAll(['ann', 'bob']);
  const [bob] = (await world.runs().list({ limit: 1, offset: 0, user: 'bob@contoso.example' })).runs;
  await world.store
    .updateTable('runs')
    .set({ status: 'cancelled' })
    .where('id', '=', bob?.runId ?? '')
    .execute();
  const done = await world.goOn(report.runId, { mailbox: 'shared' });
  expect(done.runs?.map(({ status }) => status).sort()).toEqual(['cancelled', 'completed']);
});
