import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { policyActions } from '../../src/approval/policy/schema.ts';
import { PolicyFolder } from '../fixtures/policies.ts';
import { ApprovalWorld, planIdOf, served } from './approval-world.ts';

const folder = new PolicyFolder(policyActions(served));
let world: ApprovalWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});
afterAll(() => folder.remove());

async function opened(text: string, second = text): Promise<ApprovalWorld> {
  world = await ApprovalWorld.open({ policies: [await folder.port(text), await folder.port(second)] });
  return world;
}

const permit = (actions: string, when: string) =>
  `@id("${actions}") @rule("without-approval") permit (principal, action in [Action::"${actions}"], resource) when { ${when} };\n`;
const reason = 'has left the company';

interface Row {
  readonly id: string;
  readonly department?: string | null;
  readonly displayName: string;
}

/** What a search answers. */
async function rows(of: ApprovalWorld, tool: string, args: Record<string, unknown>): Promise<readonly Row[]> {
  const { data, text } = await of.call(tool, args);
  const { items } = data;
  if (!Array.isArray(items)) throw new TypeError(text);
  return items;
}

/** Cloud users without power over the directory, as far as one can see. */
function people(of: ApprovalWorld, pageSize = 20): Promise<readonly Row[]> {
  return rows(of, 'search_users', { userType: 'Member', accountEnabled: true, synced: false, pageSize });
}

/** Those of them for whom a plan asks for no step-up. */
async function ordinary(of: ApprovalWorld, count: number): Promise<readonly Row[]> {
  const found: Row[] = [];
  for (const one of await people(of)) {
    const { data } = await of.call('revoke_sessions', { user: one.id, reason });
    const { plan } = data;
    if (typeof plan === 'object' && plan !== null && 'stepUp' in plan && plan.stepUp === false) found.push(one);
    const planId = planIdOf(data);
    if (planId !== undefined) await of.decide(planId, 'deny').catch(() => undefined);
    if (found.length === count) return found;
  }
  throw new RangeError(`Only ${found.length} ordinary people`);
}

describe('policies on the demo tenant', () => {
  it('let one department pass, and nobody else; the trail names the policy', async () => {
    const open = await opened(permit('disable_user', 'resource is User && resource.department == "Engineering"'));
    const known = await ordinary(open, 6);
    for (const { id, department } of known) {
      const { data, text } = await open.call('disable_user', { user: id, reason });
      expect([department, data['status']], text).toEqual([
        department,
        department === 'Engineering' ? 'completed' : 'approval_required',
      ]);
    }
    const free = known.filter(({ department }) => department === 'Engineering');
    const decided = (await open.trail()).filter(
      ({ kind, body }) => kind === 'decision' && body['decision'] === 'approve',
    );
    expect(decided.map(({ body }) => body['by'])).toEqual(free.map(() => 'policy disable_user'));
    expect(open.changes()).toHaveLength(free.length);
  });

  it('look at new members too, who are only named: a guest among them is one too many', async () => {
    const open = await opened(
      permit('add_group_members', 'resource is Group || (resource is User && resource.userType == UserType::"Member")'),
    );
    const [member] = await ordinary(open, 1);
    const [guest] = await rows(open, 'search_users', { userType: 'Guest', pageSize: 1 });
    const made = await open.call('create_group', { displayName: 'Policy test', kind: 'security', reason });
    const planId = planIdOf(made.data) ?? '';
    await open.decide(planId, 'approve');
    const created = await open.call('apply_plan', { planId });
    const result = created.data['result'];
    const group = typeof result === 'object' && result !== null && 'id' in result ? String(result.id) : created.text;
    const with_ = (users: readonly (string | undefined)[]) => open.call('add_group_members', { group, users, reason });
    expect((await with_([member?.id, guest?.id])).data['status']).toBe('approval_required');
    expect((await with_([member?.id])).data['status']).toBe('completed');
  });

  it('count who is in a group: one of many people is not deleted without a human', async () => {
    const open = await opened(permit('delete_group', 'resource is Group'));
    const outcomes: string[] = [];
    for (const { id } of await rows(open, 'search_groups', { pageSize: 15 })) {
      const listed = await open.call('list_group_members', { group: id, pageSize: 20 });
      const { items } = listed.data;
      const size = Array.isArray(items) && items.length > 10 ? 'many' : 'few';
      const { data, code } = await open.call('delete_group', { group: id, reason });
      const planId = planIdOf(data);
      if (data['status'] === 'approval_required' && planId !== undefined) await open.decide(planId, 'deny');
      if (code === undefined) outcomes.push(`${size} ${data['status']}`);
    }
    expect(outcomes).not.toContain('many completed');
    expect(outcomes).toContain('many approval_required');
    expect(open.changes()).toHaveLength(outcomes.filter((one) => one === 'few completed').length);
  });

  it('of another server void what waits; the new plan is under its own', async () => {
    const open = await opened(permit('disable_user', 'false'), permit('revoke_sessions', 'false'));
    const [one] = await ordinary(open, 1);
    const { data } = await open.call('disable_user', { user: one?.id, reason });
    const planId = planIdOf(data) ?? '';
    await open.decide(planId, 'approve');
    const stale = await open.call('apply_plan', { planId }, { server: 1 });
    expect([stale.code, open.changes().length]).toEqual(['PLAN_STALE', 0]);
  });

  it('forbid with a code that an agent can tell its user', async () => {
    const open = await opened(
      '@id("freeze") @reason("Change freeze until Monday") forbid (principal, action, resource);',
    );
    const [one] = await people(open, 1);
    const { code, text } = await open.call('update_user', { user: one?.id, set: { jobTitle: 'Frozen' } });
    expect([code, text]).toEqual(['POLICY_DENIED', expect.stringContaining('Change freeze until Monday')]);
    expect(open.changes()).toEqual([]);
  });
});
