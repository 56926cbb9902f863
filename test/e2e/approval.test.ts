import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decidePlan, planToDecide, setPin } from '../../src/approval/index.ts';
import { systemClock } from '../../src/compose/system.ts';
import type { FormAnswer } from '../server/clients.ts';
import { ApprovalTown, at, errorCode, type Office, pin } from './approval-office.ts';
import { contentsOf } from './server-process.ts';

let town: ApprovalTown;
let office: Office;
let people: string[];

beforeAll(async () => {
  town = await ApprovalTown.open();
  office = await town.serve();
  const { data } = await office.client.call('search_users', {
    accountEnabled: true,
    userType: 'Member',
    synced: false,
    pageSize: 60,
  });
  const found = data['items'];
  const special = JSON.stringify(town.demo.landmarks);
  // Nobody whom the tenant has a part for: ordinary people, one for each test.
  people = Array.isArray(found) ? found.map(({ id }) => String(id)).filter((id) => !special.includes(id)) : [];
  expect(people.length).toBeGreaterThan(10);
});
afterAll(() => town.close());

/** An ordinary person whom no other test touches. */
function someone(): string {
  const id = people.pop();
  if (id === undefined) throw new Error('Nobody is left');
  return id;
}

const reason = 'left the company';

async function planned(user = someone(), by = office): Promise<{ planId: string; user: string }> {
  const { data, text } = await by.client.call('disable_user', { user, reason });
  expect(data, text).toMatchObject({ status: 'approval_required' });
  return { planId: String(at(data, 'plan', 'id')), user };
}

function apply(planId: string, by = office, waitSeconds = 5) {
  return by.client.call('apply_plan', { planId, waitSeconds });
}

async function isEnabled(user: string): Promise<unknown> {
  return at((await office.client.call('get_user', { user })).data, 'user', 'accountEnabled');
}

function changesOf(user: string): number {
  return town.writes().filter(({ path }) => path.includes(user)).length;
}

describe('a plan', () => {
  test('is approved by a second process, applied, read back, and never applied again', async () => {
    const { planId, user } = await planned();
    expect((await town.decide(planId, 'approve', 'not the PIN')).code).not.toBe(0);
    expect((await apply(planId, office, 0)).data).toMatchObject({ status: 'approval_required' });
    expect(changesOf(user)).toBe(0);

    const approved = await town.decide(planId);
    expect(approved, approved.stderr).toMatchObject({ code: 0 });
    expect(approved.stdout).toContain('disable_user');
    const applied = await apply(planId);
    expect(applied.data, applied.text).toMatchObject({
      status: 'completed',
      result: { id: user, accountEnabled: false },
    });
    expect(await isEnabled(user)).toBe(false);

    await town.elsewhere(user, { accountEnabled: true });
    expect((await apply(planId)).data).toEqual(applied.data);
    expect(await isEnabled(user)).toBe(true);
    expect(changesOf(user)).toBe(2);
    expect((await town.decide(planId)).code).not.toBe(0);
    const head = String(applied.data['auditHead']);
    const verdict = await town.place.run(['audit', 'verify', '--head', head]);
    expect(verdict, verdict.stdout).toMatchObject({ code: 0 });
  });

  test('that is denied answers the call that waits, and is refused from then on', async () => {
    const { planId, user } = await planned();
    const waiting = apply(planId, office, 20);
    expect((await town.decide(planId, 'deny')).code).toBe(0);
    expect((await waiting).data).toMatchObject({ status: 'denied' });
    expect(errorCode(await apply(planId))).toBe('PLAN_DENIED');
    expect(errorCode(await office.client.call('disable_user', { user, reason }))).toBe('PLAN_DENIED');
    expect(changesOf(user)).toBe(0);
  });

  test('whose facts changed is stale, and its successor can be approved', async () => {
    const { planId, user } = await planned();
    await town.approve(planId);
    await town.elsewhere(user, { displayName: 'Somebody Else' });
    const stale = await apply(planId);
    expect(errorCode(stale)).toBe('PLAN_STALE');
    expect(await isEnabled(user)).toBe(true);
    expect(at(stale.data, 'error', 'detail', 'plan', 'summary')).toContain('Somebody Else');
    const fresh = String(at(stale.data, 'error', 'detail', 'plan', 'id'));
    expect((await apply(fresh, office, 0)).data).toMatchObject({ status: 'approval_required' });
    await town.approve(fresh);
    expect((await apply(fresh)).data).toMatchObject({ status: 'completed' });
    expect(errorCode(await apply(planId))).toBe('PLAN_STALE');
    expect(await isEnabled(user)).toBe(false);
  });

  test('that two servers apply at the same moment is applied once', async () => {
    const other = await town.serve();
    const { planId, user } = await planned();
    await town.approve(planId);
    const both = await Promise.all([apply(planId), apply(planId, other), apply(planId), apply(planId, other)]);
    for (const { data } of both) expect(data).toMatchObject({ status: 'completed' });
    expect(changesOf(user)).toBe(1);
  });

  test('is not found by an id that was made up or changed, nor by another requester', async () => {
    const { planId, user } = await planned();
    await town.approve(planId);
    const flipped = planId.slice(0, -1) + (planId.endsWith('0') ? '1' : '0');
    const ids = [
      flipped,
      planId.toUpperCase(),
      `${planId} `,
      `${planId}\n`,
      '0'.repeat(32),
      "' or '1'='1",
      '%',
      planId.slice(1),
    ];
    for (const id of ids.filter((each) => each !== planId)) {
      expect(errorCode(await apply(id, office, 0)), id).toMatch(/^(NOT_FOUND|INPUT_INVALID)$/);
    }
    town.sql('update plans set requester = ? where id = ?', 'os:mallory', planId);
    expect(errorCode(await apply(planId, office, 0))).toBe('NOT_FOUND');
    expect(errorCode(await office.client.call('get_plan', { planId }))).toBe('NOT_FOUND');
    expect(changesOf(user)).toBe(0);
  });
});

