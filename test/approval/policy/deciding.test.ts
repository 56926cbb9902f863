import { appendFileSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditTail } from '../../../src/approval/audit.ts';
import { type PolicyPort, readPolicyFile } from '../../../src/approval/index.ts';
import { decideWith } from '../../../src/approval/terminal.ts';
import { type ChangeTool, ToolError } from '../../../src/contract/index.ts';
import {
  alice,
  ann,
  blockUser,
  callOf,
  demoKeys,
  GateWorld,
  makeUser,
  renameUser,
  tenantId,
  unblockUser,
} from '../../fixtures/gate-world.ts';
import { PolicyFolder } from '../../fixtures/policies.ts';

const tools: readonly ChangeTool[] = [blockUser, renameUser, makeUser, unblockUser];
const actions = tools.map(({ name, toolset }) => ({ name, toolset }));
const folder = new PolicyFolder(actions);
afterAll(() => folder.remove());

const sales = 'bbbbbbbb-0000-4000-8000-000000000001';
const block = { user: ann.id, reason: 'has left' };
let world: GateWorld;
beforeEach(async () => {
  world = await GateWorld.open();
  world.put({ ...ann, department: 'Sales', userType: 'Member' });
  world.graph.collection(`/users/${ann.id}/transitiveMemberOf/microsoft.graph.group`, [
    { id: sales, displayName: 'Sales' },
  ]);
});
afterEach(() => world.close());

const permit = (when: string, id = 'p') =>
  `@id("${id}") @rule("without-approval") permit (principal, action, resource) when { ${when} };\n`;
const forbid = (when: string, rule = 'deny', id = 'f') =>
  `@id("${id}") @rule("${rule}") @reason("as agreed") forbid (principal, action, resource) when { ${when} };\n`;
const toSales = 'resource is User && resource.department == "Sales"';

/** What comes of a change: the status of its answer, or the code of its error, and how many writes there were. */
async function outcome(tool: ChangeTool, args: Record<string, unknown>, call = callOf()): Promise<[string, number]> {
  const said = await world
    .gate()
    .propose(tool, args, call)
    .then(({ answer }) => (answer.plan?.stepUp === true ? 'step-up' : answer.status))
    .catch((error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'threw'));
  return [said, world.writes.length];
}

