import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { callOf } from '../fixtures/gate-world.ts';
import { GatePage, pin } from './gate-page.ts';
import { type Answered, asked, codeOf } from './page-client.ts';

let at: Awaited<ReturnType<typeof GatePage.signingIn>>;
beforeEach(async () => {
  at = await GatePage.signingIn();
});
afterEach(() => at.close());

const minute = 60_000;
const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

/** What this tab keeps while it is at Entra. */
async function begun(path = '/api/sign-in', body: object = {}, token?: string): Promise<string> {
  const answer = await asked(at.origin, path, { body, ...(token === undefined ? {} : { token }) });
  if (answer.status !== 200) throw new Error(answer.text);
  return textOf(answer.body['handle']);
}

/** A browser comes back from Entra; answers where it is sent on to. */
function returned(query: URLSearchParams, headers: Record<string, string | null> = {}): Promise<Answered> {
  const own = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  const host = `localhost:${new URL(at.origin).port}`;
  return asked(at.origin, `/?${query}`, { headers: { host, ...own, ...headers } });
}

async function codeFrom(query: URLSearchParams): Promise<string> {
  const location = textOf((await returned(query)).headers['location']);
  return location.slice(location.lastIndexOf('/') + 1);
}

const ended = (handle: string, code: string, token?: string) =>
  asked(at.origin, '/api/sign-in/end', { body: { handle, code }, ...(token === undefined ? {} : { token }) });

/** A session of somebody who signed in. */
async function session(): Promise<string> {
  const handle = await begun();
  return textOf((await ended(handle, await codeFrom(at.signIn.came('carol')))).body['token']);
}

async function ticketFor(planId: string, token: string): Promise<string> {
  return textOf((await asked(at.origin, `/api/plans/${planId}`, { token })).body['ticket']);
}

/** Begins the sign-in of a decision. */
async function deciding(planId: string, token: string, decision = 'approve'): Promise<string> {
  return begun(`/api/decisions/${planId}`, { decision, ticket: await ticketFor(planId, token) }, token);
}

const applied = async (planId: string) => (await at.gate.apply(planId, callOf(), 0)).answer.status;

describe('where approvers sign in', () => {
  test('a sign-in opens a session, and another one decides what it was shown', async () => {
    expect((await asked(at.origin, '/api/way')).body).toEqual({ way: 'sign-in' });
    const planId = await at.planned();
    const token = await session();
    const handle = await deciding(planId, token);
    const { status, headers } = await returned(at.signIn.came('carol'));
    expect([status, headers['location']]).toEqual([303, expect.stringMatching(`^${at.origin}/back/[\\w-]{43}$`)]);
    const back = textOf(headers['location']).slice(at.origin.length);
    const page = await asked(at.origin, back, { headers: { 'sec-fetch-site': 'cross-site' } });
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const { body } = await ended(handle, back.slice('/back/'.length), token);
    expect(body).toMatchObject({ sheet: { entry: { state: 'approved' }, way: 'sign-in' } });
    expect(await applied(planId)).toBe('completed');
  });

  test('the PIN opens nothing and decides nothing', async () => {
    const planId = await at.planned();
    expect(codeOf(await asked(at.origin, '/api/session', { body: { pin } }))).toBe('AUTH_REQUIRED');
    const token = await session();
    const body = { decision: 'approve', pin, ticket: await ticketFor(planId, token) };
    expect(codeOf(await asked(at.origin, `/api/plans/${planId}`, { body, token }))).toBe('AUTH_REQUIRED');
    expect(await at.stateOf(planId)).toBe('pending');
  });

  test('that Entra refuses, or who may not approve, is said, and nothing is decided', async () => {
    const handle = await begun();
    const state = at.signIn.asked.at(-1)?.state ?? '';
    const cancelled = await codeFrom(new URLSearchParams({ error: 'access_denied', state, error_description: '<b>x' }));
    const answer = await ended(handle, cancelled);
    expect(answer.text).toContain('Entra did not sign you in (access_denied)');
    expect(answer.text).not.toContain('<b>');
    const again = await begun();
    const nobody = await codeFrom(at.signIn.came('carol', undefined, { nonce: 'another' }));
    expect(codeOf(await ended(again, nobody))).toBe('AUTH_REQUIRED');
  });
});

test('while Entra cannot be asked, what waits is shown all the same', async () => {
  const planId = await at.planned();
  const token = await session();
  const code = async () => codeFrom(at.signIn.came('carol'));
  await ended(await deciding(planId, token), await code(), token);
  at.signIn.isDown = true;
  const { body } = await asked(at.origin, '/api/plans', { token });
  expect(body['waiting']).toMatchObject([{ id: planId, state: 'pending', isUnknown: true }]);
  expect((await asked(at.origin, `/api/plans/${planId}`, { token })).body).toMatchObject({
    entry: { isUnknown: true },
    ticket: expect.any(String),
  });
});