describe('a hand in the state folder', () => {
  test('that sets a row to approved approves nothing', async () => {
    const { planId, user } = await planned();
    town.sql("update plans set state = 'approved', decided_at = 1 where id = ?", planId);
    expect((await apply(planId, office, 0)).data).toMatchObject({ status: 'approval_required' });
    expect((await office.client.call('get_plan', { planId })).data).toMatchObject({ status: 'pending' });
    expect(changesOf(user)).toBe(0);
  });

  test('that moves a signature to another plan approves nothing', async () => {
    const [signed, other] = [await planned(), await planned()];
    await town.approve(signed.planId);
    town.sql('update approvals set plan_id = ? where plan_id = ?', other.planId, signed.planId);
    town.sql("update plans set state = 'approved' where id in (?, ?)", signed.planId, other.planId);
    for (const { planId, user } of [signed, other]) {
      expect((await apply(planId, office, 0)).data).toMatchObject({ status: 'approval_required' });
      expect(changesOf(user)).toBe(0);
    }
  });

  test('that replaces the key while the server runs stops all approvals', async () => {
    const { place } = town;
    const [stateDir, evil] = [place.newFolder(), place.newFolder()];
    await setPin(stateDir, { newPin: pin }, systemClock);
    await setPin(evil, { newPin: 'the PIN of another' }, systemClock);
    const server = await town.serve({ stateDir });
    const { planId, user } = await planned(someone(), server);
    cpSync(join(evil, 'approver.json'), join(stateDir, 'approver.json'));
    const read = await planToDecide(stateDir, planId, systemClock);
    await decidePlan(stateDir, read, 'approve', 'the PIN of another', systemClock);
    expect(errorCode(await apply(planId, server, 0))).toBe('APPROVAL_UNAVAILABLE');
    expect(changesOf(user)).toBe(0);
  });
});