describe('decisions', () => {
  it.each<[string, string, ChangeTool, Record<string, unknown>, [string, number]]>([
    ['none: a destructive change waits', '', blockUser, block, ['approval_required', 0]],
    ['none: a write is applied', '', renameUser, { user: ann.id, jobTitle: 'Lead' }, ['completed', 1]],
    ['a permit for its department lets it pass', permit(toSales), blockUser, block, ['completed', 1]],
    [
      'a permit for another does not',
      permit('resource is User && resource.department == "Legal"'),
      blockUser,
      block,
      ['approval_required', 0],
    ],
    ['a permit by group', permit(`resource in Group::"${sales}"`), blockUser, block, ['completed', 1]],
    [
      "a permit by the plan's groups, which are none",
      permit('context.groups.isEmpty()'),
      blockUser,
      block,
      ['completed', 1],
    ],
    [
      'a permit by caller',
      permit('principal == Caller::"os:alice" && principal.client like "test/*"'),
      blockUser,
      block,
      ['completed', 1],
    ],
    [
      'a permit for another caller',
      permit('principal == Caller::"os:bob"'),
      blockUser,
      block,
      ['approval_required', 0],
    ],
    [
      'a permit by identity and channel',
      permit('principal.identity == "app:test" && context.channel == Channel::"stdio"'),
      blockUser,
      block,
      ['completed', 1],
    ],
    [
      'a permit by risk',
      permit('context.risk.destructive && !context.risk.irreversible && !context.stepUp'),
      blockUser,
      block,
      ['completed', 1],
    ],
    [
      'a permit by touch',
      permit('context.touch == Touch::"takeaway" && context.people == 1'),
      blockUser,
      block,
      ['completed', 1],
    ],
    [
      'a permit for a toolset',
      '@id("p") @rule("without-approval") permit (principal, action in Action::"users", resource);',
      blockUser,
      block,
      ['completed', 1],
    ],
    [
      'a permit for a creation, by the tenant',
      permit('resource is Tenant && context.people == 0'),
      makeUser,
      { name: 'x' },
      ['completed', 1],
    ],
    [
      'a permit for users is none for a creation',
      permit('resource is User'),
      makeUser,
      { name: 'x' },
      ['approval_required', 0],
    ],
    ['a permit for a takeover', permit('context.risk.grant'), unblockUser, { user: ann.id }, ['completed', 1]],
    [
      'a permit never for what cannot be taken back',
      permit('true'),
      blockUser,
      { ...block, forever: true },
      ['approval_required', 0],
    ],
    ['a forbid denies', forbid(toSales), blockUser, block, ['POLICY_DENIED', 0]],
    [
      'a forbid denies a write too',
      forbid(toSales),
      renameUser,
      { user: ann.id, jobTitle: 'Lead' },
      ['POLICY_DENIED', 0],
    ],
    [
      'a forbid for others',
      forbid('resource is User && resource.department != "Sales"'),
      blockUser,
      block,
      ['approval_required', 0],
    ],
    ['a forbid wins over a permit', forbid(toSales) + permit('true'), blockUser, block, ['POLICY_DENIED', 0]],
    [
      'approval for a write',
      forbid(toSales, 'approval'),
      renameUser,
      { user: ann.id, jobTitle: 'Lead' },
      ['approval_required', 0],
    ],
    [
      'approval wins over a permit',
      permit('true') + forbid(toSales, 'approval'),
      blockUser,
      block,
      ['approval_required', 0],
    ],
    ['step-up for a write', forbid(toSales, 'step-up'), renameUser, { user: ann.id, jobTitle: 'Lead' }, ['step-up', 0]],
    [
      'step-up wins over approval',
      forbid(toSales, 'approval', 'a') + forbid(toSales, 'step-up', 'b'),
      blockUser,
      block,
      ['step-up', 0],
    ],
    [
      'a denial wins over step-up',
      forbid(toSales, 'step-up', 'a') + forbid(toSales, 'deny', 'b'),
      blockUser,
      block,
      ['POLICY_DENIED', 0],
    ],
    [
      'a forbid that overflows holds',
      forbid('context.people + 9223372036854775807 > 0'),
      blockUser,
      block,
      ['POLICY_DENIED', 0],
    ],
    [
      'a permit that overflows does not',
      permit('context.people + 9223372036854775807 > 0'),
      blockUser,
      block,
      ['approval_required', 0],
    ],
  ])('%s', async (_, text, tool, args, expected) => {
    world.policy = await folder.port(text);
    expect(await outcome(tool, args)).toEqual(expected);
  });

  it('name the policy and its reason in the error, and nothing of the tenant', async () => {
    world.policy = await folder.port(forbid(toSales, 'deny', 'legal-hold'));
    await expect(world.gate().propose(blockUser, block, callOf())).rejects.toMatchObject({
      code: 'POLICY_DENIED',
      message: 'A policy of this server forbids the change: legal-hold (as agreed).',
      detail: { policies: [{ id: 'legal-hold', reason: 'as agreed' }] },
    });
  });

  it('stand in the plan that an approver reads', async () => {
    world.policy = await folder.port(forbid(toSales, 'step-up', 'legal-hold'));
    const { answer } = await world.gate().propose(blockUser, block, callOf());
    expect(answer.plan).toMatchObject({
      stepUp: true,
      policy: { rule: 'step-up', policies: ['legal-hold'] },
      warnings: [expect.stringContaining('step-up'), 'Policy asks for a human: legal-hold (as agreed)'],
    });
  });

  it('follow the hour of the server', async () => {
    const working = permit('context.time.weekday <= 5 && context.time.hour >= 8 && context.time.hour < 18');
    world.policy = await folder.port(working);
    const until = (at: Date) => world.clock.advance(at.getTime() - world.clock.now());
    const start = new Date(world.clock.now());
    // The next Saturday, then the Monday after it.
    const saturday = new Date(start.getFullYear(), start.getMonth(), start.getDate() + 6 - start.getDay(), 10, 0);
    if (saturday.getTime() <= start.getTime()) saturday.setDate(saturday.getDate() + 7);
    const monday = new Date(saturday.getFullYear(), saturday.getMonth(), saturday.getDate() + 2, 17, 59);
    await until(saturday);
    expect(await outcome(blockUser, block)).toEqual(['approval_required', 0]);
    await until(monday);
    expect(await outcome(blockUser, block)).toEqual(['completed', 1]);
  });
});

describe('what policies cannot loosen', () => {
  beforeEach(async () => {
    world.policy = await folder.port(permit('true'));
  });

  it('an account with power over the directory', async () => {
    world.graph.collection('/roleManagement/directory/roleAssignments', ({ filter }) =>
      filter?.text.includes(ann.id) === true ? [{ id: 'r', principalId: ann.id }] : [],
    );
    expect(await outcome(blockUser, block)).toEqual(['step-up', 0]);
    expect(await outcome(unblockUser, { user: ann.id })).toEqual(['PROTECTED_TARGET', 0]);
  });

  it('what is protected', async () => {
    world.settings = { ...world.settings, protected: [ann.id] };
    expect(await outcome(blockUser, block)).toEqual(['PROTECTED_TARGET', 0]);
  });

  it('a change that a human denied a while ago', async () => {
    world.policy = undefined;
    const { answer } = await world.gate().propose(blockUser, block, callOf());
    await decideWith(world.stateDir, answer.plan?.id ?? '', 'deny', demoKeys, world.clock);
    await world
      .gate()
      .apply(answer.plan?.id ?? '', callOf(), 0)
      .catch(() => undefined);
    world.policy = await folder.port(permit('true'));
    expect(await outcome(blockUser, block)).toEqual(['PLAN_DENIED', 0]);
  });
});

