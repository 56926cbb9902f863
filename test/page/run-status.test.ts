import { afterEach, beforeEach, expect, test } from 'vitest';
import { asked, provenToken } from './page-client.ts';
import { openPageWorld, type PageWorld } from './page-world.ts';

let at: PageWorld;
beforeEach(async () => {
  at = await openPageWorld({ flows: true });
});
afterEach(() => at.close());

test('the steps of a run, or the runs of many, are told while they go on and after', async () => {
  const { world, page, planned } = at;
  const token = await provenToken(page.origin, 'demo');
  const sheet = async (id: string) => (await asked(page.origin, `/api/plans/${id}`, { token })).body;
  const { newcomer, disabled, ordinary } = world.demo.landmarks;
  const one = await planned('offboard_user', { user: newcomer.id });
  expect(await sheet(one)).toMatchObject({ steps: [], writes: { sent: 0, answered: 0 } });
  await world.decide(one, 'approve');
  await world.call('apply_plan', { planId: one, waitSeconds: 60 });
  const done = await sheet(one);
  expect(done['steps']).toContainEqual({ name: 'block-sign-in', status: 'done' });
  expect(Object(done['writes'])['sent']).toBeGreaterThan(1);
  const many = await planned('offboard_users', { users: [disabled.id, ordinary.id] });
  await world.decide(many, 'approve');
  await world.call('apply_plan', { planId: many, waitSeconds: 60 });
  expect(Object.values(Object((await sheet(many))['steps'])).map((step) => Object(step)['name'])).toEqual(
    expect.arrayContaining([disabled.userPrincipalName, ordinary.userPrincipalName]),
  );
});
