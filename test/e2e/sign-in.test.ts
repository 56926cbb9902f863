import { createPrivateKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DemoTenant, startDemoTenant } from '../../src/demo/index.ts';
import { type LoginServer, startLoginServer } from '../fixtures/login-server.ts';
import { clientCertificate } from '../fixtures/private-ca.ts';
import type { CallResult } from '../server/clients.ts';
import { contentsOf, type Machine, machine, type RunningServer } from './server-process.ts';

/** What nothing may show. */
const secret = 'Zx8Q~the-client-secret-value';
const passphrase = 'the passphrase of the key';
/** Of another identity provider. */
const assertion = jwtOf({ iss: 'https://provider.example', sub: 'right' });
const pin = 'four words as a PIN';

let demo: DemoTenant;
let login: LoginServer;
let place: Machine;
let privateKey: string;
/** What clients were told, what servers and commands wrote. */
const said: string[] = [];

beforeAll(async () => {
  const { cert, key } = await clientCertificate();
  privateKey = key;
  place = machine();
  demo = await startDemoTenant({ users: 60 });
  login = await startLoginServer({
    tenantId: demo.tenantId,
    clientSecret: secret,
    certificate: cert,
    federatedToken: assertion,
    roles: ['User.Read.All', 'User.EnableDisableAccount.All', 'GroupMember.Read.All', 'Device.Read.All'],
    graph: demo.url,
  });
  const locked = createPrivateKey(key).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase });
  file('plain.pem', `${key}\n${cert}`);
  file('locked.pem', `${locked}\n${cert}`);
  file('assertion', `${assertion}\n`);
  const { code, stdout, stderr } = await place.run(['approver', 'set-pin'], { input: `${pin}\n` });
  said.push(stdout, stderr);
  expect(code, stderr).toBe(0);
});
afterAll(async () => {
  await place.close();
  await login.close();
  await demo.close();
});

