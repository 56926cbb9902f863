import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalog } from '../../src/config/catalog.ts';
import { ConfigError, loadConfig } from '../../src/config/index.ts';

const nowhere = { packageRoot: '/nowhere', configDir: '/nowhere', dataDir: '/data' };
const app = { AZURE_TENANT_ID: 'contoso.onmicrosoft.com', AZURE_CLIENT_ID: '99999999-8888-4777-8666-555555555555' };

function load(env: Record<string, string>) {
  return loadConfig({ ...nowhere, env });
}

function problems(env: Record<string, string>) {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

function faulty(env: Record<string, string>): string[] {
  return problems(env).map(({ setting }) => setting);
}

describe('values', () => {
  it.each(['true', 'TRUE', '1', 'yes', 'Yes'])('%s is true', (text) => {
    expect(load({ ENTRA_MCP_READ_ONLY: text }).readOnly).toBe(true);
  });

  it.each(['false', 'False', '0', 'no', 'NO', ''])('"%s" is false', (text) => {
    expect(load({ ENTRA_MCP_READ_ONLY: text }).readOnly).toBe(false);
  });

  it.each(['on', 'y', '2', 'truee'])('%s is neither', (text) => {
    expect(faulty({ ENTRA_MCP_READ_ONLY: text })).toEqual(['ENTRA_MCP_READ_ONLY']);
  });

  it.each([
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['90s', 90_000],
    ['7d', 604_800_000],
    ['1H', 3_600_000],
  ])('the duration %s', (text, ms) => {
    expect(load({ ENTRA_MCP_PLAN_TTL: text }).planTtlMs).toBe(ms);
  });

  it.each(['15', 'm', '1.5h', '59s', '8d', '-1h', '15 minutes'])('refuses the duration %s', (text) => {
    expect(faulty({ ENTRA_MCP_PLAN_TTL: text })).toEqual(['ENTRA_MCP_PLAN_TTL']);
  });

  it.each([
    ['30s', 30_000],
    ['1d', 86_400_000],
  ])('the interval %s of a sync', (text, ms) => {
    expect(load({ ENTRA_MCP_SYNC_INTERVAL: text }).syncIntervalMs).toBe(ms);
    expect(load({}).syncIntervalMs).toBe(300_000);
    expect(faulty({ ENTRA_MCP_SYNC_INTERVAL: '29s' })).toEqual(['ENTRA_MCP_SYNC_INTERVAL']);
  });

  it('a secret for deliveries that is long enough', () => {
    expect(load({ ENTRA_MCP_SYNC_SECRET: 'x'.repeat(32) }).syncSecret).toBe('x'.repeat(32));
    expect(faulty({ ENTRA_MCP_SYNC_SECRET: 'x'.repeat(31) })).toEqual(['ENTRA_MCP_SYNC_SECRET']);
  });

  it.each([
    ['https://graph.example.com', 'https://graph.example.com'],
    ['https://graph.example.com/v1.0', 'https://graph.example.com'],
    ['https://proxy.example.com/graph/v1.0/', 'https://proxy.example.com/graph'],
    ['http://127.0.0.1:8090/v1.0', 'http://127.0.0.1:8090'],
    ['http://localhost:1', 'http://localhost:1'],
    ['http://[::1]:1', 'http://[::1]:1'],
  ])('the Graph root %s', (text, root) => {
    expect(load({ ENTRA_MCP_GRAPH_URL: text }).graphUrl).toBe(root);
  });

  it.each([
    'http://graph.example.com',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'https://user:word@graph.example.com',
    'https://graph.microsoft.com@evil.example',
    'https://graph.example.com/?a=b',
    'https://graph.example.com/?',
    'https://graph.example.com/#x',
    'https://graph.example.com/beta',
    'ftp://graph.example.com',
    'graph.example.com',
  ])('refuses the Graph root %s', (text) => {
    expect(faulty({ ENTRA_MCP_GRAPH_URL: text })).toEqual(['ENTRA_MCP_GRAPH_URL']);
  });

  it.each([
    ['https://login.example.com/', 'login.example.com'],
    ['login.example.com:8443', 'login.example.com:8443'],
    ['https://127.0.0.1:8443', '127.0.0.1:8443'],
  ])('the login host %s', (text, host) => {
    expect(load({ AZURE_AUTHORITY_HOST: text }).authorityHost).toBe(host);
  });

  it.each(['http://127.0.0.1:8443', 'https://login.example.com/tenant', 'https://u@login.example.com', 'login host'])(
    'refuses the login host %s',
    (text) => {
      expect(faulty({ AZURE_AUTHORITY_HOST: text })).toEqual(['AZURE_AUTHORITY_HOST']);
    },
  );

  it.each(['common', 'Organizations', 'consumers', 'not a tenant', 'contoso', '../x', 'a.b/c'])(
    'refuses the tenant %s',
    (text) => {
      expect(faulty({ AZURE_TENANT_ID: text })).toEqual(['AZURE_TENANT_ID']);
    },
  );

  it.each(['contoso.com', 'contoso.onmicrosoft.com', '11111111-2222-4333-8444-555555555555'])(
    'the tenant %s',
    (text) => {
      expect(load({ AZURE_TENANT_ID: text }).tenantId).toBe(text);
    },
  );

  it('takes choices in any case and blanks around values', () => {
    const config = load({ ENTRA_MCP_GRAPH_QUOTA: ' m ', ENTRA_MCP_LOG_LEVEL: 'DEBUG', ENTRA_MCP_HTTP_PORT: ' 0 ' });
    expect(config).toMatchObject({ graphQuota: 'M', logLevel: 'debug', httpPort: 0 });
  });

  it.each(['65536', '-1', '8o80', '1e3'])('refuses the port %s', (text) => {
    expect(faulty({ ENTRA_MCP_HTTP_PORT: text })).toEqual(['ENTRA_MCP_HTTP_PORT']);
  });

  it('splits lists', () => {
    const config = load({
      ENTRA_MCP_PROTECTED: 'ada@contoso.com, 11111111-2222-4333-8444-555555555555,ada@contoso.com,',
      ENTRA_MCP_DIRECTORY_FIELDS: 'employeeType,extension_1_costCenter',
    });
    expect(config.protected).toEqual(['ada@contoso.com', '11111111-2222-4333-8444-555555555555']);
    expect(config.directoryFields).toEqual(['employeeType', 'extension_1_costCenter']);
    expect(faulty({ ENTRA_MCP_PROTECTED: 'Ada Lovelace' })).toEqual(['ENTRA_MCP_PROTECTED']);
    expect(faulty({ ENTRA_MCP_DIRECTORY_FIELDS: 'a b' })).toEqual(['ENTRA_MCP_DIRECTORY_FIELDS']);
  });

  it('checks what later features use', () => {
    expect(
      faulty({
        ENTRA_MCP_NOTIFY_URL: 'http://hooks.example.com/x',
        ENTRA_MCP_HANDOFF_KEY: 'short',
        ENTRA_MCP_DATABASE_URL: 'mysql://db/x',
        ENTRA_MCP_HTTP_URL: 'https://a.example/?x',
        ENTRA_MCP_APPROVER_GROUP: 'IT',
      }),
    ).toEqual([
      'ENTRA_MCP_APPROVER_GROUP',
      'ENTRA_MCP_NOTIFY_URL',
      'ENTRA_MCP_HANDOFF_KEY',
      'ENTRA_MCP_DATABASE_URL',
      'ENTRA_MCP_HTTP_URL',
    ]);
  });
});

describe('toolsets', () => {
  it('come in the order of the documentation, with core', () => {
    expect(load({ ENTRA_MCP_TOOLSETS: 'security, Users' }).toolsets).toEqual(['core', 'users', 'security']);
    expect(load({}).toolsets).toContain('audit');
    expect(load({}).toolsets).not.toContain('scim');
    expect(load({ ENTRA_MCP_TOOLSETS: 'default,scim' }).toolsets).toContain('scim');
    expect(load({ ENTRA_MCP_TOOLSETS: 'all' }).toolsets).toContain('governance');
  });

  it('name the nearest where one is not known', () => {
    const [problem] = problems({ ENTRA_MCP_TOOLSETS: 'licences' });
    expect(problem?.message).toContain('did you mean "licenses"?');
  });
});

describe('confirm', () => {
  it.each([
    ['', ['grant', 'destructive', 'irreversible']],
    ['irreversible, DESTRUCTIVE', ['destructive', 'irreversible']],
    ['write,grant,destructive,irreversible', ['write', 'grant', 'destructive', 'irreversible']],
  ])('"%s"', (text, risks) => {
    expect(load({ ENTRA_MCP_CONFIRM: text }).confirm).toEqual(risks);
  });

  it.each(['grant', 'write,grant', 'destructive', 'grant,irreversible', 'none', 'read,destructive,irreversible'])(
    'refuses %s',
    (text) => {
      expect(faulty({ ENTRA_MCP_CONFIRM: text })).toContain('ENTRA_MCP_CONFIRM');
    },
  );

  it('can never let a destructive or irreversible change pass without an approval', () => {
    const words = fc.array(fc.constantFrom('read', 'write', 'grant', 'destructive', 'irreversible', 'x', ''));
    fc.assert(
      fc.property(words, (list) => {
        const text = list.join(',');
        if (faulty({ ENTRA_MCP_CONFIRM: text }).length > 0) return;
        expect(load({ ENTRA_MCP_CONFIRM: text }).confirm).toEqual(
          expect.arrayContaining(['destructive', 'irreversible']),
        );
      }),
    );
  });
});

describe('problems', () => {
  it('are reported all at once, each once, with what to do', () => {
    const found = problems({
      AZURE_CLIENT_SECRET: 'the-secret',
      AZURE_CLIENT_ID: 'my app',
      ENTRA_MCP_TOOLSETS: 'user',
      ENTRA_MCP_PLAN_TTL: 'soon',
      ENTRA_MCP_REDONLY: 'true',
    });
    expect(found.map(({ setting }) => setting)).toEqual([
      'ENTRA_MCP_REDONLY',
      'AZURE_CLIENT_ID',
      'ENTRA_MCP_TOOLSETS',
      'ENTRA_MCP_PLAN_TTL',
      'AZURE_TENANT_ID',
    ]);
    for (const { setting, message, fix } of found) {
      expect(message).toContain(setting);
      expect(message).toMatch(/\.$/);
      expect(fix).toMatch(/^(Set|Did you mean) .*[.?]$/);
    }
  });

  it('name the setting that was meant', () => {
    expect(problems({ ENTRA_MCP_REDONLY: 'true' })[0]?.fix).toBe('Did you mean ENTRA_MCP_READ_ONLY?');
    expect(problems({ ENTRA_MCP_TOOLSET: 'all' })[0]?.fix).toBe('Did you mean ENTRA_MCP_TOOLSETS?');
    expect(problems({ ENTRA_MCP_XYZZY_PLUGH_FROTZ: '1' })[0]?.fix).toContain('Remove it');
  });

  it('never hold a value, whichever setting it was pasted into', () => {
    const names = catalog().map(({ name }) => name);
    const pasted = fc.string({ minLength: 12, maxLength: 60 }).map((text) => `9${text.replaceAll('\0', '')}~Q8`);
    fc.assert(
      fc.property(fc.subarray(names, { minLength: 1 }), pasted, (chosen, secret) => {
        const found = problems({ ...Object.fromEntries(chosen.map((name) => [name, secret])), ENTRA_MCP_NO: secret });
        expect(JSON.stringify(found)).not.toContain(JSON.stringify(secret.trim()).slice(1, -1));
      }),
    );
  });
});

describe('sign-in', () => {
  it.each([
    [{ ...app, AZURE_CLIENT_SECRET: 's', AZURE_CLIENT_CERTIFICATE_PATH: '/c' }, 'secret'],
    [{ ...app, AZURE_CLIENT_CERTIFICATE_PATH: '/c', AZURE_FEDERATED_TOKEN_FILE: '/f' }, 'certificate'],
    [{ ...app, AZURE_FEDERATED_TOKEN_FILE: '/f', IDENTITY_ENDPOINT: 'http://x' }, 'federated'],
    [{ ...app, IDENTITY_ENDPOINT: 'http://x' }, 'managed-identity'],
    [{ ...app, MSI_ENDPOINT: 'http://x' }, 'managed-identity'],
    [{ ...app, AZURE_CLIENT_SECRET: 's', ENTRA_MCP_AUTH: 'Device-Code' }, 'device-code'],
    [{ ...app, ENTRA_MCP_AUTH: 'browser' }, 'browser'],
    [{ AZURE_TENANT_ID: app.AZURE_TENANT_ID, ENTRA_MCP_AUTH: 'managed-identity' }, 'managed-identity'],
    [{ ENTRA_MCP_AUTH: 'none', ENTRA_MCP_GRAPH_URL: 'http://127.0.0.1:1' }, 'none'],
    [app, 'unset'],
    [{}, 'unset'],
  ])('%j signs in by %s', (env, auth) => {
    expect(load(env).auth).toBe(auth);
  });

  it.each([
    [{ ENTRA_MCP_AUTH: 'secret' }, ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET']],
    [{ ...app, ENTRA_MCP_AUTH: 'certificate' }, ['AZURE_CLIENT_CERTIFICATE_PATH']],
    [{ ...app, ENTRA_MCP_AUTH: 'federated' }, ['AZURE_FEDERATED_TOKEN_FILE']],
    [{ ENTRA_MCP_AUTH: 'device-code' }, ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID']],
    [{ ENTRA_MCP_AUTH: 'managed-identity' }, ['AZURE_TENANT_ID']],
    [{ AZURE_CLIENT_SECRET: 's', AZURE_TENANT_ID: 'contoso.com' }, ['AZURE_CLIENT_ID']],
  ])('%j lacks %j', (env, missing) => {
    expect(faulty(env)).toEqual(missing);
  });

  it.each([undefined, 'https://graph.example.com', 'https://127.0.0.1:1'])('sends a token to %s', (url) => {
    const env = url === undefined ? {} : { ENTRA_MCP_GRAPH_URL: url };
    expect(faulty({ ENTRA_MCP_AUTH: 'none', ...env })).toEqual(['ENTRA_MCP_GRAPH_URL']);
  });

  it('is not looked at for what never signs in', () => {
    const env = {
      AZURE_CLIENT_SECRET: 's',
      AZURE_TENANT_ID: 'common',
      ENTRA_MCP_CLOUD: 'moon',
      ENTRA_MCP_LOG_LEVEL: 'warn',
    };
    const config = loadConfig({ ...nowhere, env, credentials: false });
    expect(config).toMatchObject({ auth: 'unset', clientSecret: undefined, cloud: 'global', logLevel: 'warn' });
  });

  it('takes an app registration for approvers that is not the server’s own', () => {
    const [app, own] = ['99999999-2222-4333-8444-AAAAAAAAAAAA', '11111111-2222-4333-8444-555555555555'];
    expect(load({ ENTRA_MCP_APPROVER_SIGN_IN: app }).approverSignIn).toBe(app.toLowerCase());
    expect(load({ ENTRA_MCP_APPROVER_SIGN_IN: 'false' }).approverSignIn).toBeUndefined();
    expect(faulty({ ENTRA_MCP_APPROVER_SIGN_IN: 'true' })).toEqual(['ENTRA_MCP_APPROVER_SIGN_IN']);
    expect(faulty({ ENTRA_MCP_APPROVER_SIGN_IN: own, AZURE_CLIENT_ID: own })).toContain('ENTRA_MCP_APPROVER_SIGN_IN');
  });

  it.each([['ENTRA_MCP_DATABASE_URL', 'postgres://db/x']])(
    'refuses %s, which nothing follows yet: whoever sets it believes to be safer',
    (name, value) => {
      expect(faulty({ [name]: value, ENTRA_MCP_APPROVER_GROUP: '11111111-2222-4333-8444-555555555555' })).toEqual([
        name,
      ]);
    },
  );
});

describe('defaults', () => {
  it('are the safe ones', () => {
    expect(load({})).toMatchObject({
      readOnly: false,
      confirm: ['grant', 'destructive', 'irreversible'],
      trustElicitation: 'auto',
      httpHost: '127.0.0.1',
      stateDir: '/data',
      cloud: 'global',
      protected: [],
      planTtlMs: undefined,
    });
  });

  it('resolve a relative path of the environment from where the process runs', () => {
    expect(load({ ENTRA_MCP_STATE_DIR: 'state' }).stateDir).toBe(resolve('state'));
    expect(load({ ENTRA_MCP_STATE_DIR: '~/state' }).stateDir).toMatch(/^\/.+\/state$/);
  });
});
