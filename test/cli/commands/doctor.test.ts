import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { recordAudit } from '../../../src/approval/audit.ts';
import { AuditFile, withState } from '../../../src/approval/index.ts';
import type { Checkup } from '../../../src/cli/doctor/checkup.ts';
import { checks, type Finding } from '../../../src/cli/doctor/finding.ts';
import type { Reach, Step } from '../../../src/cli/doctor/reach.ts';
import { ToolError } from '../../../src/contract/index.ts';
import { servedTool } from '../../../src/server/served.ts';
import { tenantFolder } from '../../../src/store/index.ts';
import disableUser from '../../../tools/users/disable-user.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { PolicyFolder } from '../../fixtures/policies.ts';
import { clientId, examine, found, organization, tenantId, tokenWith } from '../doctor/checkup.ts';
import { stateFolder } from '../state.ts';
import { noon, stoppedClock } from '../terminal.ts';

let folder: ReturnType<typeof stateFolder>;
let stateDir: string;
const cleanup: (() => void)[] = [];

beforeEach(() => {
  folder = stateFolder();
  stateDir = join(folder.dir, 'state');
  cleanup.push(folder.remove);
});
afterAll(() => {
  for (const remove of cleanup) remove();
});

const reached: Reach = { exempt: false, addresses: ['192.0.2.1'], dateMs: noon };
/** The login host fails as said; the Graph host answers. */
const loginFails =
  (step: Step, code: string, more: Partial<Reach> = {}): Checkup['reach'] =>
  async (url) =>
    url.includes('login') ? { exempt: false, ...more, failed: { step, code } } : reached;

describe('where everything is right', () => {
  it('says so of every check, and exits 0', async () => {
    const { code, output } = await examine({ stateDir }, ['--json']);
    const { status, checks: told }: { status: string; checks: Finding[] } = JSON.parse(output);
    expect([code, status]).toEqual([0, 'ok']);
    expect([...new Set(told.map(({ check }) => check))]).toEqual(checks);
    // Nobody has set a PIN here.
    expect(told.filter((finding) => finding.status !== 'ok').map(({ check }) => check)).toEqual(['approver']);
    expect(told.every(({ message, fix }) => message !== '' && fix !== '')).toBe(true);
  });

  it('draws the same for a person, with the fix under the line that needs one', async () => {
    const settings = [
      { name: 'AZURE_CLIENT_SECRET', origin: 'env file /etc/entra.env', value: undefined },
      { name: 'ENTRA_MCP_READ_ONLY', origin: 'environment', value: 'true' },
    ];
    const { code, output } = await examine({ stateDir, settings, graph: organization() });
    expect(code).toBe(0);
    expect(output).toMatch(/^ok +settings +2 settings are set/m);
    expect(output).toMatch(/^ +AZURE_CLIENT_SECRET +\(secret\) +env file \/etc\/entra\.env$/m);
    expect(output).toMatch(/^ +ENTRA_MCP_READ_ONLY +true +environment$/m);
    expect(output).toMatch(/^ok +read +Graph answers a read\.\n +tenant +6f0c.*\n +name +Contoso$/m);
    expect(output).toMatch(/^warning +approver .*\n(?: .*\n)*? +Fix: .*set-pin/m);
    expect(output).toMatch(/\nNothing failed, 1 warning\.\n$/);
  });

  it('changes nothing: no folder is made', async () => {
    await examine({ stateDir });
    expect(existsSync(stateDir)).toBe(false);
    expect(readdirSync(folder.dir)).toEqual([]);
  });

  it('what the tenant calls itself cannot steer the terminal', async () => {
    const graph = new FakeGraph().collection('/organization', [{ id: tenantId, displayName: '\u001B[2J\u202Eevil' }]);
    const { output } = await examine({ stateDir, graph });
    for (const char of ['\u001B', '\u202E']) expect(output).not.toContain(char);
    expect(output).toContain('⟨U+202E⟩evil');
  });
});

