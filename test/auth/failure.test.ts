import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { failureOf } from '../../src/auth/failure.ts';
import { type LoginServer, startLoginServer } from '../fixtures/login-server.ts';
import { clientCertificate, type Issued } from '../fixtures/private-ca.ts';
import { errorOf, impatientClock, recordingLog, sourceFor, trust } from './setting.ts';

const secret = 'Vry~Scrt.Value-0123456789';
const federated = 'eyJhbGciOiJub25lIn0.federated-assertion.c2ln';
const folder = mkdtempSync(join(tmpdir(), 'failure-'));
let server: LoginServer;
let certificate: Issued;

beforeAll(async () => {
  certificate = await clientCertificate({ passphrase: 'P4ssphrase-of-key' });
  server = await startLoginServer({ clientSecret: secret, certificate: certificate.cert });
  trust(server.ca);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

function failed(env: Record<string, string> = { AZURE_CLIENT_SECRET: secret }) {
  return errorOf(sourceFor(server, env).token());
}

describe('an AADSTS error says what it means and what to do', () => {
  it.each([
    [7000215, 'the client secret is wrong', 'AZURE_CLIENT_SECRET'],
    [7000222, 'the client secret has expired', 'Make a new one'],
    [65001, 'no consent', 'Grant admin consent'],
    [700016, 'not known in this tenant', 'AZURE_CLIENT_ID'],
    [90002, 'the tenant does not exist', 'AZURE_TENANT_ID'],
    [900023, 'the tenant id is not valid', 'AZURE_TENANT_ID'],
    [90038, 'another cloud', 'ENTRA_MCP_CLOUD'],
    [700027, 'the certificate or its signature', 'Upload the certificate'],
    [700024, 'not in its time of validity', 'clock'],
    [500133, 'not in its time of validity', 'clock'],
    [700213, 'has the subject of the token', 'AZURE_FEDERATED_TOKEN_FILE'],
    [53003, 'Conditional Access blocks it', 'sign-in logs'],
    [53000, 'a compliant device', 'sign-in logs'],
    [50076, 'multifactor authentication is needed', 'Sign in again'],
    [50079, 'set up multifactor authentication', 'Sign in again'],
    [7000112, 'the app is disabled', 'enables its service principal'],
    [50057, 'the user account is disabled', 'another account'],
  ])('%d: %s', async (aadsts, what, fix) => {
    server.failNext({ aadsts });
    const error = await failed();
    expect(error).toMatchObject({
      code: 'AUTH_REQUIRED',
      detail: { aadsts },
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(error.message).toContain(what);
    expect(error.message).toContain(`(AADSTS${aadsts})`);
    expect(error.fix).toContain(fix);
  });

  it('that is not known names the page that explains it', async () => {
    server.failNext({ aadsts: 9999999 });
    const error = await failed();
    expect(error.message).toContain('AADSTS9999999');
    expect(error.fix).toContain('https://login.microsoftonline.com/error?code=9999999');
  });

  it('found by the login service itself', async () => {
    expect((await failed({ AZURE_CLIENT_SECRET: 'wrong' })).detail).toEqual({ aadsts: 7000215 });
    const stranger = { ...server, clientId: '00000000-1111-4222-8333-444444444444' };
    expect((await errorOf(sourceFor(stranger, { AZURE_CLIENT_SECRET: secret }).token())).detail).toEqual({
      aadsts: 700016,
    });
    const elsewhere = { ...server, tenantId: 'fabrikam.com' };
    expect((await errorOf(sourceFor(elsewhere, { AZURE_CLIENT_SECRET: secret }).token())).detail).toEqual({
      aadsts: 90002,
    });
  });
});

describe('a busy login service', () => {
  it('is asked again after the pause it asks for', async () => {
    const clock = impatientClock();
    server.failNext({ status: 429, retryAfter: '2.5' }, { status: 503 });
    const source = sourceFor(server, { AZURE_CLIENT_SECRET: secret }, { clock });
    expect(await source.token()).toBeDefined();
    expect(clock.pauses).toEqual([2500, 2000]);
  });

  it('is not waited for long: the caller is told when', async () => {
    const clock = impatientClock();
    server.failNext({ status: 429, retryAfter: '120' });
    const error = await errorOf(sourceFor(server, { AZURE_CLIENT_SECRET: secret }, { clock }).token());
    expect(error).toMatchObject({ code: 'THROTTLED', retryAfterMs: 120_000 });
    expect(clock.pauses).toEqual([]);
  });

  it('may name a date', async () => {
    server.failNext({ status: 429, retryAfter: new Date(Date.now() + 90_000).toUTCString() });
    const { retryAfterMs = 0 } = await failed();
    expect(retryAfterMs).toBeGreaterThan(60_000);
    expect(retryAfterMs).toBeLessThanOrEqual(91_000);
  });

  it('that stays busy ends the call after three attempts, and leaves nothing behind', async () => {
    const before = server.tokenRequests.length;
    server.failNext({ status: 503 }, { status: 500, body: '<html>' }, { status: 502 });
    const source = sourceFor(server, { AZURE_CLIENT_SECRET: secret });
    const error = await errorOf(source.token());
    expect(error.message).toMatch(/gave no token \(status 502/);
    expect(server.tokenRequests.length - before).toBe(3);
    expect(await source.token()).toBeDefined();
  });

  it('that sees a loop in us is left alone', async () => {
    server.failNext({ aadsts: 50196 });
    expect(await failed()).toMatchObject({ code: 'THROTTLED', detail: { aadsts: 50196 }, retryAfterMs: 30_000 });
  });
});

describe('no usable answer', () => {
  it('from a host that cuts the connection is tried again', async () => {
    server.failNext({ cut: true });
    expect(await sourceFor(server, { AZURE_CLIENT_SECRET: secret }).token()).toBeDefined();
  });

  it('from a page in place of Entra names the host', async () => {
    server.failNext({ status: 200, body: '<html>Please accept the terms</html>' });
    const error = await failed();
    expect(error.message).toContain('gave no token (status 200)');
    expect(error.fix).toContain('captive portal');
  });

  it('from a redirect is not followed', async () => {
    server.failNext({ status: 307, body: 'moved' });
    expect((await failed()).message).toContain('status 307');
  });

  it.each([
    ['https://127.0.0.1:1', /^The login host 127\.0\.0\.1:1 could not be reached \(ECONNREFUSED\)\.$/, /HTTPS_PROXY/],
    [
      'https://login.invalid',
      /^The login host login\.invalid could not be reached \((ENOTFOUND|EAI_AGAIN)\)\.$/,
      /HTTPS_PROXY/,
    ],
  ])('from %s', async (url, message, fix) => {
    const error = await errorOf(sourceFor({ ...server, url }, { AZURE_CLIENT_SECRET: secret }).token());
    expect(error.code).toBe('AUTH_REQUIRED');
    expect(error.message).toMatch(message);
    expect(error.fix).toMatch(fix);
  });

  it('from a host whose authority Node does not know names NODE_EXTRA_CA_CERTS', async () => {
    const stranger = await startLoginServer({ ownAuthority: true });
    const error = await errorOf(sourceFor(stranger, { AZURE_CLIENT_SECRET: secret }).token());
    await stranger.close();
    expect(error.message).toMatch(
      /could not be reached \(UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT_LOCALLY\)/,
    );
    expect(error.fix).toContain('NODE_EXTRA_CA_CERTS');
  });

  it.each(['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_GET_ISSUER_CERT'])(
    'because of %s names NODE_EXTRA_CA_CERTS',
    (network) => {
      expect(failureOf(new Error(), { host: 'h', network }).fix).toContain('NODE_EXTRA_CA_CERTS');
    },
  );

  it.each(['CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID'])('because of %s does not', (network) => {
    expect(failureOf(new Error(), { host: 'h', network }).fix).toContain('AZURE_AUTHORITY_HOST');
  });
});

describe('nothing secret comes out', () => {
  const logs: string[] = [];
  const tokens: string[] = [];
  afterEach(() => {
    logs.length = 0;
    tokens.length = 0;
  });

  const keyFile = join(folder, 'app.pem');
  const tokenFile = join(folder, 'token');
  const ways: [string, () => Record<string, string>][] = [
    ['secret', () => ({ AZURE_CLIENT_SECRET: secret })],
    [
      'certificate',
      () => {
        writeFileSync(keyFile, certificate.key + certificate.cert);
        return { AZURE_CLIENT_CERTIFICATE_PATH: keyFile, AZURE_CLIENT_CERTIFICATE_PASSWORD: 'P4ssphrase-of-key' };
      },
    ],
    [
      'federated token',
      () => {
        writeFileSync(tokenFile, federated);
        return { AZURE_FEDERATED_TOKEN_FILE: tokenFile };
      },
    ],
    ['device code', () => ({ ENTRA_MCP_AUTH: 'device-code' })],
  ];

  it.each(ways)('of errors, their causes and logs: %s', async (_, envOf) => {
    const env = envOf();
    const faults = [
      { aadsts: 7000215, error: 'invalid_client', status: 401 },
      { aadsts: 53003, error: 'interaction_required' },
      { status: 500, body: `oops ${secret}` },
      { status: 429, retryAfter: '100' },
      { status: 200, body: `{"access_token":` },
      { status: 200, body: '{"token_type":"Bearer","expires_in":3599}' },
      { cut: true },
    ];
    const errors: unknown[] = [];
    for (const fault of faults) {
      server.failNext(fault, fault, fault);
      const log = recordingLog();
      const source = sourceFor(server, env, { log });
      const outcome = await source.token().catch((error: unknown) => void errors.push(error));
      if (outcome) tokens.push(outcome.token);
      logs.push(...log.lines);
      server.forgetErrors();
    }
    const secrets = [
      secret,
      federated,
      'P4ssphrase-of-key',
      'PRIVATE KEY',
      'UPSTREAM-TEXT',
      'refresh-of-the-test',
      ...tokens,
    ];
    const sent = server.tokenRequests
      .map(({ body }) => body.get('client_assertion') ?? '')
      .filter((text) => text !== '');
    const said = [...errors.map((error) => inspect(error, { depth: 20, showHidden: true })), ...logs].join('\n');
    expect(errors.length).toBeGreaterThan(4);
    for (const text of [...secrets, ...sent]) expect(said).not.toContain(text);
  });
});
