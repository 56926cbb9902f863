import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { type DemoTenant, startDemoTenant } from '../../src/demo/index.ts';
import { type LoginServer, type LoginServerOptions, startLoginServer } from '../fixtures/login-server.ts';

// From its source: the built one is the same program, but may be older than what is tested.
const entry = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
const home = mkdtempSync(join(tmpdir(), 'entra-mcp-doctor-'));
const clientSecret = 'right-secret-of-the-test';
const open: LoginServer[] = [];
let demo: DemoTenant;

beforeAll(async () => {
  demo = await startDemoTenant({ users: 25, tenantId: '11111111-2222-4333-8444-555555555555' });
});
afterAll(async () => {
  await Promise.all(open.map((server) => server.close()));
  await demo.close();
  rmSync(home, { recursive: true, force: true });
});

async function loginServer(options: LoginServerOptions = {}): Promise<LoginServer> {
  const server = await startLoginServer({ clientSecret, graph: demo.url, ...options });
  open.push(server);
  return server;
}

interface Diagnosis {
  readonly code: number;
  readonly output: string;
  readonly error: string;
  status(check: Finding['check']): string;
  of(check: Finding['check']): Finding[];
}

function diagnosed(env: Record<string, string>, ...argv: string[]): Promise<Diagnosis> {
  const { PATH = '' } = process.env;
  const all = { PATH, HOME: home, XDG_DATA_HOME: join(home, 'data'), ...env };
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [entry, 'doctor', '--json', ...argv],
      { env: all, cwd: '/' },
      (failure, output, error) => {
        const code = failure === null ? 0 : failure.code;
        if (typeof code !== 'number') return reject(failure);
        const { checks }: { checks: Finding[] } = JSON.parse(output);
        const of = (check: Finding['check']) => checks.filter((finding) => finding.check === check);
        const status = (check: Finding['check']) => [...new Set(of(check).map((finding) => finding.status))].join();
        resolve({ code, output, error, status, of });
      },
    );
  });
}

const settingsOf = (server: LoginServer) => ({
  AZURE_TENANT_ID: server.tenantId,
  AZURE_CLIENT_ID: server.clientId,
  AZURE_CLIENT_SECRET: clientSecret,
  AZURE_AUTHORITY_HOST: server.url,
  ENTRA_MCP_GRAPH_URL: server.graphUrl ?? '',
  ENTRA_MCP_TOOLSETS: 'users',
  ENTRA_MCP_READ_ONLY: 'true',
  NODE_EXTRA_CA_CERTS: server.caFile,
});

const roles = ['User.ReadWrite.All', 'Directory.Read.All', 'AuditLog.Read.All', 'UserAuthenticationMethod.Read.All'];

describe('doctor, as a process', () => {
  it('finds nothing wrong where nothing is', async () => {
    const server = await loginServer({ roles });
    const { code, output, error, status, of } = await diagnosed(settingsOf(server));
    expect([code, error]).toEqual([0, '']);
    for (const check of ['login-host', 'graph-host', 'clock', 'sign-in', 'permissions', 'read'] as const) {
      expect([check, status(check)]).toEqual([check, 'ok']);
    }
    expect(of('read')[0]?.detail).toMatchObject({ name: 'Contoso Demo' });
    expect(of('settings')[0]?.detail?.['AZURE_CLIENT_SECRET']).toEqual({ value: '(secret)', from: 'environment' });
    expect(output).not.toContain(clientSecret);
  });

  it('a private authority that is not trusted: both hosts say so and name it, nothing secret is sent', async () => {
    const server = await loginServer();
    const { NODE_EXTRA_CA_CERTS: _, ...settings } = settingsOf(server);
    const { code, status, of } = await diagnosed(settings);
    expect(code).toBe(1);
    for (const check of ['login-host', 'graph-host'] as const) {
      expect(of(check)).toMatchObject([
        {
          status: 'failed',
          fix: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
          detail: { step: 'certificate', issuer: expect.stringMatching(/^Private authority/) },
        },
      ]);
    }
    expect([status('sign-in'), status('permissions'), status('read')]).toEqual(['skipped', 'skipped', 'skipped']);
    expect(server.tokenRequests).toEqual([]);
    expect(server.requests.map(({ method }) => method)).toEqual(['HEAD']);
  });

  it('a wrong secret: what Entra calls it, and what to do', async () => {
    const server = await loginServer();
    const wrong = 'wrong-secret-of-the-test';
    const { code, output, error, status, of } = await diagnosed({ ...settingsOf(server), AZURE_CLIENT_SECRET: wrong });
    expect(code).toBe(1);
    expect(of('sign-in')).toMatchObject([
      { status: 'failed', detail: { code: 'AADSTS7000215' }, fix: expect.stringContaining('AZURE_CLIENT_SECRET') },
    ]);
    expect([status('permissions'), status('read')]).toEqual(['skipped', 'skipped']);
    expect(output + error).not.toMatch(/wrong-secret|UPSTREAM-TEXT/);
  });

  it('missing consent: what is missing, and the link', async () => {
    const server = await loginServer({ roles: [] });
    const { code, status, of } = await diagnosed(settingsOf(server));
    expect([code, status('sign-in'), status('permissions')]).toEqual([1, 'ok', 'failed']);
    const host = new URL(server.url).host;
    const link = `https://${host}/${server.tenantId}/adminconsent?client_id=${server.clientId}`;
    expect(of('permissions')[0]).toMatchObject({ link });
    expect(of('permissions')[0]?.detail?.['missing']).toContain('User.Read.All');
  });

  it('a clock that is wrong', async () => {
    const server = await loginServer({ roles, clockAheadMs: 30 * 60_000 });
    // Graph of the demo tells this machine's own time: it is left out here.
    const { code, of } = await diagnosed({ ...settingsOf(server), ENTRA_MCP_GRAPH_URL: 'https://127.0.0.1:1' });
    expect(code).toBe(1);
    expect(of('clock')).toMatchObject([{ status: 'failed', message: expect.stringMatching(/30 min behind\.$/) }]);
    expect(of('graph-host')).toMatchObject([{ status: 'failed', detail: { code: 'ECONNREFUSED' } }]);
  });

  it('settings that do not load: exit 78 with all of them', async () => {
    const { code, of } = await diagnosed({ AZURE_TENANT_ID: 'x', ENTRA_MCP_CLOUD: 'mars', ENTRA_MCP_TOOLSET: 'all' });
    expect(code).toBe(78);
    expect(of('settings').map(({ detail }) => detail?.['setting'])).toEqual([
      'ENTRA_MCP_TOOLSET',
      'AZURE_TENANT_ID',
      'ENTRA_MCP_CLOUD',
    ]);
  });

  it('--demo needs no credentials; the values of --env-file say where they come from', async () => {
    const file = join(home, 'my.env');
    writeFileSync(file, 'ENTRA_MCP_READ_ONLY=true', { mode: 0o600 });
    const { code, status, of } = await diagnosed({}, '--demo', '--env-file', file);
    expect([code, status('graph-host'), status('read'), status('sign-in')]).toEqual([0, 'ok', 'ok', 'skipped']);
    expect(of('settings')[0]?.detail?.['ENTRA_MCP_READ_ONLY']).toEqual({ value: 'true', from: `env file ${file}` });
  });
});