describe('settings that do not load', () => {
  it('all problems at once, everything else skipped, exit 78', async () => {
    const env = { AZURE_TENANT_ID: 'x', ENTRA_MCP_READ_ONLY: 'maybe', AZURE_CLIENT_ID: 'pasted-secret' };
    const settings = [{ name: 'AZURE_CLIENT_ID', origin: 'env file /x/.env', value: 'pasted-secret' }];
    const { code, output } = await examine({ stateDir, env, settings }, ['--json']);
    expect(code).toBe(78);
    expect(output).not.toContain('pasted-secret');
    const { checks: told }: { checks: Finding[] } = JSON.parse(output);
    const failed = told.filter(({ status }) => status === 'failed');
    expect(failed.map(({ detail }) => detail?.['setting'])).toEqual([
      'AZURE_TENANT_ID',
      'AZURE_CLIENT_ID',
      'ENTRA_MCP_READ_ONLY',
    ]);
    expect(failed[1]?.detail).toEqual({ setting: 'AZURE_CLIENT_ID', from: 'env file /x/.env' });
    expect(failed.every(({ fix }) => fix?.startsWith('Set it to'))).toBe(true);
    const skipped = told.filter(({ status }) => status === 'skipped').map(({ check }) => check);
    expect(skipped).toEqual(checks.slice(1));
  });
});

describe('settings that are unwise', () => {
  it('hosts outside the known clouds are named', async () => {
    const { code, of } = await found('settings', {
      stateDir,
      env: { AZURE_AUTHORITY_HOST: 'https://login.evil.example' },
    });
    expect(code).toBe(0);
    expect(of.slice(1)).toMatchObject([{ status: 'warning', message: expect.stringContaining('login.evil.example') }]);
  });

  it.skipIf(process.platform === 'win32')('an env file that others can read', async () => {
    const path = join(folder.dir, 'shared.env');
    const settings = [{ name: 'AZURE_CLIENT_SECRET', origin: `env file ${path}`, value: undefined }];
    writeFileSync(path, '', { mode: 0o600 });
    expect((await found('settings', { stateDir, settings })).of).toHaveLength(1);
    chmodSync(path, 0o640);
    expect((await found('settings', { stateDir, settings })).of[1]).toMatchObject({
      status: 'warning',
      fix: `Run: chmod go= "${path}"`,
    });
  });

  it('certificates that are not checked, and an authority file that is not there', async () => {
    const off = await found('settings', { stateDir, env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } });
    expect([off.code, off.of[1]?.status]).toEqual([1, 'failed']);
    const gone = await found('settings', { stateDir, env: { NODE_EXTRA_CA_CERTS: join(folder.dir, 'none.pem') } });
    expect([gone.code, gone.of[1]?.status]).toEqual([0, 'warning']);
  });

  it('a proxy is shown without its password', async () => {
    const { of } = await found('settings', { stateDir, env: { HTTPS_PROXY: 'http://ann:hunter2@proxy.example:3128' } });
    expect(of[0]?.detail?.['HTTPS_PROXY']).toEqual({ value: 'http://proxy.example:3128', from: 'environment' });
  });
});

