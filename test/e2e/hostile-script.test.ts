import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ChangeTool } from '../../src/contract/index.ts';
import tools from '../../tools/index.ts';
import { inputOf, realNames } from './approval-inputs.ts';
import { ApprovalTown, at } from './approval-office.ts';
import { served } from './approval-world.ts';
import { eras, HostileScript } from './hostile-script.ts';

// A real server process, a script that has its whole MCP channel, and nobody who approves.

const reason = 'the script says so';
const changes = tools.filter((tool): tool is ChangeTool => tool.kind === 'change');
const canBe = (...risks: string[]) =>
  changes
    .filter((tool) => [tool.risk, tool.mayRaiseTo ?? []].flat().some((risk) => risks.includes(risk)))
    .map(({ name }) => name);

/** Goes on with what a person approved, and is bound to that: test/approval/continuing.test.ts. */
const notBegun = ['resume_run'];

let town: ApprovalTown;
let scheduled: string;
let owner: string;
/** A tenant as it is at first, with something to cancel, resume and undo. */
async function begun(): Promise<void> {
  town = await ApprovalTown.open(40);
  const { landmarks } = town.demo;
  owner = String(at(town.demo.snapshot().groups, landmarks.groups.security.id, 'owners', '0'));
  // A person approved it, and its time has not come.
  const { client } = await town.serve();
  const startAt = new Date(Date.now() + 86_400_000).toISOString();
  const args = { user: landmarks.apostrophe.id, reason, startAt };
  const planId = String(at((await client.call('offboard_user', args)).data, 'plan', 'id'));
  await town.approve(planId);
  scheduled = String((await client.call('apply_plan', { planId })).data['runId']);
  expect(town.writes()).toEqual([]);
}
beforeAll(begun);
afterAll(() => town.close());

/** For each tool, a call that takes something away or cannot be taken back. */
function takingAway(): Readonly<Record<string, object>> {
  const { ordinary, deletedUser, leaver, newcomer, groups } = town.demo.landmarks;
  const user = ordinary.id;
  return {
    assign_licenses: { user, licenses: ['VISIOCLIENT'], disabledPlans: ['VISIO_CLIENT_SUBSCRIPTION'] },
    cancel_run: { runId: scheduled },
    change_group_owners: { group: groups.security.id, remove: [owner] },
    delete_group: { group: groups.security.id },
    delete_user: { user },
    disable_user: { user },
    offboard_user: { user: leaver.id },
    offboard_users: { users: [user, newcomer.id] },
    purge_user: { user: deletedUser.id },
    remove_group_members: { group: groups.security.id, users: [user] },
    remove_licenses: { user, licenses: ['VISIOCLIENT'] },
    revoke_sessions: { user },
    undo_offboarding: { runId: scheduled, credential: 'password' },
    update_group: { group: groups.dynamic.id, set: { membershipRule: 'user.department -eq "Nobody"' } },
    update_user: { user, set: { employeeLeaveDateTime: '2030-01-01T00:00:00Z' } },
  };
}

async function opened(era: (typeof eras)[number], trust: 'true' | 'false'): Promise<HostileScript> {
  const env = {
    ENTRA_MCP_GRAPH_URL: town.demo.url,
    ENTRA_MCP_AUTH: 'none',
    ENTRA_MCP_TOOLSETS: 'all',
    // As little waits as can be: these two cannot be taken out.
    ENTRA_MCP_CONFIRM: 'destructive,irreversible',
    ENTRA_MCP_TRUST_ELICITATION: trust,
  };
  return HostileScript.open(town.place.spawn(['serve'], { env }), era);
}