describe('groups that cannot be read', () => {
  it.each([
    ['a forbid by group holds', forbid('resource in Group::"cccccccc-0000-4000-8000-000000000001"'), 'POLICY_DENIED'],
    [
      'a forbid unless in a group holds',
      forbid('!(resource in Group::"cccccccc-0000-4000-8000-000000000001")'),
      'POLICY_DENIED',
    ],
    [
      'a forbid by another property is as ever',
      forbid('resource is User && resource.department == "Legal"'),
      'step-up',
    ],
  ])('%s', async (_, text, expected) => {
    const denied = new ToolError('NOT_PERMITTED', { message: 'no', fix: 'no' });
    world.graph.fail(`/users/${ann.id}/transitiveMemberOf/microsoft.graph.group`, denied);
    world.policy = await folder.port(text);
    expect((await outcome(blockUser, block))[0]).toBe(expected);
  });
});

describe('hostile names', () => {
  it.each([
    '"); permit (principal, action, resource);//',
    '\\" || true || "',
    'Sales"\n};',
    '?resource',
    '\u202egnireenignE',
    '__entity',
    '\ud800',
  ])('are values and nothing else: %j', async (name) => {
    world.put({ ...ann, department: name, userType: 'Member', displayName: name.toWellFormed() });
    world.policy = await folder.port(permit(toSales) + forbid('resource is User && resource.department == "Legal"'));
    expect(await outcome(blockUser, block)).toEqual(['approval_required', 0]);
  });

  it('of a caller too', async () => {
    world.policy = await folder.port(permit('principal == Caller::"os:root"'));
    const caller = { ...alice, requester: 'os:alice", "os:root', clientId: '"}' };
    expect(await outcome(blockUser, block, callOf({ caller }))).toEqual(['approval_required', 0]);
  });
});

describe('a decision by policy', () => {
  it('is on record with the policy, and so is a denial', async () => {
    world.policy = await folder.port(permit(toSales, 'sales-leavers'));
    await world.gate().propose(blockUser, block, callOf());
    world.policy = await folder.port(forbid('true', 'deny', 'freeze'));
    await outcome(renameUser, { user: ann.id, jobTitle: 'Lead' });
    const rows = await auditTail(world.store, tenantId, 20);
    expect(rows.map(({ kind }) => kind)).toEqual([
      'plan',
      'decision',
      'write-sending',
      'write-answered',
      'outcome',
      'decision',
    ]);
    expect(rows[1]?.body).toMatchObject({
      decision: 'approve',
      by: 'policy sales-leavers',
      policies: ['sales-leavers'],
    });
    expect(rows[5]?.body).toMatchObject({
      decision: 'deny',
      by: 'policy freeze',
      tool: 'rename_user',
      requester: 'os:alice',
    });
  });

  it('counts in the process that made it alone', async () => {
    world.policy = await folder.port(permit(toSales));
    world.onWrite = () => {
      throw new Error('the process dies here');
    };
    const stopped = AbortSignal.abort();
    // Kept, decided, and never begun.
    await world
      .gate()
      .propose(blockUser, block, callOf({ signal: stopped }))
      .catch(() => undefined);
    world.onWrite = () => undefined;
    const [row] = await world.store.selectFrom('plans').selectAll().execute();
    if (row === undefined) throw new TypeError('No plan was kept');
    const { answer } = await world.gate({ owner: 'elsewhere:1:x' }).apply(row.id, callOf(), 0);
    expect([answer.status, world.writes.length]).toEqual(['approval_required', 0]);
    await decideWith(world.stateDir, row.id, 'approve', demoKeys, world.clock);
    expect((await world.gate().apply(row.id, callOf(), 0)).answer.status).toBe('completed');
  });

  it('that another follows before the plan has begun leaves it to a human, and the call ends', async () => {
    const free = await folder.port(permit(toSales));
    const verdicts: ReturnType<PolicyPort['verdictOn']>['whole'][] = [];
    world.policy = {
      version: free.version,
      verdictOn: (question) => {
        const { whole, objects } = free.verdictOn(question);
        verdicts.push(verdicts.length === 0 ? whole : { rule: 'unmentioned', policies: [] });
        return { whole: verdicts.at(-1) ?? whole, objects };
      },
    };
    expect(await outcome(blockUser, block)).toEqual(['approval_required', 0]);
    expect(verdicts.map(({ rule }) => rule)).toEqual(['without-approval', 'unmentioned']);
  });

  it.each([
    ['the evening holds in the morning', [20, 8], 'completed'],
    ['the morning is stale in the evening', [17, 18], 'PLAN_STALE'],
  ] as const)('for step-up by the hour: an approval of %s', async (_, [from, to], expected) => {
    world.policy = await folder.port(forbid('context.time.hour >= 18', 'step-up'));
    world.settings = { ...world.settings, planTtlMs: 24 * 3_600_000 };
    const untilHour = async (hour: number) => {
      const at = new Date(world.clock.now());
      at.setHours(hour, 30, 0, 0);
      if (at.getTime() <= world.clock.now()) at.setDate(at.getDate() + 1);
      await world.clock.advance(at.getTime() - world.clock.now());
    };
    await untilHour(from);
    const gate = world.gate();
    const { answer } = await gate.propose(blockUser, block, callOf());
    const planId = answer.plan?.id ?? '';
    expect(answer.plan?.stepUp).toBe(from >= 18);
    await decideWith(world.stateDir, planId, 'approve', demoKeys, world.clock);
    await untilHour(to);
    const applied = gate.apply(planId, callOf(), 0).then(
      (done) => done.answer.status,
      ({ code }: { code: string }) => code,
    );
    expect(await applied).toBe(expected);
  });

  it('is asked again at apply', async () => {
    world.policy = await folder.port(forbid('resource is User && resource.department == "Legal"'));
    const bound = world.gate();
    const { answer } = await bound.propose(blockUser, block, callOf());
    const planId = answer.plan?.id ?? '';
    await decideWith(world.stateDir, planId, 'approve', demoKeys, world.clock);
    world.put({ ...ann, department: 'Legal', userType: 'Member' });
    await expect(bound.apply(planId, callOf(), 0)).rejects.toMatchObject({ code: 'POLICY_DENIED' });
    expect(world.writes).toEqual([]);
  });
});