describe('a sign-in that somebody else began', () => {
  test('gives them no session: the code of the arrival stays in the browser of who signed in', async () => {
    const attackers = await begun();
    const code = await codeFrom(at.signIn.came('carol'));
    // The one who was lured has the code, and another handle or none.
    const own = await begun();
    expect(codeOf(await ended(own, code))).toBe('AUTH_REQUIRED');
    // With that it is used up.
    expect(codeOf(await ended(attackers, code))).toBe('AUTH_REQUIRED');
    // The attacker has the handle, and guesses.
    expect(codeOf(await ended(await begun(), 'A'.repeat(43)))).toBe('AUTH_REQUIRED');
  });

  test('decides nothing in another session, nor without one', async () => {
    const planId = await at.planned();
    const [attacker, other] = [await session(), await session()];
    for (const token of [other, undefined, 'made up']) {
      const handle = await deciding(planId, attacker);
      const code = await codeFrom(at.signIn.came('carol'));
      expect([401, 409]).toContain((await ended(handle, code, token)).status);
    }
    expect(await at.stateOf(planId)).toBe('pending');
    expect(await applied(planId)).toBe('approval_required');
  });

  test('for another plan or decision is none for this one, whatever comes back for it', async () => {
    const [one, other] = [await at.planned(), await at.planned({ user: 'bob@contoso.example' })];
    const token = await session();
    await deciding(one, token, 'deny');
    const denied = at.signIn.asked.at(-1);
    const handle = await deciding(other, token);
    const code = await codeFrom(at.signIn.came('carol', at.signIn.asked.at(-1), { nonce: denied?.nonce ?? '' }));
    expect(codeOf(await ended(handle, code, token))).toBe('CONFLICT');
    expect([await at.stateOf(one), await at.stateOf(other)]).toEqual(['pending', 'pending']);
  });
});

describe('what comes back from Entra', () => {
  test('is taken once, for a state that somebody waits for, within five minutes', async () => {
    await begun();
    const came = at.signIn.came('carol');
    expect((await returned(new URLSearchParams({ code: 'x', state: 'guessed' }))).status).toBe(403);
    expect((await returned(new URLSearchParams())).status).toBe(403);
    expect((await returned(came)).status).toBe(303);
    expect((await returned(came)).status).toBe(403);
    await begun();
    await at.world.clock.advance(5 * minute);
    const late = await returned(at.signIn.came('carol'));
    expect([late.status, late.text]).toEqual([403, expect.stringContaining('Begin again')]);
  });

  test('is taken with the cookies of whatever else was served at localhost: a browser sends them to every port', async () => {
    await begun();
    const cookie = `session=${'x'.repeat(12 * 1024)}`;
    expect((await returned(at.signIn.came('carol'), { cookie })).status).toBe(303);
  });

  test('comes by a navigation to localhost alone: not to another name, not in a frame, not by a script', async () => {
    await begun();
    const came = at.signIn.came('carol');
    const port = new URL(at.origin).port;
    for (const headers of [
      ...[`127.0.0.1:${port}`, `evil.test:${port}`, 'localhost', `localhost:${port}.evil.test`].map((host) => ({
        host,
      })),
      ...['iframe', 'image', 'empty'].map((dest) => ({ 'sec-fetch-dest': dest })),
      ...['cors', 'no-cors', 'websocket'].map((mode) => ({ 'sec-fetch-mode': mode })),
      { 'sec-fetch-mode': null },
    ]) {
      expect((await returned(came, headers)).status, JSON.stringify(headers)).toBeGreaterThanOrEqual(400);
    }
    expect((await returned(came)).status).toBe(303);
  });

  test('nothing else is served at localhost, and no link leads to the page but that of an arrival', async () => {
    const host = `localhost:${new URL(at.origin).port}`;
    for (const path of ['/', '/api/way', '/api/plans', '/back/x']) {
      expect((await asked(at.origin, path, { headers: { host } })).status).toBe(403);
    }
    const linked = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    for (const path of ['/', `/back/${'A'.repeat(43)}`, '/back/']) {
      expect((await asked(at.origin, path, { headers: linked })).status).toBe(403);
    }
  });

  test('is forgotten with the server, and the oldest of many are given up', async () => {
    await begun();
    const first = at.signIn.asked.at(-1);
    for (let more = 0; more < 17; more += 1) await begun();
    expect((await returned(at.signIn.came('carol', first))).status).toBe(403);
    expect((await returned(at.signIn.came('carol'))).status).toBe(303);
  });
});

test('without sign-in there is nothing of it', async () => {
  const plain = await GatePage.open();
  expect((await asked(plain.origin, '/api/way')).body).toEqual({ way: 'pin' });
  expect((await asked(plain.origin, '/api/sign-in', { body: {} })).status).toBe(404);
  expect((await asked(plain.origin, '/api/sign-in/end', { body: { handle: 'x', code: 'y' } })).status).toBe(404);
  await plain.close();
});

test('no address that is logged or answered has a code or a token in it', async () => {
  const token = await session();
  expect(JSON.stringify(at.world.logs)).not.toContain(token);
  expect(JSON.stringify(at.world.logs)).not.toMatch(/code=|\/back\//);
});
