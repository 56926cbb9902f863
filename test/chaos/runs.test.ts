import { afterEach, describe, expect, test } from 'vitest';
import type { DemoSnapshot } from '../../src/demo/index.ts';
import { ApprovalTown, at, type Office } from '../e2e/approval-office.ts';
import { ApprovalWire, type Fate, moment, type PassingWrite } from '../e2e/approval-wire.ts';

/** A run of a workflow, as an agent asks for it. */
interface Scenario {
  readonly name: string;
  readonly tool: string;
  args(town: ApprovalTown): Record<string, unknown>;
}

const scenarios: readonly Scenario[] = [
  {
    name: 'offboarding with a successor, to the end',
    tool: 'offboard_user',
    args: ({ demo: { landmarks } }) => ({
      user: landmarks.leaver.id,
      preset: 'full',
      successor: landmarks.ordinary.id,
      autoReply: { internal: 'I have left' },
      delete: false,
      reason: 'left the company',
    }),
  },
  {
    name: 'onboarding',
    tool: 'onboard_user',
    args: ({ demo: { landmarks, domain } }) => ({
      userPrincipalName: `nora.new@${domain}`,
      displayName: 'Nora New',
      like: landmarks.ordinary.id,
      manager: landmarks.manager.id,
      licenses: ['SPE_E3'],
      groups: [landmarks.groups.security.id],
      temporaryAccessPass: true,
      reason: 'a new colleague',
    }),
  },
];

let open: { town: ApprovalTown; wire: ApprovalWire } | undefined;
afterEach(closed);

async function closed(): Promise<void> {
  await open?.wire.close();
  await open?.town.close();
  open = undefined;
}

async function town(): Promise<{ town: ApprovalTown; wire: ApprovalWire }> {
  const opened = await ApprovalTown.open(60);
  open = { town: opened, wire: await ApprovalWire.open(opened.demo.url) };
  return open;
}

async function planned({ town, wire }: { town: ApprovalTown; wire: ApprovalWire }, scenario: Scenario) {
  const office = await town.serve({ url: wire.url });
  const { data, text } = await office.client.call(scenario.tool, scenario.args(town));
  expect(data, text).toMatchObject({ status: 'approval_required' });
  const planId = String(at(data, 'plan', 'id'));
  await town.approve(planId);
  return { office, planId };
}

function apply(office: Office, planId: string) {
  return office.client.call('apply_plan', { planId, waitSeconds: 60 });
}

/** What the tenant holds, less what is different each time: when things happened, made-up ids, the audit log. */
function shape({ directoryAudits: _, ...snapshot }: DemoSnapshot): unknown {
  const text = JSON.stringify(snapshot, (key, value) =>
    /DateTime$|^temporaryAccessPass$|^passwordProfile$/i.test(key) ? undefined : value,
  );
  return JSON.parse(text);
}

interface Undisturbed {
  /** Requests that change the tenant, a $batch as one. */
  readonly requests: readonly PassingWrite[];
  readonly sent: readonly string[];
  readonly users: number;
  readonly snapshot: unknown;
}

async function undisturbed(scenario: Scenario): Promise<Undisturbed> {
  const place = await town();
  const { office, planId } = await planned(place, scenario);
  const { data, text } = await apply(office, planId);
  expect(data, text).toMatchObject({ status: 'completed', result: { status: 'completed' } });
  const { snapshot } = place.town.demo;
  return {
    requests: [...place.wire.writes],
    sent: writesOf(place.town),
    users: Object.keys(snapshot().users).length,
    snapshot: stable(snapshot(), place.town),
  };
}

/** Ids of what was made in the run are made up anew each time. */
function stable(snapshot: DemoSnapshot, { demo }: ApprovalTown): unknown {
  const made = Object.values(snapshot.users).find((user) => user['userPrincipalName'] === `nora.new@${demo.domain}`);
  // The place of a pass that was made anew is another.
  const text = JSON.stringify(shape(snapshot)).replace(/temporaryAccessPass [0-9a-f-]{36}/g, 'temporaryAccessPass');
  return JSON.parse(typeof made?.['id'] === 'string' ? text.replaceAll(made['id'], 'made') : text);
}

/** Every write that the tenant took, in a $batch or alone. */
function writesOf({ demo }: ApprovalTown): string[] {
  const made = Object.values(demo.snapshot().users).find((user) => user['displayName'] === 'Nora New');
  return demo.requests
    .filter(({ method, path }) => method !== 'GET' && !/\$batch|getMember|checkMember|getByIds/.test(path))
    .map(({ method, path }) => `${method} ${path.replace(String(made?.['id']), 'made')}`);
}