describe('a new user', () => {
  test('gets a password that only the approver can read, once', async () => {
    const upn = `ada.byron@${town.demo.domain}`;
    const asked = await office.client.call('create_user', { userPrincipalName: upn, displayName: 'Ada Byron' });
    const planId = String(at(asked.data, 'plan', 'id'));
    await town.approve(planId);
    const done = await apply(planId);
    expect(done.data, done.text).toMatchObject({ status: 'completed', result: { userPrincipalName: upn } });
    const sent = town.writes().find(({ method, path }) => method === 'POST' && path === '/v1.0/users');
    const password = String(at(sent, 'body', 'passwordProfile', 'password'));
    expect(password.length).toBeGreaterThan(11);
    expect(at(sent, 'body', 'passwordProfile', 'forceChangePasswordNextSignIn')).toBe(true);
    const reveal = (typed: string) =>
      town.place.run(['reveal', String(at(done.data, 'result', 'handoffId')), '--stdout'], { input: `${typed}\n` });

    expect(await reveal('not the PIN')).toMatchObject({ stdout: '' });
    expect((await reveal(pin)).stdout.trim()).toBe(password);
    const again = await reveal(pin);
    expect(again.code).not.toBe(0);
    expect(again.stdout + again.stderr).not.toContain(password);
    for (const seen of [done.text, JSON.stringify(done.data), office.stderr(), contentsOf(town.place.stateDir)]) {
      expect(seen).not.toContain(password);
    }
  });
});

describe.each(['v1', 'v2 pinned to 2026-07-28'] as const)('a form in a client of %s', (kind) => {
  let asked: string[];
  let reply: FormAnswer;
  let client: Office;

  beforeAll(async () => {
    const form = async (message: string) => {
      asked.push(message);
      return reply;
    };
    client = await town.serve({ kind, form });
    await client.client.tools();
  });

  test('left unanswered decides nothing: the plan can be approved in a terminal', async () => {
    asked = [];
    for (const action of ['decline', 'cancel'] as const) {
      reply = { action };
      const user = someone();
      const { data } = await client.client.call('disable_user', { user, reason });
      expect(data).toMatchObject({ status: 'approval_required' });
      expect(changesOf(user)).toBe(0);
      const planId = String(at(data, 'plan', 'id'));
      await town.approve(planId);
      expect((await apply(planId, client)).data).toMatchObject({ status: 'completed' });
    }
    expect(asked).toHaveLength(2);
  });

  test('accepted is recorded as the word of the client; rejected is a denial', async () => {
    reply = { action: 'accept', content: { decision: 'reject' } };
    const spared = someone();
    const rejected = await client.client.call('disable_user', { user: spared, reason });
    expect(rejected.data).toMatchObject({ status: 'denied' });
    expect(errorCode(await apply(String(at(rejected.data, 'plan', 'id')), client))).toBe('PLAN_DENIED');
    reply = { action: 'accept', content: { decision: 'approve' } };
    const user = someone();
    const { data } = await client.client.call('disable_user', { user, reason });
    expect(data).toMatchObject({ status: 'completed' });
    const [row] = town.sql(
      "select body from audit where kind = 'decision' and plan_id = ?",
      String(at(data, 'plan', 'id')),
    );
    expect(String(row?.['body'])).toContain('asserted by client');
    expect([changesOf(spared), changesOf(user)]).toEqual([0, 1]);
  });

  test('is never put for a privileged person, however the client would answer', async () => {
    asked = [];
    reply = { action: 'accept', content: { decision: 'approve' } };
    const { helpdeskAdmin, globalAdmins } = town.demo.landmarks;
    for (const { id } of [helpdeskAdmin, globalAdmins[0]]) {
      const { data } = await client.client.call('revoke_sessions', { user: id, reason });
      expect(data).toMatchObject({ status: 'approval_required', plan: { stepUp: true } });
      const again = await apply(String(at(data, 'plan', 'id')), client, 0);
      expect(again.data).toMatchObject({ status: 'approval_required' });
      expect(changesOf(id)).toBe(0);
    }
    expect(asked).toEqual([]);
  });
});

test('a form is never put where ENTRA_MCP_TRUST_ELICITATION is false', async () => {
  let count = 0;
  const form = async (): Promise<FormAnswer> => {
    count += 1;
    return { action: 'accept', content: { decision: 'approve' } };
  };
  const wary = await town.serve({ form, env: { ENTRA_MCP_TRUST_ELICITATION: 'false' } });
  const { planId, user } = await planned(someone(), wary);
  expect((await apply(planId, wary, 0)).data).toMatchObject({ status: 'approval_required' });
  expect([count, changesOf(user)]).toEqual([0, 0]);
});

test('the audit trail is whole after all that', async () => {
  const verdict = await town.place.run(['audit', 'verify']);
  expect(verdict, verdict.stdout).toMatchObject({ code: 0 });
});
