import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readApproverKeys, writeApproverKeys } from '../../src/approval/approver.ts';
import { auditTail } from '../../src/approval/audit.ts';
import { changePin } from '../../src/approval/keys.ts';
import { countedPins } from '../fixtures/counted-pins.ts';
import { callOf, tenantId } from '../fixtures/gate-world.ts';
import { GatePage, pin, quickKeys } from './gate-page.ts';
import { type Answered, asked, codeOf, provenToken } from './page-client.ts';

let at: GatePage;
beforeEach(async () => {
  at = await GatePage.open();
});
afterEach(() => at.close());

const minute = 60_000;

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Reads a plan, as a person with a session does. */
async function read(planId: string, token: string): Promise<Readonly<Record<string, unknown>>> {
  return (await asked(at.origin, `/api/plans/${planId}`, { token })).body;
}

interface How {
  readonly decision?: 'approve' | 'deny';
  readonly ticket?: string;
  readonly typed?: string;
  readonly pin?: string;
}

async function decided(planId: string, token: string, how: How = {}): Promise<Answered> {
  const ticket = how.ticket ?? textOf((await read(planId, token))['ticket']);
  const body = { decision: 'approve', pin, ...how, ticket };
  return asked(at.origin, `/api/plans/${planId}`, { token, body });
}

