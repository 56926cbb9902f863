import { verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeviceCodePrompt } from '../../src/auth/index.ts';
import {
  completeInBrowser,
  type LoginServer,
  type LoginServerOptions,
  startLoginServer,
} from '../fixtures/login-server.ts';
import { clientCertificate } from '../fixtures/private-ca.ts';
import { endlessClock, errorOf, impatientClock, recordingLog, sourceFor, trust } from './setting.ts';

let folder: string;
let server: LoginServer;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sign-in-'));
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

async function start(options: LoginServerOptions): Promise<void> {
  server = await startLoginServer(options);
  trust(server.ca);
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

function sent(): string[] {
  return server.tokenRequests.map(({ body }) => String(body.get('grant_type')));
}

const challenge = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}';

describe('client secret', () => {
  it('gives a token that the login service signed, with what it says', async () => {
    await start({ clientSecret: 's3cret', roles: ['User.Read.All', 'Group.Read.All'] });
    const source = sourceFor(server, { AZURE_CLIENT_SECRET: 's3cret' });
    expect(source.method).toBe('client secret');
    const token = await source.token();
    const [head, body, signature] = token?.token.split('.') ?? [];
    expect(
      verify('sha256', Buffer.from(`${head}.${body}`), server.publicKey, Buffer.from(signature ?? '', 'base64url')),
    ).toBe(true);
    expect(token?.claims).toMatchObject({
      kind: 'app',
      tid: server.tenantId,
      appId: server.clientId,
      roles: ['User.Read.All', 'Group.Read.All'],
    });
    expect(token?.expiresAt).toBeGreaterThan(Date.now() + 3_500_000);
    const [request] = server.tokenRequests;
    expect(request?.path).toBe(`/${server.tenantId}/oauth2/v2.0/token`);
    expect(request?.body.get('scope')).toBe('https://graph.microsoft.com/.default');
    expect(request?.body.get('claims')).toContain('"CP1"');
  });

  it('asks again with the claims of a challenge, and not otherwise', async () => {
    await start({ clientSecret: 's3cret' });
    const source = sourceFor(server, { AZURE_CLIENT_SECRET: 's3cret' });
    const [first] = await Promise.all([source.token(), source.token(), source.token()]);
    expect(await source.token()).toEqual(first);
    const second = await source.token({ claims: challenge });
    expect(second?.token).not.toBe(first?.token);
    expect(server.tokenRequests).toHaveLength(2);
    expect(JSON.parse(server.tokenRequests[1]?.body.get('claims') ?? '')).toMatchObject({
      access_token: { nbf: { value: '1604106651' }, xms_cc: { values: ['CP1'] } },
    });
  });

  it('takes a token that is no JWT', async () => {
    await start({ clientSecret: 's3cret', opaque: true });
    const token = await sourceFor(server, { AZURE_CLIENT_SECRET: 's3cret' }).token();
    expect(token?.claims).toEqual({ kind: 'app', roles: [], scopes: [], directoryRoles: [] });
  });

  it('asks for Graph of the cloud', async () => {
    await start({ clientSecret: 's3cret', graphResource: 'https://graph.microsoft.us' });
    const env = {
      AZURE_CLIENT_SECRET: 's3cret',
      ENTRA_MCP_CLOUD: 'usgov',
      ENTRA_MCP_GRAPH_URL: 'https://proxy.example',
    };
    expect(await sourceFor(server, env).token()).toBeDefined();
  });

  it('leaves the others their token when one of them gives up', async () => {
    await start({ clientSecret: 's3cret' });
    const open = server.hold();
    const source = sourceFor(server, { AZURE_CLIENT_SECRET: 's3cret' });
    const impatient = new AbortController();
    const [gone, waiting] = [source.token({ signal: impatient.signal }), source.token()];
    impatient.abort();
    await expect(gone).rejects.toThrow();
    open();
    expect(await waiting).toBeDefined();
    expect(server.tokenRequests).toHaveLength(1);
  });
});

describe('certificate', () => {
  it.each([undefined, 'correct horse'])('signs an assertion that verifies (passphrase: %s)', async (passphrase) => {
    const { key, cert } = await clientCertificate(passphrase === undefined ? {} : { passphrase });
    await start({ certificate: cert });
    const source = sourceFor(server, {
      AZURE_CLIENT_CERTIFICATE_PATH: file('app.pem', key + cert),
      ...(passphrase === undefined ? {} : { AZURE_CLIENT_CERTIFICATE_PASSWORD: passphrase }),
    });
    expect(source.method).toBe('certificate');
    expect((await source.token())?.claims.appId).toBe(server.clientId);
    expect((await source.token({ claims: challenge }))?.claims.appId).toBe(server.clientId);
    expect(server.tokenRequests).toHaveLength(2);
  });

  it('that was renewed on disk is taken without a restart', async () => {
    const [old, renewed] = await Promise.all([clientCertificate(), clientCertificate()]);
    await start({ certificate: renewed.cert });
    const source = sourceFor(server, { AZURE_CLIENT_CERTIFICATE_PATH: file('app.pem', old.key + old.cert) });
    expect((await errorOf(source.token())).detail).toEqual({ aadsts: 700027 });
    file('app.pem', renewed.key + renewed.cert);
    expect(await source.token()).toBeDefined();
  });
});

