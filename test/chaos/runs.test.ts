import { describe, expect, test } from 'vitest';
import { at, type Office } from '../e2e/approval-office.ts';
import {
  apply,
  type Calm,
  countable,
  eachInPlace,
  killedAfter,
  killedAround,
  newName,
  type Place,
  type Planned,
  planned,
  runIdOf,
  type Scenario,
  stable,
  undisturbed,
} from './disturbed-runs.ts';

const scenarios: readonly Scenario[] = [
  {
    name: 'offboarding with a successor, to the end',
    tool: 'offboard_user',
    args: ({ town: { demo } }) => ({
      user: demo.landmarks.leaver.id,
      preset: 'full',
      successor: demo.landmarks.ordinary.id,
      autoReply: { internal: 'I have left' },
      delete: false,
      reason: 'left the company',
    }),
    ends: 'completed',
  },
  {
    name: 'offboarding of an administrator, into a block group and deleted',
    tool: 'offboard_user',
    args: ({ town: { demo } }) => ({
      user: demo.landmarks.privilegedLeaver.id,
      preset: 'full',
      blockGroup: demo.landmarks.groups.security.id,
      delete: true,
      reason: 'left the company',
    }),
    ends: 'completed',
    only: {
      steps: ['block-sign-in', 'directory-roles', 'delete'],
      writes: /^POST \S+\/members\/\$ref |roleManagement|^DELETE \/v1\.0\/users\/[^/]+ /,
    },
    // Of an account that is deleted with a role it could take up, the tenant shows that no more.
    neverRefused: /\$batch/,
  },
  {
    name: 'undo of an offboarding that deleted the account',
    tool: 'undo_offboarding',
    args: async (place, office) => ({
      runId: await offboarded(place, office),
      credential: 'temporaryAccessPass',
      reason: 'they stay',
    }),
    ends: 'completed',
  },
  {
    name: 'onboarding',
    tool: 'onboard_user',
    args: ({ town: { demo } }) => ({
      userPrincipalName: `nora.new@${demo.domain}`,
      displayName: newName,
      like: demo.landmarks.ordinary.id,
      manager: demo.landmarks.manager.id,
      licenses: ['SPE_E3'],
      groups: [demo.landmarks.groups.security.id],
      temporaryAccessPass: true,
      reason: 'a new colleague',
    }),
    ends: 'completed',
  },
  {
    name: 'onboarding that is rolled back, as one write is refused',
    tool: 'onboard_user',
    args: ({ town: { demo } }) => ({
      userPrincipalName: `nora.new@${demo.domain}`,
      displayName: newName,
      groups: [demo.landmarks.groups.security.id],
      onFailure: 'rollback',
      reason: 'a new colleague',
    }),
    refuses: /members\/\$ref/,
    ends: 'failed',
    // After the roll-back nothing is asked any more.
    only: { steps: ['create-user', 'groups'], writes: /members\/\$ref|^DELETE / },
  },
];

/** The leaver, deleted and in a block group; the run. */
async function offboarded({ town }: Place, office: Office): Promise<unknown> {
  const { leaver, ordinary, groups } = town.demo.landmarks;
  const asked = await office.client.call('offboard_user', {
    user: leaver.id,
    preset: 'full',
    // What an undo does not give back.
    skip: ['revoke-sessions', 'reset-password', 'directory-roles', 'revoke-again', 'auth-methods'],
    successor: ordinary.id,
    blockGroup: groups.security.id,
    delete: true,
    reason: 'left the company',
  });
  const planId = String(at(asked.data, 'plan', 'id'));
  await town.approve(planId);
  const { data, text } = await office.client.call('apply_plan', { planId, waitSeconds: 60 });
  expect(data, text).toMatchObject({ result: { status: 'completed' } });
  return data['runId'];
}