/** Everything that a script can try with one call and the plan that comes of it; the risk of that plan. */
async function attack(script: HostileScript, tool: string, args: object): Promise<string[]> {
  // Ten plans may wait at a time.
  town.sql("update plans set state = 'expired' where state = 'pending'");
  script.plans.clear();
  const first = await script.call(tool, { ...args, reason });
  const risk = at(first, 'plan', 'risk') ?? at(first, 'error', 'detail', 'plan', 'risk');
  for (const planId of [...script.plans].slice(-2)) {
    const apply = { planId, waitSeconds: 0 };
    await Promise.all([script.call('apply_plan', apply), script.call('apply_plan', apply)]);
    for (const nonce of [...script.nonces, undefined, 'invented'])
      await script.call('decide_plan', { planId, ...(nonce === undefined ? {} : { nonce }), decision: 'approve' });
    await script.replay('apply_plan', apply);
    await script.replay(tool, { ...args, reason });
    for (const other of ['resume_run', 'cancel_run', 'undo_offboarding'])
      await script.call(other, { runId: planId, reason });
    await script.request('resources/read', { uri: `entra://plans/${planId}` });
    await script.call('apply_plan', apply);
  }
  return Array.isArray(risk) ? risk.map(String) : [];
}

/** The risks of plans for which something was sent to the tenant, after a row of the trail. */
function risksSent(after: number): string[] {
  const sent = "select plan_id from audit where kind = 'write-sending' and seq > ?";
  return town.sql(`select distinct risk from plans where id in (${sent})`, after).map(({ risk }) => String(risk));
}

function lastRow(): number {
  return Number(town.sql('select max(seq) as last from audit')[0]?.['last']);
}

test('every tool that can take something away is attacked', () => {
  expect(Object.keys(takingAway()).sort()).toEqual(
    canBe('destructive', 'irreversible')
      .filter((name) => !notBegun.includes(name))
      .sort(),
  );
});

describe.each(eras)('a script that speaks %s', (era) => {
  describe('and whose word does not count', () => {
    let script: HostileScript;
    beforeAll(async () => {
      script = await opened(era, 'false');
    });
    afterAll(() => script.close());

    test.each(canBe('destructive', 'irreversible').filter((name) => !notBegun.includes(name)))(
      'gets nothing through with %s',
      async (tool) => {
        const before = town.writes().length;
        const risk = await attack(script, tool, takingAway()[tool] ?? {});
        expect(risk.some((each) => each === 'destructive' || each === 'irreversible')).toBe(true);
        expect(town.writes(before)).toEqual([]);
        expect(town.sql('select status from runs where id = ?', scheduled)).toEqual([{ status: 'scheduled' }]);
        expect(script.asked.filter((question) => JSON.stringify(question).includes('requestedSchema'))).toEqual([]);
      },
    );
  });

  describe('and whose word counts', () => {
    let script: HostileScript;
    beforeAll(async () => {
      script = await opened(era, 'true');
    });
    afterAll(() => script.close());

    test('gets through what can be taken back: its attacks are real, and what it was given it tries on', async () => {
      const before = town.writes().length;
      await attack(script, 'disable_user', { user: town.demo.landmarks.lookalikes[eras.indexOf(era)]?.id });
      expect(town.writes(before)).toHaveLength(1);
      expect(script.asked.length).toBeGreaterThan(0);
    });

    test.each(canBe('irreversible').filter((name) => ['delete_group', 'purge_user'].includes(name)))(
      'gets nothing through with %s that cannot be taken back',
      async (tool) => {
        const before = town.writes().length;
        expect(await attack(script, tool, takingAway()[tool] ?? {})).toContain('irreversible');
        expect(town.writes(before)).toEqual([]);
      },
    );
  });
});

test.each(eras)(
  'a script that speaks %s gets nothing through that takes something away, whatever it calls',
  async (era) => {
    await town.close();
    await begun();
    const before = lastRow();
    const script = await opened(era, 'false');
    const { names } = realNames(town.demo.landmarks, town.demo.domain);
    const runs = { runId: [scheduled, '0'.repeat(32)] };
    for (const { definition } of served.filter(({ definition: { annotations } }) => !annotations.readOnlyHint)) {
      for (const input of fc.sample(inputOf(definition.inputSchema, { ...names, ...runs }), 6))
        await attack(script, definition.name, Object(input));
    }
    await script.close();
    const risks = risksSent(before);
    expect(risks.filter((risk) => /destructive|irreversible/.test(risk))).toEqual([]);
    // What needs no approval goes through: the calls were good ones.
    expect(risks.length).toBeGreaterThan(0);
    expect(town.sql('select status from runs where id = ?', scheduled)).toEqual([{ status: 'scheduled' }]);
  },
);