describe('before the proof', () => {
  test('every address of the API answers alike, whatever exists', async () => {
    const id = await at.planned();
    const paths = ['/api/plans', `/api/plans/${id}`, `/api/plans/${'0'.repeat(32)}`, '/api/anything', '/api/'];
    const said = await Promise.all(paths.map((path) => asked(at.origin, path)));
    expect(new Set(said.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(said[0]).toMatchObject({ status: 401 });
    const posted = await asked(at.origin, `/api/plans/${id}`, { body: { decision: 'approve', pin, ticket: '' } });
    expect(posted.status).toBe(401);
    expect(await at.stateOf(id)).toBe('pending');
  });

  test('the page is the same bytes with a plan and without one, and under no other address', async () => {
    const plain = { headers: { 'sec-fetch-site': 'none' } };
    const before = await asked(at.origin, '/', plain);
    const id = await at.planned();
    const after = await asked(at.origin, '/', plain);
    expect(after.text).toBe(before.text);
    expect(before.status).toBe(200);
    expect((await asked(at.origin, `/${id}`, plain)).status).toBe(404);
    expect(at.page.addressOf(id)).toBe(`${at.origin}/#${id}`);
  });

  test.each(['', 'x', `${'A'.repeat(43)}`, '../../etc/passwd'])('the token %j opens nothing', async (token) => {
    await provenToken(at.origin, pin);
    expect((await asked(at.origin, '/api/plans', { token })).status).toBe(401);
  });

  test('a token in a cookie or in the address opens nothing', async () => {
    const token = await provenToken(at.origin, pin);
    expect((await asked(at.origin, '/api/plans', { headers: { cookie: `session=${token}` } })).status).toBe(401);
    expect((await asked(at.origin, `/api/plans?token=${token}`)).status).toBe(400);
  });
});

describe('what every answer carries', () => {
  test('nothing is kept, framed, or lent to another origin; no cookie is set', async () => {
    const token = await provenToken(at.origin, pin);
    const answers = [
      await asked(at.origin, '/', { headers: { 'sec-fetch-site': 'none' } }),
      await asked(at.origin, '/api/plans', { token }),
      await asked(at.origin, '/api/plans'),
      await asked(at.origin, '/nothing', { headers: { 'sec-fetch-site': 'none' } }),
      await asked(at.origin, '/', { headers: { host: 'attacker.example' } }),
      await asked(at.origin, '/api/plans', { method: 'OPTIONS', headers: { origin: 'https://attacker.example' } }),
    ];
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'x-frame-options': 'DENY',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
      });
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'.*frame-ancestors 'none'/);
      expect(headers['set-cookie']).toBeUndefined();
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });

  test("the page's policy names its one script and its one style by hash, and no other source", async () => {
    const { headers } = await asked(at.origin, '/', { headers: { 'sec-fetch-site': 'none' } });
    const policy = textOf(headers['content-security-policy']);
    expect(policy).not.toMatch(/unsafe|https?:|\*|data:|blob:/);
    expect(policy.match(/'sha256-/g)).toHaveLength(2);
    for (const rule of ["form-action 'self'", "base-uri 'none'", "connect-src 'self'", "trusted-types 'none'"])
      expect(policy).toContain(rule);
  });
});

describe('a request', () => {
  test('through a name that was pointed here is refused, with the PIN and without', async () => {
    const headers = { host: 'attacker.example', origin: 'http://attacker.example' };
    expect((await asked(at.origin, '/api/session', { body: { pin }, headers })).status).toBe(403);
    const token = await provenToken(at.origin, pin);
    expect((await asked(at.origin, '/api/plans', { token, headers: { host: 'attacker.example' } })).status).toBe(403);
  });

  test('with two Hosts is refused', async () => {
    const { port, host } = new URL(at.origin);
    const socket = connect(Number(port), '127.0.0.1');
    socket.end(`GET /api/plans HTTP/1.1\r\nHost: ${host}\r\nHost: attacker.example\r\nConnection: close\r\n\r\n`);
    let text = '';
    for await (const chunk of socket) text += chunk;
    expect(text).toMatch(/^HTTP\/1\.1 40[03]/);
  });

  test.each([
    ['another origin', { origin: 'https://attacker.example' }],
    ['no origin', { origin: null }],
    ['an opaque origin', { origin: 'null' }],
    ['a cross-site mark', { 'sec-fetch-site': 'cross-site' }],
    ['a form', { 'content-type': 'text/plain' }],
  ])('of %s decides nothing, though token, ticket and PIN are right', async (_, headers) => {
    const id = await at.planned();
    const token = await provenToken(at.origin, pin);
    const ticket = (await read(id, token))['ticket'];
    const body = { decision: 'approve', pin, ticket };
    const { status } = await asked(at.origin, `/api/plans/${id}`, { token, body, headers });
    expect([403, 415]).toContain(status);
    expect(await at.stateOf(id)).toBe('pending');
  });

  test.each([
    ['longer than a person types', JSON.stringify({ pin: 'x'.repeat(5_000) })],
    ['of a megabyte', 'x'.repeat(1_000_000)],
    ['that is no JSON', '{"pin":'],
    ['of another shape', '{"pin":["x"]}'],
    ['with more in it', '{"pin":"x","admin":true}'],
    ['that is a list', '[]'],
    ['that is null', 'null'],
    ['with a prototype in it', '{"pin":"x","__proto__":{"admin":true}}'],
    ['that is empty', ''],
  ])('with a body %s is refused, and no PIN is counted', async (_, raw) => {
    const answer = await asked(at.origin, '/api/session', { raw, method: 'POST' }).catch(() => undefined);
    // A server that stops reading may close the connection before its answer is read.
    if (answer !== undefined) expect([400, 413, 415]).toContain(answer.status);
    expect(await countedPins(at.world.folder)).toBe(0);
  });

  test('that never ends is given up, and others are served meanwhile', async () => {
    const socket = connect(Number(new URL(at.origin).port), '127.0.0.1');
    socket.write('POST /api/session HTTP/1.1\r\nHost: ');
    expect((await asked(at.origin, '/api/plans')).status).toBe(401);
    socket.destroy();
  });
});

describe('ids', () => {
  test.each(['0'.repeat(32), 'f'.repeat(32)])('%s is nothing, also with a session', async (id) => {
    const token = await provenToken(at.origin, pin);
    expect(codeOf(await asked(at.origin, `/api/plans/${id}`, { token }))).toBe('NOT_FOUND');
    expect(codeOf(await asked(at.origin, `/api/handoffs/${id}`, { token, body: { pin } }))).toBe('NOT_FOUND');
    const body = { decision: 'approve', pin, ticket: 'x' };
    expect(codeOf(await asked(at.origin, `/api/plans/${id}`, { token, body }))).toBe('CONFLICT');
  });

  test.each(['..', '%2e%2e', `${'0'.repeat(31)}`, `${'0'.repeat(33)}`, "'--", '__proto__', 'constructor'])(
    '%s is no address',
    async (id) => {
      const token = await provenToken(at.origin, pin);
      const { status } = await asked(at.origin, `/api/plans/${id}`, { token });
      expect([400, 404]).toContain(status);
    },
  );
});

describe('a decision', () => {
  test('is the signature that the terminal makes: the gate applies it, and the trail says where it was given', async () => {
    const id = await at.planned();
    const token = await provenToken(at.origin, pin);
    expect((await decided(id, token)).body).toMatchObject({ entry: { state: 'approved' } });
    const row = await at.world.store.selectFrom('approvals').selectAll().executeTakeFirstOrThrow();
    expect(JSON.parse(row.statement)).toMatchObject({ purpose: 'entra-mcp plan decision', planId: id, tenantId });
    const [last] = await auditTail(at.world.store, tenantId, 1);
    expect(last).toMatchObject({
      kind: 'decision',
      body: { decision: 'approve', by: 'approver PIN', through: 'page' },
    });
    expect((await at.gate.apply(id, callOf(), 0)).answer).toMatchObject({ status: 'completed' });
    expect(at.world.writes).toHaveLength(1);
  });

  test('to deny counts as well', async () => {
    const id = await at.planned();
    const token = await provenToken(at.origin, pin);
    expect((await decided(id, token, { decision: 'deny' })).status).toBe(200);
    await expect(at.gate.apply(id, callOf(), 0)).rejects.toMatchObject({ code: 'PLAN_DENIED' });
  });

  test('needs the PIN: a session alone signs nothing', async () => {
    const id = await at.planned();
    const token = await provenToken(at.origin, pin);
    const ticket = (await read(id, token))['ticket'];
    const without = await asked(at.origin, `/api/plans/${id}`, { token, body: { decision: 'approve', ticket } });
    expect(codeOf(without)).toBe('INPUT_INVALID');
    expect(codeOf(await decided(id, token, { pin: 'not the PIN' }))).toBe('NOT_PERMITTED');
    expect(await at.stateOf(id)).toBe('pending');
  });

  test('cannot be sent twice: its ticket is used up', async () => {
    const id = await at.planned();
    const token = await provenToken(at.origin, pin);
    const ticket = textOf((await read(id, token))['ticket']);
    expect((await decided(id, token, { ticket })).status).toBe(200);
    expect(codeOf(await decided(id, token, { ticket }))).toBe('CONFLICT');
    expect(codeOf(await decided(id, token, { ticket, decision: 'deny' }))).toBe('CONFLICT');
  });

  test('cannot be taken to another plan, or to another session', async () => {
    const [one, other] = [await at.planned(), await at.planned({ reason: 'another' })];
    const token = await provenToken(at.origin, pin);
    const ticket = textOf((await read(one, token))['ticket']);
    await read(other, token);
    expect(codeOf(await decided(other, token, { ticket }))).toBe('CONFLICT');
    const second = await provenToken(at.origin, pin);
    expect(codeOf(await decided(one, second, { ticket }))).toBe('CONFLICT');
    expect([await at.stateOf(one), await at.stateOf(other)]).toEqual(['pending', 'pending']);
  });

  test.each([
    ['expired', 'PLAN_EXPIRED'],
    ['denied', 'CONFLICT'],
    ['applied', 'CONFLICT'],
    ['applying', 'CONFLICT'],
    ['stale', 'CONFLICT'],
  ] as const)('about a plan that is %s meanwhile changes nothing', async (state, code) => {
    const id = await at.planned();
    const token = await provenToken(at.origin, pin);
    const ticket = textOf((await read(id, token))['ticket']);
    await at.world.store.updateTable('plans').set({ state }).execute();
    expect(codeOf(await decided(id, token, { ticket }))).toBe(code);
    expect(await at.stateOf(id)).toBe(state);
    expect(await at.world.store.selectFrom('approvals').selectAll().execute()).toEqual([]);
    expect(await read(id, token)).not.toHaveProperty('ticket');
  });

  test('after its time changes nothing', async () => {
    const id = await at.planned();
    await at.world.clock.advance(14 * minute);
    const token = await provenToken(at.origin, pin);
    const ticket = textOf((await read(id, token))['ticket']);
    await at.world.clock.advance(2 * minute);
    expect(codeOf(await decided(id, token, { ticket }))).toBe('PLAN_EXPIRED');
    expect(await read(id, token)).toMatchObject({ entry: { state: 'expired' } });
  });

  test.each([
    ['what is shown', { view: '{"summary":"harmless"}' }],
    ['the arguments', { args: '{"user":"another"}' }],
    ['the risk', { risk: '["write"]' }],
    ['the requester', { requester: 'os:mallory' }],
    ['the expiry', { expires_at: Date.UTC(2100, 0) }],
  ])('about a plan whose row was edited (%s) is refused, and nothing of it is shown', async (_, edit) => {
    const id = await at.planned();
    const token = await provenToken(at.origin, pin);
    const ticket = textOf((await read(id, token))['ticket']);
    await at.world.store.updateTable('plans').set(edit).execute();
    expect(codeOf(await decided(id, token, { ticket }))).toBe('CONFLICT');
    const shown = await read(id, token);
    expect(shown).toMatchObject({ entry: { edited: true } });
    expect(shown).not.toHaveProperty('plan');
    expect(shown).not.toHaveProperty('ticket');
    const { body } = await asked(at.origin, '/api/plans', { token });
    expect(JSON.stringify(body)).not.toContain('harmless');
  });

  test('set in the row by hand is shown as none', async () => {
    const id = await at.planned();
    await at.world.store.updateTable('plans').set({ state: 'approved', decided_at: 1 }).execute();
    const token = await provenToken(at.origin, pin);
    expect(await read(id, token)).toMatchObject({ entry: { state: 'pending' } });
  });

  test.each([undefined, '', 'bob@contoso.example', 'ann@contoso.exampl'])(
    'that cannot be taken back needs the UPN typed, not %j',
    async (typed) => {
      const id = await at.planned({ forever: true });
      const token = await provenToken(at.origin, pin);
      expect(await read(id, token)).toMatchObject({ phrase: 'ann@contoso.example' });
      const how = typed === undefined ? {} : { typed };
      expect(codeOf(await decided(id, token, how))).toBe('INPUT_INVALID');
      expect(await at.stateOf(id)).toBe('pending');
      expect((await decided(id, token, { typed: ' Ann@contoso.example ' })).status).toBe(200);
    },
  );

  test('that cannot be taken back is denied without it', async () => {
    const id = await at.planned({ forever: true });
    const token = await provenToken(at.origin, pin);
    expect((await decided(id, token, { decision: 'deny' })).status).toBe(200);
  });
});

describe('the PIN', () => {
  const guess = (origin: string, word: string) => asked(origin, '/api/session', { body: { pin: word } });

  test('cannot be guessed, also with a restart between and a second process beside', async () => {
    const other = await at.another();
    const said = [];
    for (const origin of [at.origin, other.origin, at.origin, other.origin, at.origin])
      said.push((await guess(origin, 'guess')).status);
    expect(said).toEqual([403, 403, 403, 403, 429]);
    const restarted = await at.another();
    const locked = await guess(restarted.origin, pin);
    expect(locked.status).toBe(429);
    expect(locked.body).toMatchObject({ error: { code: 'LIMIT_REACHED', retryAfterMs: 15 * minute } });
    await at.world.clock.advance(15 * minute + 1);
    expect((await guess(other.origin, pin)).status).toBe(200);
  });

  test('is counted alike where a plan is decided and a secret opened', async () => {
    const id = await at.planned();
    const token = await provenToken(at.origin, pin);
    for (let i = 0; i < 5; i += 1) await decided(id, token, { pin: 'guess' });
    expect(codeOf(await decided(id, token))).toBe('LIMIT_REACHED');
    expect(await at.stateOf(id)).toBe('pending');
    expect((await asked(at.origin, '/api/plans', { token })).status).toBe(200);
  });

  test('changed ends every session', async () => {
    const token = await provenToken(at.origin, pin);
    const keys = readApproverKeys(at.world.stateDir);
    if (keys === undefined) throw new Error('No keys');
    writeApproverKeys(at.world.stateDir, await changePin(keys, pin, 'another PIN'));
    expect((await asked(at.origin, '/api/plans', { token })).status).toBe(401);
    expect((await guess(at.origin, pin)).status).toBe(403);
    expect((await guess(at.origin, 'another PIN')).status).toBe(200);
  });

  test('of keys that were replaced under a running server opens nothing', async () => {
    const token = await provenToken(at.origin, pin);
    writeApproverKeys(at.world.stateDir, await quickKeys('the PIN of another'));
    expect(codeOf(await asked(at.origin, '/api/plans', { token }))).toBe('APPROVAL_UNAVAILABLE');
    expect(codeOf(await guess(at.origin, 'the PIN of another'))).toBe('APPROVAL_UNAVAILABLE');
  });

  test('stands in no answer, no log and no row', async () => {
    const id = await at.planned();
    const token = await provenToken(at.origin, pin);
    const answers = [await decided(id, token, { pin: 'a wrong secret' }), await decided(id, token)];
    const rows = await auditTail(at.world.store, tenantId, 100);
    const all = JSON.stringify([answers, rows, at.world.logs]);
    for (const secret of [pin, 'a wrong secret', token]) expect(all).not.toContain(secret);
  });
});

describe('a session', () => {
  test('ends after 15 minutes in which a person did nothing; what the page asks by itself does not count', async () => {
    const token = await provenToken(at.origin, pin);
    for (let i = 0; i < 14; i += 1) {
      await at.world.clock.advance(minute);
      expect((await asked(at.origin, '/api/plans', { token })).status).toBe(200);
    }
    await at.world.clock.advance(minute);
    expect((await asked(at.origin, '/api/plans', { token })).status).toBe(401);
  });

  test('goes on while a person does something', async () => {
    const token = await provenToken(at.origin, pin);
    for (let i = 0; i < 3; i += 1) {
      await at.world.clock.advance(14 * minute);
      expect((await asked(at.origin, '/api/session/active', { token, body: {} })).status).toBe(200);
    }
    expect((await asked(at.origin, '/api/plans', { token })).status).toBe(200);
  });

  test('is of one process, and ends when a person locks the page', async () => {
    const token = await provenToken(at.origin, pin);
    const other = await at.another();
    expect((await asked(other.origin, '/api/plans', { token })).status).toBe(401);
    await asked(at.origin, '/api/session/end', { token, body: {} });
    expect((await asked(at.origin, '/api/plans', { token })).status).toBe(401);
  });

  test('that is the ninth ends the first', async () => {
    const tokens = [];
    for (let i = 0; i < 9; i += 1) tokens.push(await provenToken(at.origin, pin));
    const said = await Promise.all(tokens.map((token) => asked(at.origin, '/api/plans', { token })));
    expect(said.map(({ status }) => status)).toEqual([401, ...Array(8).fill(200)]);
  });
});