describe('federated token', () => {
  it('is read anew at every acquisition', async () => {
    await start({ federatedToken: 'assertion-2' });
    const source = sourceFor(server, { AZURE_FEDERATED_TOKEN_FILE: file('token', 'assertion-1') });
    expect(source.method).toBe('federated token');
    const error = await errorOf(source.token());
    expect(error.message).toContain('(AADSTS700213)');
    expect(error.fix).toContain('AZURE_FEDERATED_TOKEN_FILE');
    file('token', 'assertion-2\n');
    expect(await source.token()).toBeDefined();
    expect(server.tokenRequests.map(({ body }) => body.get('client_assertion'))).toEqual([
      'assertion-1',
      'assertion-2',
    ]);
  });

  it.each([
    ['is empty', ' \n'],
    ['cannot be read', undefined],
  ])('whose file %s is a clear error', async (what, text) => {
    await start({});
    const path = text === undefined ? join(folder, 'none') : file('token', text);
    const error = await errorOf(sourceFor(server, { AZURE_FEDERATED_TOKEN_FILE: path }).token());
    expect(error.message).toBe(`The file of AZURE_FEDERATED_TOKEN_FILE ${what}.`);
    expect(server.tokenRequests).toHaveLength(0);
  });
});

describe('device code', () => {
  it('is shown, waited for, and asked for once', async () => {
    await start({ devicePending: 2 });
    const shown: DeviceCodePrompt[] = [];
    const source = sourceFor(server, { ENTRA_MCP_AUTH: 'device-code' }, { prompt: (message) => shown.push(message) });
    expect((await source.token())?.claims).toMatchObject({ kind: 'user', userPrincipalName: 'ada@contoso.com' });
    expect(shown).toEqual([
      {
        userCode: 'ABCD1234',
        verificationUri: `${server.url}/${server.tenantId}/devicelogin`,
        expiresAt: expect.any(Number),
      },
    ]);
    expect(sent()).toEqual(['device_code', 'device_code', 'device_code']);
    await source.token({ claims: challenge });
    expect(sent().at(-1)).toBe('refresh_token');
    expect(shown).toHaveLength(1);
  });

  it('is asked for again where the sign-in no longer holds', async () => {
    await start({});
    const shown: DeviceCodePrompt[] = [];
    const source = sourceFor(server, { ENTRA_MCP_AUTH: 'device-code' }, { prompt: (message) => shown.push(message) });
    await source.token();
    server.failNext({ aadsts: 50173 });
    expect(await source.token({ claims: challenge })).toBeDefined();
    expect(shown).toHaveLength(2);
  });

  it('is not asked for because the login service is down', async () => {
    await start({});
    const shown: DeviceCodePrompt[] = [];
    const source = sourceFor(server, { ENTRA_MCP_AUTH: 'device-code' }, { prompt: (message) => shown.push(message) });
    await source.token();
    server.failNext({ status: 503 }, { status: 503 }, { status: 503 });
    expect((await errorOf(source.token({ claims: challenge }))).message).toContain('status 503');
    expect(shown).toHaveLength(1);
  });

  it('goes to the log where nothing else shows it', async () => {
    await start({});
    const log = recordingLog();
    await sourceFor(server, { ENTRA_MCP_AUTH: 'device-code' }, { log }).token();
    expect(log.lines.join()).toContain('ABCD1234');
  });

  it.each([
    [70019, /the device code has expired \(AADSTS70019\)/],
    [7000218, /not a public client/],
    [50057, /the user account is disabled/],
  ])('that ends in AADSTS%d says why', async (aadsts, message) => {
    await start({ devicePending: 1, errors: [{ aadsts: 70016, error: 'authorization_pending' }, { aadsts }] });
    expect((await errorOf(sourceFor(server, { ENTRA_MCP_AUTH: 'device-code' }).token())).message).toMatch(message);
  });
});

describe('browser', () => {
  it('signs a person in, by a page on loopback', async () => {
    await start({});
    const source = sourceFor(
      server,
      { ENTRA_MCP_AUTH: 'browser' },
      { openBrowser: completeInBrowser, clock: endlessClock() },
    );
    expect((await source.token())?.claims).toMatchObject({ kind: 'user', scopes: ['User.Read'] });
    await source.token({ claims: challenge });
    expect(sent()).toEqual(['authorization_code', 'refresh_token']);
  });

  it('shows the page to open where no browser can be', async () => {
    await start({});
    const log = recordingLog();
    const openBrowser = async (url: string) => {
      await completeInBrowser(url);
      throw new Error('spawn xdg-open ENOENT');
    };
    expect(
      await sourceFor(server, { ENTRA_MCP_AUTH: 'browser' }, { openBrowser, log, clock: endlessClock() }).token(),
    ).toBeDefined();
    expect(log.lines.join()).toContain('/oauth2/v2.0/authorize');
  });

  it('gives up where nobody signs in', async () => {
    await start({});
    const source = sourceFor(
      server,
      { ENTRA_MCP_AUTH: 'browser' },
      { openBrowser: async () => {}, clock: impatientClock() },
    );
    expect((await errorOf(source.token())).message).toBe('Nobody completed the sign-in in the browser.');
  });
});

it('none sends no token', async () => {
  await start({});
  const source = sourceFor(server, { ENTRA_MCP_AUTH: 'none', ENTRA_MCP_GRAPH_URL: 'http://127.0.0.1:1' });
  expect(await source.token()).toBeUndefined();
  expect(source.method).toBe('none');
  expect(server.requests).toHaveLength(0);
});
