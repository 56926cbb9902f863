import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApproverSignIn } from '../../src/auth/approver-sign-in.ts';
import { type EntraProvider, startEntraProvider } from '../fixtures/entra-provider.ts';
import { signedInAs } from '../fixtures/provider-browser.ts';
import { errorOf, impatientClock, trust } from './setting.ts';

const group = '33333333-2222-4333-8444-555555555555';
const ann = { oid: 'AAAAAAAA-0000-4000-8000-000000000001', name: 'ann@contoso.example', groups: [group] };
const bob = { oid: 'bbbbbbbb-0000-4000-8000-000000000002', name: 'bob@contoso.example', groups: [] };
const cat = { oid: 'cccccccc-0000-4000-8000-000000000003', name: 'cat@contoso.example', roles: ['Approver'] };
const dan = { oid: 'dddddddd-0000-4000-8000-000000000004', name: 'dan@contoso.example', claims: { hasgroups: true } };
const eve = {
  ...ann,
  oid: 'eeeeeeee-0000-4000-8000-000000000005',
  claims: { tid: '00000000-2222-4333-8444-555555555555' },
};

let provider: EntraProvider;
beforeAll(async () => {
  provider = await startEntraProvider([ann, bob, cat, dan, eve]);
  trust(provider.ca);
});
afterAll(() => provider.close());

const redirectUri = 'http://localhost:1';

function signInOf(named: string = group, clock = impatientClock()) {
  const { host, tenantId, clientId } = provider;
  const approverGroup = named === 'nobody' ? undefined : named;
  return createApproverSignIn(
    { cloud: 'global', graphUrl: undefined, authorityHost: host, tenantId, clientId, approverGroup },
    clock,
  );
}

async function idTokenOf(
  oid: string,
  { signIn = signInOf(), nonce = 'nonce-1', isFresh = false } = {},
): Promise<string> {
  const { url, verifier } = await signIn.begin({ redirectUri, state: 'state-1', nonce: 'nonce-1', isFresh });
  const back = await signedInAs(url, oid);
  expect(back.get('state')).toBe('state-1');
  return signIn.redeem(back.get('code') ?? '', { verifier, redirectUri, nonce });
}

describe('an approver who signs in', () => {
  it('is who Entra says, with the nonce that was asked for and the moment of their proof', async () => {
    const signIn = signInOf();
    const before = Date.now();
    const person = await signIn.verify(await idTokenOf(ann.oid, { signIn, isFresh: true }));
    expect(person).toMatchObject({ oid: ann.oid.toLowerCase(), name: ann.name, nonce: 'nonce-1' });
    expect(person.issuedAt).toBeGreaterThan(before - 2_000);
    expect(person.authenticatedAt).toBeGreaterThan(before - 2_000);
  });

  it('is sent to Entra with PKCE, and always has something to do there', async () => {
    const ask = async (isFresh: boolean) =>
      new URL((await signInOf().begin({ redirectUri, state: 's', nonce: 'n', isFresh })).url).searchParams;
    const asked = await ask(false);
    expect(Object.fromEntries(asked)).toMatchObject({
      ...{ client_id: provider.clientId, redirect_uri: redirectUri, response_type: 'code', state: 's', nonce: 'n' },
      ...{ code_challenge_method: 'S256', prompt: 'select_account' },
    });
    expect(asked.get('code_challenge')).toMatch(/^[\w-]{43}$/);
    expect((await ask(true)).get('prompt')).toBe('login');
  });

  it('needs the group, or where none is named the app role', async () => {
    expect(await errorOf(signInOf().verify(await idTokenOf(bob.oid)))).toMatchObject({
      code: 'NOT_PERMITTED',
      message: expect.stringContaining(group),
    });
    expect(await errorOf(signInOf('nobody').verify(await idTokenOf(ann.oid)))).toMatchObject({
      code: 'NOT_PERMITTED',
      message: expect.stringContaining('app role Approver'),
    });
    expect(await signInOf('nobody').verify(await idTokenOf(cat.oid))).toMatchObject({ oid: cat.oid });
  });

  it('who is in more groups than a sign-in tells of is told how that is mended', async () => {
    expect(await errorOf(signInOf().verify(await idTokenOf(dan.oid)))).toMatchObject({
      code: 'NOT_PERMITTED',
      fix: expect.stringContaining('assigned to the application'),
    });
  });

  it('of another tenant is nobody, however valid the signature', async () => {
    expect(await errorOf(signInOf().verify(await idTokenOf(eve.oid)))).toMatchObject({ code: 'AUTH_REQUIRED' });
  });

  it('who cancels brings no code back', async () => {
    const { url } = await signInOf().begin({ redirectUri, state: 's', nonce: 'n', isFresh: true });
    const back = await signedInAs(url, '');
    expect([back.get('error'), back.get('code')]).toEqual(['access_denied', null]);
  });
});