function file(name: string, text: string): string {
  const path = join(place.folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

function settings(env: Record<string, string>): Record<string, string> {
  return {
    AZURE_TENANT_ID: login.tenantId,
    AZURE_CLIENT_ID: login.clientId,
    AZURE_AUTHORITY_HOST: login.url,
    ENTRA_MCP_GRAPH_URL: login.graphUrl ?? '',
    ENTRA_MCP_LOG_LEVEL: 'trace',
    NODE_EXTRA_CA_CERTS: login.caFile,
    ...env,
  };
}

async function started(env: Record<string, string>) {
  const server = await place.serve({ env: settings(env) });
  const call = async (name: string, args: Record<string, unknown> = {}): Promise<CallResult> => {
    const result = await server.client.call(name, args);
    said.push(result.text, JSON.stringify(result.data));
    return result;
  };
  return { server, call };
}

async function stopped(server: RunningServer): Promise<void> {
  await server.close();
  said.push(server.stderr());
}

function jwtOf(claims: object): string {
  const parts = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  return `${parts.join('.')}.c2lnbmF0dXJl`;
}

/** Ways to sign in, and whom each of them disables. */
const ways = [
  ['a client secret', 'client secret', 'ordinary', () => ({ AZURE_CLIENT_SECRET: secret })],
  [
    'a certificate',
    'certificate',
    'newcomer',
    () => ({ AZURE_CLIENT_CERTIFICATE_PATH: join(place.folder, 'plain.pem') }),
  ],
  [
    'a federated token',
    'federated token',
    'hostileName',
    () => ({ AZURE_FEDERATED_TOKEN_FILE: join(place.folder, 'assertion') }),
  ],
] as const;

describe.each(ways)('with %s', (_, method, landmark, env) => {
  test('finds, reads, tells what it may do, plans, and applies what a second process approved', async () => {
    const { server, call } = await started(env());
    const user = demo.landmarks[landmark];
    const [name = ''] = user.userPrincipalName.split('@');
    expect((await call('search_users', { text: name })).data['items']).toContainEqual(
      expect.objectContaining({ id: user.id }),
    );
    expect((await call('get_user', { user: user.userPrincipalName })).data['user']).toMatchObject({
      accountEnabled: true,
    });
    await tellsWhatItMayDo(call, method);

    const planned = await call('disable_user', { user: user.id, reason: 'leaves the company' });
    expect(planned.data, planned.text).toMatchObject({
      status: 'approval_required',
      plan: { tenant: { id: demo.tenantId } },
    });
    for (const host of foreignHosts()) expect(planned.text).toContain(`Outside the known clouds: ${host}`);
    const { id } = Object(planned.data['plan']);
    const { code, stdout, stderr } = await place.run(['approve', id], { input: `${pin}\n` });
    said.push(stdout, stderr);
    expect(code, stderr).toBe(0);
    for (const host of foreignHosts()) expect(stdout).toContain(host);
    expect(isEnabled(user.id)).toBe(true);

    const applied = await call('apply_plan', { planId: id });
    expect(applied.data, applied.text).toMatchObject({ status: 'completed', result: { accountEnabled: false } });
    expect(isEnabled(user.id)).toBe(false);
    expect((await call('get_user', { user: user.id })).data['user']).toMatchObject({ accountEnabled: false });
    await stopped(server);
    expect(server.stderr()).toContain(foreignHosts()[0]);
  });
});

test('with a certificate whose key has a passphrase', async () => {
  const { server, call } = await started({
    AZURE_CLIENT_CERTIFICATE_PATH: join(place.folder, 'locked.pem'),
    AZURE_CLIENT_CERTIFICATE_PASSWORD: passphrase,
  });
  expect((await call('search_users', { pageSize: 1 })).data['items']).toHaveLength(1);
  await tellsWhatItMayDo(call, 'certificate');
  await stopped(server);
});

/** What Entra says, and what the answer has to say of it. */
const refusals = [
  ['a wrong secret', 7000215, /secret is wrong/, /AZURE_CLIENT_SECRET.*value, not to its id/],
  ['an expired secret', 7000222, /secret has expired/, /AZURE_CLIENT_SECRET/],
  ['missing consent', 65001, /no consent/, /administrator/],
  ['an unknown app', 700016, /app is not known/, /AZURE_CLIENT_ID/],
  ['a wrong tenant', 90002, /tenant does not exist/, /AZURE_TENANT_ID/],
  ['Conditional Access', 53003, /Conditional Access blocks it/, /sign-in logs/],
] as const;

describe('a refused sign-in', () => {
  test('says why and what to do each time, and the next call signs in', async () => {
    const { server, call } = await started({ AZURE_CLIENT_SECRET: secret });
    for (const [what, aadsts, message, fix] of refusals) {
      login.failNext({ aadsts });
      const refused = await call('search_users', { pageSize: 1 });
      expect(refused, what).toMatchObject({
        isError: true,
        data: { error: { code: 'AUTH_REQUIRED', detail: { aadsts } } },
      });
      const { error } = Object(refused.data);
      expect(error.message).toMatch(message);
      expect(error.message).toContain(`AADSTS${aadsts}`);
      expect(error.fix).toMatch(fix);
      expect(refused.text).toContain(error.fix);
    }
    const asked = login.tokenRequests.length;
    expect((await call('search_users', { pageSize: 1 })).data['items']).toHaveLength(1);
    // Continuous Access Evaluation: Graph asks for a token with other claims.
    login.challengeNext('{"access_token":{"nbf":{"essential":true,"value":"1"}}}');
    expect((await call('search_users', { pageSize: 1 })).data['items']).toHaveLength(1);
    expect(login.tokenRequests).toHaveLength(asked + 2);
    await stopped(server);
  });

  test('of a process with a wrong secret or of another tenant leaves it standing', async () => {
    const other = '00000000-1111-4222-8333-444444444444';
    const wrong = await Promise.all([
      started({ AZURE_CLIENT_SECRET: 'not-the-secret-of-the-app' }),
      started({ AZURE_CLIENT_SECRET: secret, AZURE_TENANT_ID: other }),
    ]);
    for (const [i, { server, call }] of wrong.entries()) {
      for (const tool of ['get_user', 'disable_user']) {
        const { data } = await call(tool, {
          user: demo.landmarks.manager.id,
          ...(tool === 'get_user' ? {} : { reason: 'a test' }),
        });
        expect(data).toMatchObject({ error: { code: 'AUTH_REQUIRED', detail: { aadsts: [7000215, 90002][i] } } });
      }
      expect(await server.client.tools()).not.toHaveLength(0);
      await stopped(server);
    }
    expect(said.join('\n')).not.toContain('not-the-secret-of-the-app');
  });

  test('works without a restart once the file it reads is right', async () => {
    const token = file('renewed-assertion', jwtOf({ iss: 'https://provider.example', sub: 'wrong' }));
    const { server, call } = await started({ AZURE_FEDERATED_TOKEN_FILE: token });
    expect((await call('check_access')).data).toMatchObject({ error: { code: 'AUTH_REQUIRED' } });
    file('renewed-assertion', assertion);
    expect((await call('check_access')).data).toMatchObject({ signIn: 'federated token' });
    await stopped(server);
  });

  test('names the file of a certificate that cannot be used', async () => {
    const AZURE_CLIENT_CERTIFICATE_PATH = join(place.folder, 'locked.pem');
    const { server, call } = await started({ AZURE_CLIENT_CERTIFICATE_PATH });
    const { error } = Object((await call('check_access')).data);
    expect(error).toMatchObject({
      code: 'AUTH_REQUIRED',
      fix: expect.stringContaining('AZURE_CLIENT_CERTIFICATE_PASSWORD'),
    });
    await stopped(server);
  });

  test('under an authority that Node does not know names NODE_EXTRA_CA_CERTS', async () => {
    const { server, call } = await started({ AZURE_CLIENT_SECRET: secret, NODE_EXTRA_CA_CERTS: '' });
    const asked = login.requests.length;
    const { error } = Object((await call('search_users')).data);
    expect(error).toMatchObject({ code: 'AUTH_REQUIRED', fix: expect.stringContaining('NODE_EXTRA_CA_CERTS') });
    expect(login.requests).toHaveLength(asked);
    await stopped(server);
  });

  test('is not to blame where Graph alone is under such an authority', async () => {
    const other = await startLoginServer({ ownAuthority: true, graph: demo.url });
    const { server, call } = await started({ AZURE_CLIENT_SECRET: secret, ENTRA_MCP_GRAPH_URL: other.graphUrl ?? '' });
    const { error } = Object((await call('search_users')).data);
    expect(error).toMatchObject({ code: 'UPSTREAM', fix: expect.stringContaining('NODE_EXTRA_CA_CERTS') });
    await stopped(server);
    await other.close();
  });
});

// Last, when all that can be said is said.
test('no secret, passphrase, key, assertion, token or PIN is told, logged or stored', () => {
  const assertions = login.tokenRequests.flatMap(({ body }) => body.get('client_assertion') ?? []);
  expect(new Set(login.tokenRequests.map(({ body }) => body.get('grant_type')))).toEqual(
    new Set(['client_credentials']),
  );
  expect(assertions.length).toBeGreaterThan(2);
  const keyLines = privateKey.split('\n').filter((line) => line.length > 40);
  const told = said.join('\n');
  const stored = contentsOf(place.stateDir);
  expect(stored.includes(login.clientId)).toBe(true);
  for (const hidden of [secret, passphrase, pin, assertion, ...assertions, ...keyLines]) {
    expect(told.includes(hidden), hidden).toBe(false);
    expect(stored.includes(hidden), hidden).toBe(false);
  }
  // Whatever token it may be.
  const token = /eyJ[\w-]{10,}\.eyJ|Bearer [\w-]{8}|PRIVATE KEY/;
  expect(token.exec(told)?.[0]).toBeUndefined();
  expect(token.exec(stored)?.[0]).toBeUndefined();
  // The login server repeats in its errors what it was sent.
  expect(told.includes('UPSTREAM-TEXT')).toBe(false);
});

async function tellsWhatItMayDo(call: (name: string) => Promise<CallResult>, method: string): Promise<void> {
  const { data } = await call('check_access');
  expect(data).toMatchObject({
    signIn: method,
    tenant: { id: demo.tenantId },
    graphHost: foreignHosts()[1],
    identity: { kind: 'app', appId: login.clientId },
    permissions: ['Device.Read.All', 'GroupMember.Read.All', 'User.EnableDisableAccount.All', 'User.Read.All'],
    approval: { ready: true, pin: true },
  });
  const lacking = new Map(Object(data['lacking']).map((each: { tool: string }) => [each.tool, each]));
  expect(lacking.get('create_user')).toEqual({
    tool: 'create_user',
    permissions: expect.arrayContaining(['User.Create']),
  });
  expect(lacking.has('disable_user')).toBe(false);
  expect(lacking.has('list_group_members')).toBe(false);
}

function foreignHosts(): string[] {
  return [login.url, login.graphUrl ?? ''].map((url) => new URL(url).host);
}

function isEnabled(id: string): unknown {
  return demo.snapshot().users[id]?.['accountEnabled'];
}