/** Resumes in a new server what was killed: it ends as if nothing had happened. */
async function resumedAsIfCalm(
  scenario: Scenario,
  calm: Calm,
  { place, plan, where }: { place: Place; plan: Planned; where: string },
): Promise<void> {
  const second = await place.town.serve({ url: place.wire.url });
  const runId = runIdOf(place, plan);
  const { data: runs } = await second.client.call('list_runs', {});
  expect(at(runs, 'items'), where).toContainEqual(expect.objectContaining({ runId, status: 'waiting' }));
  const { data } = await second.client.call('resume_run', { runId });
  const { data: run } = await second.client.call('get_run', { runId });
  expect(data, `${where}: ${JSON.stringify(run)}`).toMatchObject({
    status: 'completed',
    result: { status: scenario.ends },
  });
  expect(stable(place), where).toEqual(calm.snapshot);
  expect(countable(place), where).toEqual(calm.sent);
}

describe.each(scenarios)('$name', (scenario) => {
  let known: Promise<Calm> | undefined;
  const calmly = () => {
    known ??= undisturbed(scenario);
    return known;
  };

  test('undisturbed, it ends', async () => {
    const calm = await calmly();
    expect(calm.requests.length).toBeGreaterThan(1);
    expect(calm.steps).toEqual(expect.arrayContaining([...(scenario.only?.steps ?? [])]));
  });

  test.each(['onTheWay', 'onTheWayBack'] as const)(
    'killed at each write, %s: resumed, it ends as if nothing had happened, and no write is sent that the tenant shows as done',
    async (stage) => {
      const calm = await calmly();
      // What is refused on the way has no way back.
      const passing = calm.requests.filter(({ isRefused }) => stage === 'onTheWay' || !isRefused);
      await eachInPlace(passing, async (place, { nth, name }) => {
        const plan = await planned(place, scenario);
        await killedAround(place, stage, nth, plan);
        await resumedAsIfCalm(scenario, calm, { place, plan, where: `${stage} of write ${nth}, ${name}` });
      });
    },
    100_000,
  );

  test('killed once the journal has the end of a step: resumed, it goes on after it', async () => {
    const calm = await calmly();
    await eachInPlace(calm.steps, async (place, step) => {
      const plan = await planned(place, scenario);
      await killedAfter(place, step, plan);
      await resumedAsIfCalm(scenario, calm, { place, plan, where: `after ${step}` });
    });
  }, 100_000);

  test.skipIf(scenario.refuses !== undefined)(
    'refused at each write: the run says so with the fix, and once it may, resume_run brings it to the same end; a second one does nothing',
    async () => {
      const calm = await calmly();
      const refusable = calm.requests.filter(({ name }) => scenario.neverRefused?.test(name) !== true);
      await eachInPlace(refusable, async (place, { nth, name }) => {
        const plan = await planned(place, scenario);
        const { office } = plan;
        place.wire.onTheWay = (write) => (write.nth - plan.before === nth ? 'refused' : 'passes');
        const { data } = await apply(plan);
        const where = `write ${nth}, ${name}: ${JSON.stringify(data)}`;
        if (at(data, 'result', 'status') !== 'completed') {
          expect(at(data, 'result', 'status'), where).toBe('failed');
          const failed = stepsOf(data).filter(({ status }) => status === 'failed');
          expect(failed.length, where).toBeGreaterThan(0);
          for (const step of failed)
            expect(step, where).toMatchObject({ message: expect.any(String), fix: expect.any(String) });
          const runId = at(data, 'runId');
          const resumed = await office.client.call('resume_run', { runId });
          expect(resumed.data, `${where} then ${resumed.text}`).toMatchObject({ result: { status: 'completed' } });
          const sent = place.wire.writes.length;
          expect((await office.client.call('resume_run', { runId })).data, where).toMatchObject({
            status: 'unchanged',
          });
          expect(place.wire.writes.length, where).toBe(sent);
        }
        expect(stable(place), where).toEqual(calm.snapshot);
      });
    },
    100_000,
  );
});

function stepsOf(data: unknown): { name: string; status: string }[] {
  const steps = at(data, 'result', 'steps');
  return Array.isArray(steps) ? steps : [];
}