describe('hosts that are not reached', () => {
  const noCa = { NODE_EXTRA_CA_CERTS: '' };
  it.each<[string, Checkup['reach'], Record<string, string>, RegExp, RegExp]>([
    ['no DNS', loginFails('name', 'ENOTFOUND'), noCa, /DNS.*login/, /HTTPS_PROXY/],
    [
      'firewall',
      loginFails('connection', 'TIMEOUT'),
      noCa,
      /No connection to login\S+ \(TIMEOUT\)/,
      /firewall.*set HTTPS_PROXY/,
    ],
    ['exempt', loginFails('connection', 'TIMEOUT', { exempt: true }), noCa, /No connection/, /out of NO_PROXY/],
    [
      'no proxy there',
      loginFails('connection', 'ECONNREFUSED', { via: 'p:1' }),
      noCa,
      /the proxy p:1/,
      /Correct HTTPS_PROXY/,
    ],
    ['proxy address', loginFails('proxy-address', 'NOT_A_PROXY'), noCa, /HTTPS_PROXY does not hold/, /http:\/\/proxy/],
    [
      'proxy refuses',
      loginFails('tunnel', 'STATUS_403', { via: 'p:1' }),
      noCa,
      /p:1 .*status 403/,
      /allow CONNECT.*NO_PROXY/,
    ],
    ['proxy password', loginFails('tunnel', 'STATUS_407', { via: 'p:1' }), noCa, /password/, /user:password@/],
    [
      'private CA',
      loginFails('certificate', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
      noCa,
      /does not trust/,
      /set NODE_EXTRA_CA_CERTS/,
    ],
    [
      'another CA',
      loginFails('certificate', 'SELF_SIGNED_CERT_IN_CHAIN'),
      { NODE_EXTRA_CA_CERTS: '/' },
      /trust/,
      /add it there/,
    ],
    ['expired', loginFails('certificate', 'CERT_HAS_EXPIRED'), noCa, /not valid at the time/, /clock/],
    [
      'other name',
      loginFails('certificate', 'ERR_TLS_CERT_ALTNAME_INVALID'),
      noCa,
      /another host/,
      /AZURE_AUTHORITY_HOST/,
    ],
    ['cut off', loginFails('certificate', 'ECONNRESET'), noCa, /No TLS/, /TLS 1\.2/],
    ['silence', loginFails('answer', 'TIMEOUT'), noCa, /does not answer/, /Try again/],
  ])('%s: says why and what to do, and skips what needs it', async (_, reach, env, message, fix) => {
    const changes = { stateDir, reach, env };
    const { code, of } = await found('login-host', changes);
    expect(code).toBe(1);
    expect(of).toMatchObject([
      { status: 'failed', message: expect.stringMatching(message), fix: expect.stringMatching(fix) },
    ]);
    for (const check of ['sign-in', 'permissions', 'read'] as const) {
      expect((await found(check, changes)).of).toMatchObject([
        { status: 'skipped', message: expect.stringContaining('login host') },
      ]);
    }
    expect((await found('graph-host', changes)).of).toMatchObject([{ status: 'ok' }]);
  });

  it('Graph alone: the sign-in is tried, the read is not', async () => {
    const reach: Checkup['reach'] = async (url) =>
      url.includes('graph') ? { exempt: false, failed: { step: 'connection', code: 'ECONNREFUSED' } } : reached;
    expect((await found('sign-in', { stateDir, reach })).of).toMatchObject([{ status: 'ok' }]);
    expect((await found('read', { stateDir, reach })).of).toMatchObject([{ status: 'skipped' }]);
  });

  it('a host that takes longer than ten seconds is given up', async () => {
    const reach: Checkup['reach'] = (_, signal) =>
      new Promise((resolve) => {
        const end = () => resolve({ exempt: false, failed: { step: 'answer', code: 'TIMEOUT' } });
        signal.addEventListener('abort', end);
      });
    const { code, of } = await found('graph-host', { stateDir, reach, late: true });
    expect([code, of[0]?.detail?.['code']]).toEqual([1, 'TIMEOUT']);
  });

  it('a SOCKS proxy stops nothing', async () => {
    const changes = { stateDir, reach: loginFails('proxy-address', 'SOCKS', { via: 'p:1' }) };
    expect((await found('login-host', changes)).of).toMatchObject([{ status: 'warning' }]);
    expect((await found('sign-in', changes)).of).toMatchObject([{ status: 'ok' }]);
  });
});

describe('the clock', () => {
  it.each([
    [30_000, 'ok', 0],
    [-30_000, 'ok', 0],
    [90_000, 'warning', 0],
    [-299_000, 'warning', 0],
    [301_000, 'failed', 1],
    [-7_200_000, 'failed', 1],
  ])('%i ms ahead is %s', async (aheadMs, status, code) => {
    const reach: Checkup['reach'] = async () => ({ ...reached, dateMs: noon - aheadMs });
    const clock = await found('clock', { stateDir, reach });
    expect(clock).toMatchObject({ code, of: [{ status, detail: { aheadSeconds: aheadMs / 1000 } }] });
    if (status !== 'ok') expect(clock.of[0]?.message).toContain(aheadMs > 0 ? 'ahead' : 'behind');
    if (status !== 'ok') expect(clock.of[0]?.fix).toContain('timedatectl');
  });

  it('is skipped where no host tells its time', async () => {
    const reach: Checkup['reach'] = async () => ({ exempt: false });
    expect((await found('clock', { stateDir, reach })).of).toMatchObject([{ status: 'skipped' }]);
  });
});

describe('the sign-in', () => {
  it('tells the code and the fix where Entra refuses, and skips what needs it', async () => {
    const refused = new ToolError('AUTH_REQUIRED', {
      message: 'Entra refused the sign-in: the client secret is wrong (AADSTS7000215).',
      fix: 'Make a new one.',
      requestId: 'c0ffee00-0000-4000-8000-000000000000',
      detail: { aadsts: 7000215 },
    });
    const changes = { stateDir, token: () => Promise.reject(refused) };
    const detail = { method: 'client secret', code: 'AADSTS7000215', traceId: refused.requestId };
    expect(await found('sign-in', changes)).toEqual({
      code: 1,
      of: [{ check: 'sign-in', status: 'failed', message: refused.message, fix: refused.fix, detail }],
    });
    for (const check of ['permissions', 'read'] as const) {
      expect((await found(check, changes)).of).toMatchObject([{ status: 'skipped' }]);
    }
    expect((await found('state-folder', changes)).of).toMatchObject([{ status: 'ok' }]);
  });

  it('is given up after ten seconds', async () => {
    const token = ({ signal }: { signal?: AbortSignal } = {}) =>
      new Promise<never>((_, reject) => {
        if (signal?.aborted) reject(signal.reason);
        signal?.addEventListener('abort', () => reject(signal.reason));
      });
    const { code, of } = await found('sign-in', { stateDir, token, late: true });
    expect([code, of[0]?.status, of[0]?.message]).toEqual([1, 'failed', 'The sign-in gave no token within 10 s.']);
  });

  it('of another tenant fails', async () => {
    const token = () => tokenWith({ tid: '00000000-0000-4000-8000-000000000000' });
    expect(await found('sign-in', { stateDir, token })).toMatchObject({
      code: 1,
      of: [{ status: 'failed', fix: expect.stringContaining('AZURE_TENANT_ID') }],
    });
  });

  it('is skipped where no token is sent', async () => {
    const env = { ENTRA_MCP_AUTH: 'none', ENTRA_MCP_GRAPH_URL: 'http://127.0.0.1:8090' };
    const { code, of } = await found('sign-in', { stateDir, env });
    expect([code, of[0]?.status]).toEqual([0, 'skipped']);
    expect((await found('login-host', { stateDir, env })).of).toMatchObject([{ status: 'skipped' }]);
    expect((await found('read', { stateDir, env })).of).toMatchObject([{ status: 'ok' }]);
  });
});

describe('permissions', () => {
  const tools: Checkup['tools'] = [
    { name: 'get_user', toolset: 'users', permissions: ['User.Read.All'] },
    { name: 'disable_user', toolset: 'users', permissions: ['User.EnableDisableAccount.All', 'User.Read.All'] },
    { name: 'get_group', toolset: 'groups', permissions: ['GroupMember.Read.All'] },
    { name: 'add_group_members', toolset: 'groups', permissions: ['GroupMember.ReadWrite.All'] },
  ];
  const link = `https://login.microsoftonline.com/${tenantId}/adminconsent?client_id=${clientId}`;

  it('names the least that are missing for each toolset, and where to consent', async () => {
    const token = () => tokenWith({ roles: ['User.Read.All'] });
    const { code, of } = await found('permissions', { stateDir, token, tools });
    expect(code).toBe(1);
    expect(of).toMatchObject([
      {
        status: 'warning',
        message: 'users: 1 of 2 tools lack a permission for all or part of what they do.',
        link,
        detail: { missing: ['User.EnableDisableAccount.All'], tools: ['disable_user'] },
      },
      // GroupMember.ReadWrite.All implies GroupMember.Read.All: one consent is enough.
      { status: 'failed', link, detail: { missing: ['GroupMember.ReadWrite.All'] } },
    ]);
  });

  it('a wider permission will do', async () => {
    const token = () => tokenWith({ roles: ['User.ReadWrite.All', 'Group.ReadWrite.All'] });
    const { code, of } = await found('permissions', { stateDir, token, tools });
    expect([code, of.map(({ status }) => status)]).toEqual([0, ['ok', 'ok']]);
  });

  it('of a person are the delegated ones', async () => {
    const scopes = ['User.ReadWrite.All', 'Group.ReadWrite.All'];
    const token = () => tokenWith({ kind: 'user', roles: [], scopes });
    expect((await found('permissions', { stateDir, token, tools })).code).toBe(0);
    const none = await found('permissions', {
      stateDir,
      token: () => tokenWith({ kind: 'user', roles: scopes }),
      tools,
    });
    expect(none.of[0]).toMatchObject({ status: 'failed', fix: expect.stringContaining('delegated') });
  });

  it('a managed identity has no consent page', async () => {
    const env = { ENTRA_MCP_AUTH: 'managed-identity' };
    const { of } = await found('permissions', { stateDir, env, token: () => tokenWith({ roles: [] }), tools });
    expect(of[0]?.fix).toContain('New-MgServicePrincipalAppRoleAssignment');
    expect(of[0]?.link).toBeUndefined();
  });

  it('a token that says nothing is not held against the app', async () => {
    const token = async () => ({
      ...(await tokenWith()),
      claims: { kind: 'app', roles: [], scopes: [], directoryRoles: [] } as const,
    });
    const { code, of } = await found('permissions', { stateDir, token, tools });
    expect([code, of.map(({ status }) => status)]).toEqual([0, ['skipped']]);
  });
});

describe('the read', () => {
  it("fails with the transport's own words", async () => {
    const error = new ToolError('UPSTREAM', { message: 'Graph is down.', fix: 'Wait.', requestId: 'r-1' });
    const graph = new FakeGraph().fail('/organization', error);
    expect(await found('read', { stateDir, graph })).toEqual({
      code: 1,
      of: [
        {
          check: 'read',
          status: 'failed',
          message: 'Graph is down.',
          fix: 'Wait.',
          detail: { code: 'UPSTREAM', requestId: 'r-1' },
        },
      ],
    });
  });

  it('a 403 only costs the name of the tenant', async () => {
    const error = new ToolError('NOT_PERMITTED', { message: 'No.', fix: 'Grant it.' });
    const { code, of } = await found('read', { stateDir, graph: new FakeGraph().fail('/organization', error) });
    expect([code, of[0]?.status]).toEqual([0, 'warning']);
  });
});

describe('the state folder', () => {
  it('is fine where it is private', async () => {
    mkdirSync(stateDir, { mode: 0o700 });
    expect((await found('state-folder', { stateDir })).of).toMatchObject([{ status: 'ok' }]);
    expect(readdirSync(stateDir)).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('fails where others can read it, or a part of it', async () => {
    const tenant = join(stateDir, 'tenants', tenantId);
    mkdirSync(tenant, { recursive: true, mode: 0o700 });
    for (const path of [stateDir, join(stateDir, 'tenants'), tenant]) chmodSync(path, 0o700);
    for (const path of [stateDir, tenant]) {
      chmodSync(path, 0o750);
      const { code, of } = await found('state-folder', { stateDir });
      expect([code, of[0]?.status, of[0]?.fix]).toEqual([1, 'failed', expect.stringContaining(`chmod go= "${path}"`)]);
      chmodSync(path, 0o700);
    }
    expect((await found('state-folder', { stateDir })).code).toBe(0);
  });

  it('fails where it cannot be made', async () => {
    const file = join(folder.dir, 'file');
    writeFileSync(file, '');
    for (const impossible of [file, join(file, 'state'), '/proc/none/state']) {
      const { code, of } = await found('state-folder', { stateDir: impossible });
      expect([impossible, code, of[0]?.status]).toEqual([impossible, 1, 'failed']);
      expect(of[0]?.fix).toContain('ENTRA_MCP_STATE_DIR');
    }
  });
});

describe('the approver', () => {
  it('with keys that cannot be read is told so where approvers sign in, too', async () => {
    mkdirSync(stateDir, { mode: 0o700 });
    writeFileSync(join(stateDir, 'approver.json'), '{', { mode: 0o600 });
    const env = { ENTRA_MCP_APPROVER_SIGN_IN: '77777777-6666-4555-8444-333333333333' };
    expect(await found('approver', { stateDir, env })).toMatchObject({
      code: 1,
      of: [{ status: 'failed', fix: expect.stringContaining('--reset') }],
    });
  });

  it('without a PIN, passwords are sealed to the key of the settings', async () => {
    const env = { ENTRA_MCP_HANDOFF_KEY: 'A'.repeat(43) };
    const { of } = await found('approver', { stateDir, env });
    expect(of).toMatchObject([{ status: 'warning', message: expect.not.stringContaining('password') }]);
  });

  it('a damaged key file fails', async () => {
    mkdirSync(stateDir, { mode: 0o700 });
    writeFileSync(join(stateDir, 'approver.json'), '{', { mode: 0o600 });
    expect(await found('approver', { stateDir })).toMatchObject({
      code: 1,
      of: [{ status: 'failed', fix: expect.stringContaining('--reset') }],
    });
  });

  it('is not needed where nothing can be changed', async () => {
    const { of } = await found('approver', { stateDir, env: { ENTRA_MCP_READ_ONLY: 'true' } });
    expect(of).toMatchObject([{ status: 'ok' }]);
  });
});

it('the quota: says how it is set, and warns where Graph already asks for a pause', async () => {
  const env = { ENTRA_MCP_GRAPH_QUOTA: 'strict' };
  expect((await found('quota', { stateDir, env })).of[0]?.message).toContain('10,000 requests');
  const usage = { attempts: 2, throttled: 1 };
  expect((await found('quota', { stateDir, usage })).of).toMatchObject([
    { status: 'warning', detail: { throttled: 1 }, fix: expect.stringContaining('app registration of its own') },
  ]);
});

it('the demo asks for no sign-in', async () => {
  const env = { ENTRA_MCP_AUTH: 'none', ENTRA_MCP_GRAPH_URL: 'http://127.0.0.1:8090' };
  const { code, output } = await examine({ stateDir, env, demo: true });
  expect(code).toBe(0);
  expect(output).toMatch(/^skipped +sign-in +The demo tenant/m);
  expect(output).toMatch(/^ok +approver +.*`demo`/m);
});

describe('the audit file', () => {
  const row = { tenantId, kind: 'query', body: {} } as const;

  /** A state folder in which this tenant has a trail of two rows, and the file that a server has written of it. */
  async function written(): Promise<{ stateDir: string; file: string; env: Record<string, string> }> {
    const folder = stateFolder();
    cleanup.push(folder.remove);
    const file = join(folder.dir, 'trail.ndjson');
    await withState(tenantFolder(folder.dir, tenantId, false), async ({ store }) => {
      for (let i = 0; i < 2; i += 1) await recordAudit(store, stoppedClock, row);
      const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
      const writing = new AuditFile({ store, tenantId, path: file, clock: stoppedClock, log });
      await writing.close();
    });
    return { stateDir: folder.dir, file, env: { ENTRA_MCP_AUDIT_FILE: file } };
  }

  it('is well where it is whole, or not there yet', async () => {
    const { stateDir, env } = await written();
    const whole = expect.objectContaining({ status: 'ok', message: expect.stringContaining('whole audit trail') });
    expect((await found('audit-file', { stateDir, env })).of).toEqual([whole]);
    const later = { ENTRA_MCP_AUDIT_FILE: join(stateDir, 'new.ndjson') };
    expect((await found('audit-file', { stateDir, env: later })).of).toMatchObject([{ status: 'ok' }]);
    expect(existsSync(later.ENTRA_MCP_AUDIT_FILE)).toBe(false);
  });

  it('that is behind is a warning; that is of another trail, or cannot be written, a failure', async () => {
    const { stateDir, file, env } = await written();
    await withState(tenantFolder(stateDir, tenantId, false), ({ store }) => recordAudit(store, stoppedClock, row));
    const behind = expect.objectContaining({
      status: 'warning',
      message: expect.stringContaining('the last 1 row of'),
    });
    expect(await found('audit-file', { stateDir, env })).toEqual({ code: 0, of: [behind] });
    writeFileSync(file, `${JSON.stringify({ tenantId, seq: 1, hash: 'f' })}\n`);
    expect(await found('audit-file', { stateDir, env })).toMatchObject({ code: 1, of: [{ status: 'failed' }] });
    const nowhere = { ENTRA_MCP_AUDIT_FILE: join(stateDir, 'no', 'such', 'file') };
    expect(await found('audit-file', { stateDir, env: nowhere })).toMatchObject({
      code: 1,
      of: [{ status: 'failed', message: expect.stringContaining('ENOENT') }],
    });
    const folder = { ENTRA_MCP_AUDIT_FILE: stateDir };
    expect((await found('audit-file', { stateDir, env: folder })).of).toMatchObject([{ status: 'failed' }]);
  });
});

describe('the policy file', () => {
  const policies = new PolicyFolder([]);
  cleanup.push(() => policies.remove());
  const inventory = [servedTool(disableUser)];
  const told = async (file: string, tools = inventory) =>
    found('policy-file', { stateDir, env: { ENTRA_MCP_POLICY_FILE: file }, inventory: tools });

  it('is well where every policy is understood, and says how many loosen', async () => {
    const file = policies.file(
      `@id("legal-hold") forbid (principal, action, resource is User) when { resource.department == "Legal" };
       @id("leavers") @rule("without-approval") permit (principal, action == Action::"disable_user", resource is User)
       when { resource.department == "Sales" && context.people <= 1 };`,
    );
    expect(await told(file)).toMatchObject({
      code: 0,
      of: [{ status: 'ok', detail: { file, policies: 2, loosening: 1 } }],
    });
    expect((await told(policies.file(''))).of).toMatchObject([
      { status: 'ok', message: expect.stringContaining('no policy') },
    ]);
  });

  it('with a problem fails, with its line, as a server that is given it does', async () => {
    const file = policies.file('\n@id("leavers") forbid (principal, action == Action::"disable_usr", resource);');
    const { code, of } = await told(file);
    expect({ code, of }).toMatchObject({
      code: 1,
      of: [{ status: 'failed', fix: expect.stringContaining('policy check') }],
    });
    expect(Object.keys(of[0]?.detail ?? {})).toEqual(['file', expect.stringMatching(/^2:\d+$/)]);
  });

  it('that may not do what it seems to is a warning', async () => {
    const file = policies.file('@id("all") @rule("without-approval") permit (principal, action, resource);');
    expect(await told(file)).toMatchObject({
      code: 0,
      of: [{ status: 'warning', fix: expect.stringContaining('policy explain') }],
    });
  });

  it('that is missing, or that others can write to, fails', async () => {
    expect(await told(join(stateDir, 'none.cedar'))).toMatchObject({
      code: 1,
      of: [{ status: 'failed', message: expect.stringContaining('cannot be read') }],
    });
    const open = policies.file('');
    chmodSync(open, 0o666);
    expect((await told(open)).of).toMatchObject([{ status: 'failed', fix: expect.stringContaining('chmod') }]);
  });
});