describe('a file that changes between plan and apply', () => {
  async function approved(): Promise<{ planId: string; file: string }> {
    const file = folder.file(forbid('resource is User && resource.department == "Legal"'));
    const { port } = await readPolicyFile(file, actions);
    world.policy = port;
    const { answer } = await world.gate().propose(blockUser, block, callOf());
    const planId = answer.plan?.id ?? '';
    await decideWith(world.stateDir, planId, 'approve', demoKeys, world.clock);
    return { planId, file };
  }

  it('stops a running server, whatever it says now', async () => {
    const { planId, file } = await approved();
    appendFileSync(file, permit('true'));
    await expect(world.gate().apply(planId, callOf(), 0)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(world.gate().propose(renameUser, { user: ann.id, jobTitle: 'x' }, callOf())).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
    expect(world.writes).toEqual([]);
  });

  it.each(['other policies', 'none'])(
    'makes the plan stale after a restart with %s, the approval void',
    async (then) => {
      const { planId } = await approved();
      world.policy = then === 'none' ? undefined : await folder.port(permit('false'));
      await expect(world.gate().apply(planId, callOf(), 0)).rejects.toMatchObject({
        code: 'PLAN_STALE',
        detail: { plan: { tool: 'block_user' } },
      });
      expect(world.writes).toEqual([]);
    },
  );

  it('leaves it be after a restart with the same', async () => {
    const { planId, file } = await approved();
    const { port } = await readPolicyFile(file, actions);
    world.policy = port;
    expect((await world.gate().apply(planId, callOf(), 0)).answer.status).toBe('completed');
  });
});

describe('an explanation says why a human decides', () => {
  const steppingUp: typeof unblockUser = {
    ...unblockUser,
    plan: async (...given) => {
      const planned = await unblockUser.plan(...given);
      return 'unchanged' in planned ? planned : { ...planned, stepUp: true };
    },
  };
  const because = async (tool: ChangeTool) => {
    const { decision, because } = await world.gate().explain(tool, { user: ann.id }, callOf());
    return [decision, because];
  };

  it('by the risk, or by nothing', async () => {
    expect(await because(unblockUser)).toEqual(['human', expect.stringContaining('asks a human for the risk grant')]);
    world.settings = { ...world.settings, confirm: ['destructive', 'irreversible'] };
    expect(await because(unblockUser)).toEqual(['applied', expect.stringContaining('asks nobody for the risk grant')]);
  });

  it('by step-up, whatever the settings say of the risk', async () => {
    world.settings = { ...world.settings, confirm: ['destructive', 'irreversible'] };
    expect(await because(steppingUp)).toEqual(['step-up', 'there are no policies; it needs step-up']);
  });
});