/**
 * Sorted, and without what is done again where its answer is lost: whether sessions were revoked shows nowhere in the
 * tenant, and a Temporary Access Pass is said once, so that nobody has it then.
 */
function countable(writes: readonly string[]): string[] {
  return writes.filter((write) => !/\/(?:revokeSignInSessions|temporaryAccessPassMethods)$/.test(write)).toSorted();
}

describe.each(scenarios)('$name', (scenario) => {
  let calm: Undisturbed | undefined;

  test('undisturbed, ends complete', async () => {
    calm = await undisturbed(scenario);
    expect(calm.requests.length).toBeGreaterThan(3);
  });

  test.each(['onTheWay', 'onTheWayBack'] as const)(
    'killed at each write, %s: resumed, it ends as if nothing had happened, and no write is sent that the tenant shows as done',
    async (stage) => {
      calm ??= await undisturbed(scenario);
      await closed();
      for (const nth of calm.requests.keys()) {
        const place = await town();
        const { office, planId } = await planned(place, scenario);
        await killedAround(place.wire, stage, nth + 1, office, planId);
        const second = await place.town.serve({ url: place.wire.url });
        const { data: runs } = await second.client.call('list_runs', {});
        const runId = String(at(runs, 'items', '0', 'runId'));
        const where = `${stage} of write ${nth + 1}, ${calm.requests[nth]?.method} ${calm.requests[nth]?.path}`;
        expect(at(runs, 'items', '0', 'status'), where).toBe('waiting');
        const { data } = await second.client.call('resume_run', { runId });
        const { data: run } = await second.client.call('get_run', { runId });
        expect(data, `${where}: ${JSON.stringify(run)}`).toMatchObject({
          status: 'completed',
          result: { status: 'completed' },
        });
        expect(stable(place.town.demo.snapshot(), place.town), where).toEqual(calm.snapshot);
        expect(countable(writesOf(place.town)), where).toEqual(countable(calm.sent));
        await closed();
      }
    },
    600_000,
  );

  test('refused at each write: the run says so with the fix, and once it may, resume_run brings it to the same end; a second one does nothing', async () => {
    calm ??= await undisturbed(scenario);
    await closed();
    for (const nth of calm.requests.keys()) {
      const place = await town();
      const { office, planId } = await planned(place, scenario);
      let seen = 0;
      place.wire.onTheWay = () => {
        seen += 1;
        return seen === nth + 1 ? 'refused' : 'passes';
      };
      const { data } = await apply(office, planId);
      const where = `write ${nth + 1}, ${calm.requests[nth]?.method} ${calm.requests[nth]?.path}: ${JSON.stringify(data)}`;
      const failed = stepsOf(data).filter(({ status }) => status === 'failed');
      if (at(data, 'result', 'status') !== 'completed') {
        expect(at(data, 'result', 'status'), where).toBe('failed');
        expect(failed.length, where).toBeGreaterThan(0);
        for (const step of failed)
          expect(step, where).toMatchObject({ message: expect.any(String), fix: expect.any(String) });
        const runId = at(data, 'runId');
        const resumed = await office.client.call('resume_run', { runId });
        expect(resumed.data, `${where} then ${resumed.text}`).toMatchObject({ result: { status: 'completed' } });
        const sent = place.wire.writes.length;
        expect((await office.client.call('resume_run', { runId })).data, where).toMatchObject({ status: 'unchanged' });
        expect(place.wire.writes.length, where).toBe(sent);
      }
      expect(stable(place.town.demo.snapshot(), place.town), where).toEqual(calm.snapshot);
      await closed();
    }
  }, 600_000);
});

function stepsOf(data: unknown): { name: string; status: string }[] {
  const steps = at(data, 'result', 'steps');
  return Array.isArray(steps) ? steps : [];
}

/** Applies in a server that is killed when a write is on the way (and then lost), or done but not answered. */
async function killedAround(
  wire: ApprovalWire,
  stage: 'onTheWay' | 'onTheWayBack',
  nth: number,
  office: Office,
  planId: string,
): Promise<void> {
  const there = moment();
  const gone = moment();
  let seen = 0;
  wire[stage] = async (): Promise<Fate> => {
    seen += 1;
    if (seen !== nth) return seen < nth ? 'passes' : 'lost';
    there.come();
    await gone.comes;
    return 'lost';
  };
  apply(office, planId).catch(() => undefined);
  await there.comes;
  await office.kill();
  gone.come();
  wire[stage] = () => 'passes';
}
