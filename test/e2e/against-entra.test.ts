import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compareWithEntra, type EntraVerdict } from '../../src/approval/index.ts';
import type { Log } from '../../src/contract/index.ts';
import { agentAppId } from '../../src/demo/caller.ts';
import { createGraphPort } from '../../src/graph/index.ts';
import { ApprovalWorld, planIdOf } from './approval-world.ts';
import { LifecycleOffice } from './lifecycle-office.ts';

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const reason = 'left the company';

let world: ApprovalWorld;
beforeEach(async () => {
  world = await ApprovalWorld.open({ users: 60, flows: true });
});
afterEach(() => world.close());

async function compared(later = 0): Promise<EntraVerdict> {
  const graph = createGraphPort({
    root: world.demo.url,
    tokens: { method: 'none', token: async () => undefined },
    clock: world.clock,
    random: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
    log: silent,
    version: '0',
  });
  try {
    const identity = { kind: 'app', appId: agentAppId } as const;
    const of = { store: world.store, tenantId: world.demo.tenantId, identity };
    const reader = graph.reader({ signal: new AbortController().signal });
    return await compareWithEntra(of, reader, world.clock.now() + later);
  } finally {
    await graph.close();
  }
}

async function done(tool: string, args: Record<string, unknown>): Promise<void> {
  const { data } = await world.call(tool, { reason, ...args });
  const planId = planIdOf(data) ?? '';
  await world.decide(planId, 'approve');
  expect((await world.call('apply_plan', { planId })).data['status']).toBe('completed');
}

async function behindOurBack(path: string, method: string, body?: object): Promise<void> {
  const answer = await fetch(`${world.demo.url}/v1.0${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(answer.status).toBeLessThan(300);
}

describe('a trail and Entra’s own log', () => {
  test('agree on all that this server did, a whole offboarding too', async () => {
    const { ordinary, disabled, groups, leaver, newcomer } = world.demo.landmarks;
    await done('disable_user', { user: ordinary.id });
    await done('revoke_sessions', { user: ordinary.id });
    await done('enable_user', { user: disabled.id });
    await done('add_group_members', { group: groups.security.id, users: [newcomer.id] });
    await done('create_user', {
      userPrincipalName: `zoe@${leaver.userPrincipalName.split('@')[1]}`,
      displayName: 'Zoe',
    });
    await new LifecycleOffice(world).done('offboard_user', { user: leaver.id, preset: 'full' });
    const verdict = await compared();
    expect(verdict).toMatchObject({ pending: [], missing: [], unrecorded: [], older: 0 });
    expect(verdict.found).toBe(verdict.writes);
    expect(verdict.writes).toBeGreaterThan(12);
  });

  test('differ where the identity did what is on no record, on the same account at the same moment', async () => {
    const { ordinary, newcomer } = world.demo.landmarks;
    await done('disable_user', { user: ordinary.id });
    expect((await compared()).unrecorded).toEqual([]);
    await behindOurBack(`/users/${ordinary.id}`, 'PATCH', { accountEnabled: true });
    await behindOurBack(`/users/${newcomer.id}`, 'DELETE');
    const { unrecorded } = await compared();
    const names = unrecorded.map(({ activity, targets }) => [activity, targets[0]?.name]);
    expect(names).toContainEqual(['Update user', ordinary.userPrincipalName]);
    expect(names).toContainEqual(['Delete user', newcomer.userPrincipalName]);
  });

  test('differ where rows of the trail were removed', async () => {
    await done('disable_user', { user: world.demo.landmarks.ordinary.id });
    await world.store.deleteFrom('audit').where('kind', 'like', 'write-%').execute();
    expect((await compared()).unrecorded.length).toBeGreaterThan(0);
  });

  test('an empty trail is compared with nothing; what is over 30 days old neither', async () => {
    expect(await compared()).toMatchObject({ since: undefined, unrecorded: [] });
    await done('disable_user', { user: world.demo.landmarks.ordinary.id });
    const old = await compared(40 * 86_400_000);
    expect(old).toMatchObject({ writes: 0, missing: [], unrecorded: [], older: 1 });
  });
});
