import { afterEach, beforeEach, expect, test } from 'vitest';
import { auditTail } from '../../src/approval/audit.ts';
import { callOf, makeUser, tenantId } from '../fixtures/gate-world.ts';
import { GatePage, pin } from './gate-page.ts';
import { asked, codeOf, provenToken } from './page-client.ts';

let at: GatePage;
let token: string;
let handoffId: string;
let planId: string;
beforeEach(async () => {
  at = await GatePage.open();
  token = await provenToken(at.origin, pin);
  const { answer } = await at.gate.propose(makeUser, { name: 'zoe' }, callOf());
  planId = answer.plan?.id ?? '';
  const { body } = await asked(at.origin, `/api/plans/${planId}`, { token });
  await asked(at.origin, `/api/plans/${planId}`, { token, body: { decision: 'approve', pin, ticket: body['ticket'] } });
  const done = await at.gate.apply(planId, callOf(), 0);
  handoffId = String(done.answer.result?.['handoffId']);
});
afterEach(() => at.close());

const open = (how: { pin?: string; token?: string } = {}) =>
  asked(at.origin, `/api/handoffs/${handoffId}`, { token, ...how, body: { pin: how.pin ?? pin } });

test('a sealed secret is listed with its plan, and by itself, until it expires', async () => {
  const board = await asked(at.origin, '/api/plans', { token });
  const expiresAt = at.world.clock.now() + 24 * 60 * 60_000;
  const entry = { id: handoffId, planId, kind: 'password', subject: 'zoe@contoso.example', expiresAt };
  expect(board.body['handoffs']).toEqual([entry]);
  const sheet = await asked(at.origin, `/api/plans/${planId}`, { token });
  expect(sheet.body['handoffs']).toEqual([entry]);
  await at.world.clock.advance(24 * 60 * 60_000);
  token = await provenToken(at.origin, pin);
  expect((await asked(at.origin, '/api/plans', { token })).body['handoffs']).toEqual([]);
  expect(codeOf(await open())).toBe('PLAN_EXPIRED');
});

test('it is opened once, with the PIN, on record, and kept by nobody on the way', async () => {
  const opened = await open();
  expect(opened.body).toMatchObject({ kind: 'password', subject: 'zoe@contoso.example' });
  expect(opened.headers['cache-control']).toBe('no-store');
  const sent = at.world.writes.map(({ body }) => Object(Object(body)['passwordProfile'])['password']);
  expect(sent).toEqual([opened.body['secret']]);
  expect(codeOf(await open())).toBe('CONFLICT');
  const rows = await auditTail(at.world.store, tenantId, 100);
  expect(rows.at(-1)).toMatchObject({ kind: 'handoff-opened', planId });
  expect(JSON.stringify([rows, at.world.logs])).not.toContain(String(opened.body['secret']));
});

test('of two who open it at the same moment, on two pages, one gets it', async () => {
  const other = await at.another();
  const second = await provenToken(other.origin, pin);
  const said = await Promise.all([
    open(),
    asked(other.origin, `/api/handoffs/${handoffId}`, { token: second, body: { pin } }),
  ]);
  expect(said.map(({ status }) => status).sort()).toEqual([200, 409]);
});

test('a wrong PIN opens nothing, and it can still be opened', async () => {
  expect(codeOf(await open({ pin: 'guess' }))).toBe('NOT_PERMITTED');
  expect((await open({ token: 'x' })).status).toBe(401);
  expect((await open()).status).toBe(200);
});