describe('an ID token', () => {
  it('is not taken with another nonce, a code that was used, or another verifier', async () => {
    const signIn = signInOf();
    expect(await errorOf(idTokenOf(ann.oid, { signIn, nonce: 'another' }))).toMatchObject({ code: 'AUTH_REQUIRED' });
    const { url, verifier } = await signIn.begin({ redirectUri, state: 's', nonce: 'n', isFresh: true });
    const code = (await signedInAs(url, ann.oid)).get('code') ?? '';
    const redeemed = (tried: string) => signIn.redeem(code, { verifier: tried, redirectUri, nonce: 'n' });
    expect(await errorOf(redeemed('x'.repeat(43)))).toMatchObject({ code: 'AUTH_REQUIRED' });
    expect(await signIn.verify(await redeemed(verifier))).toMatchObject({ nonce: 'n' });
    expect(await errorOf(redeemed(verifier))).toMatchObject({ code: 'AUTH_REQUIRED' });
  });

  it('proves nothing once a letter of it is another, nor with no signature, nor for another app', async () => {
    const idToken = await idTokenOf(ann.oid);
    const [head = '', body = '', signature = ''] = idToken.split('.');
    const unsigned = Buffer.from('{"alg":"none"}').toString('base64url');
    const changed = Buffer.from(body, 'base64url').toString().replace(ann.name, cat.name);
    const forged = [
      [head, Buffer.from(changed).toString('base64url'), signature],
      [unsigned, body, ''],
      [head, body, signature.replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A'))],
    ];
    for (const parts of [...forged.map((each) => each.join('.')), 'no token', '']) {
      expect(await errorOf(signInOf().verify(parts))).toMatchObject({ code: 'AUTH_REQUIRED' });
    }
    const { host, tenantId } = provider;
    const clientId = '00000000-8888-4777-8666-aaaaaaaaaaaa';
    const config = { cloud: 'global' as const, graphUrl: undefined, authorityHost: host, approverGroup: group };
    const other = createApproverSignIn({ ...config, tenantId, clientId }, impatientClock());
    expect(await errorOf(other.verify(idToken))).toMatchObject({ code: 'AUTH_REQUIRED' });
  });

  it('is verified long after it has expired: it is evidence', async () => {
    const later = { ...impatientClock(), now: () => Date.now() + 23 * 3_600_000 };
    const idToken = await idTokenOf(ann.oid);
    expect(await signInOf(group, later).verify(idToken)).toMatchObject({ oid: ann.oid.toLowerCase() });
  });
});

describe("Entra's keys", () => {
  it('are read once, and again where one is not known, at most once a minute', async () => {
    let now = Date.now();
    const signIn = signInOf(group, { ...impatientClock(), now: () => now });
    const before = provider.keyRequests();
    const old = await idTokenOf(ann.oid, { signIn });
    await signIn.verify(old);
    await signIn.verify(old);
    expect(provider.keyRequests() - before).toBe(1);
    await provider.rollOver();
    const fresh = await idTokenOf(ann.oid, { signIn });
    expect(await errorOf(signIn.verify(fresh))).toMatchObject({ code: 'AUTH_REQUIRED' });
    now += 61_000;
    expect(await signIn.verify(fresh)).toMatchObject({ name: ann.name });
    expect(provider.keyRequests() - before).toBe(2);
  });

  it('that are new are read once for all that look for them at the same time', async () => {
    let now = Date.now();
    const signIn = signInOf(group, { ...impatientClock(), now: () => now });
    await signIn.verify(await idTokenOf(ann.oid, { signIn }));
    await provider.rollOver();
    const fresh = await idTokenOf(ann.oid, { signIn });
    const before = provider.keyRequests();
    now += 61_000;
    const [one, other] = await Promise.all([signIn.verify(fresh), signIn.verify(fresh)]);
    expect([one.name, other.name]).toEqual([ann.name, ann.name]);
    expect(provider.keyRequests() - before).toBe(1);
  });

  it('that cannot be read are another failure than a token that proves nothing', async () => {
    const idToken = await idTokenOf(ann.oid);
    const { tenantId, clientId } = provider;
    const nowhere = {
      cloud: 'global' as const,
      graphUrl: undefined,
      authorityHost: 'localhost:1',
      approverGroup: group,
    };
    const signIn = createApproverSignIn({ ...nowhere, tenantId, clientId }, impatientClock());
    expect(await errorOf(signIn.verify(idToken))).toMatchObject({
      code: 'UPSTREAM',
      message: expect.stringContaining('no approval can be verified'),
    });
  });
});
