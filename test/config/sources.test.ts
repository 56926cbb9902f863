import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../../src/config/index.ts';

let root: string;
let packageRoot: string;
let configDir: string;
let named: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'config-'));
  packageRoot = join(root, 'checkout');
  configDir = join(root, 'config');
  named = join(root, 'named', 'my.env');
  for (const folder of [packageRoot, configDir, join(root, 'named')]) mkdirSync(folder);
});

afterEach(() => rmSync(root, { recursive: true }));

function write(file: string, text: string): void {
  writeFileSync(file, text);
}

describe('the order of sources', () => {
  it('is environment, --env-file, config folder, checkout, default', () => {
    write(
      join(packageRoot, '.env'),
      'ENTRA_MCP_LOG_LEVEL=error\nENTRA_MCP_HTTP_PORT=1\nENTRA_MCP_CLOUD=china\nENTRA_MCP_READ_ONLY=yes',
    );
    write(join(configDir, '.env'), 'ENTRA_MCP_LOG_LEVEL=warn\nENTRA_MCP_HTTP_PORT=2\nENTRA_MCP_CLOUD=dod');
    write(named, 'ENTRA_MCP_LOG_LEVEL=debug\nENTRA_MCP_HTTP_PORT=3');
    const config = loadConfig({ env: { ENTRA_MCP_LOG_LEVEL: 'trace' }, envFile: named, packageRoot, configDir });
    expect(config).toMatchObject({ logLevel: 'trace', httpPort: 3, cloud: 'dod', readOnly: true, graphQuota: 'auto' });
    expect(config.origin).toMatchObject({
      ENTRA_MCP_LOG_LEVEL: 'environment',
      ENTRA_MCP_HTTP_PORT: `env file ${named}`,
      ENTRA_MCP_CLOUD: `env file ${join(configDir, '.env')}`,
      ENTRA_MCP_READ_ONLY: `env file ${join(packageRoot, '.env')}`,
      ENTRA_MCP_GRAPH_QUOTA: 'default',
    });
  });

  it.each(['', '  ', `\${user_config.log_level}`, ` \${user_config.x} `])('goes on where a value is "%s"', (text) => {
    write(join(configDir, '.env'), 'ENTRA_MCP_LOG_LEVEL=warn');
    expect(loadConfig({ env: { ENTRA_MCP_LOG_LEVEL: text }, packageRoot, configDir }).logLevel).toBe('warn');
  });
});

describe('an env file', () => {
  it('counts in a checkout, not in an installed package', () => {
    const installed = join(root, 'node_modules', 'entra-mcp');
    mkdirSync(installed, { recursive: true });
    write(join(installed, '.env'), 'ENTRA_MCP_LOG_LEVEL=warn');
    write(join(packageRoot, '.env'), 'ENTRA_MCP_LOG_LEVEL=error');
    expect(loadConfig({ env: {}, packageRoot: installed, configDir }).logLevel).toBe('info');
    expect(loadConfig({ env: {}, packageRoot, configDir }).logLevel).toBe('error');
  });

  it('in the folder the process was started in is never read', () => {
    write(join(root, '.env'), 'ENTRA_MCP_LOG_LEVEL=error\nENTRA_MCP_GRAPH_URL=https://evil.example');
    const before = process.cwd();
    process.chdir(root);
    try {
      expect(loadConfig({ env: {}, packageRoot, configDir })).toMatchObject({ logLevel: 'info', graphUrl: undefined });
    } finally {
      process.chdir(before);
    }
  });

  it('that was named and is missing, or cannot be read, is a problem', () => {
    const setting = '--env-file';
    expect(() => loadConfig({ env: {}, envFile: join(root, 'none'), packageRoot, configDir })).toThrow(
      /does not exist/,
    );
    expect(() => loadConfig({ env: {}, envFile: root, packageRoot, configDir })).toThrow(/cannot be read/);
    try {
      loadConfig({ env: {}, envFile: join(root, 'none'), packageRoot, configDir });
    } catch (error) {
      expect(error instanceof ConfigError && error.problems.map((each) => each.setting)).toEqual([setting]);
    }
  });

  it('may begin with the mark that Windows editors write', () => {
    write(join(configDir, '.env'), '\uFEFFENTRA_MCP_LOG_LEVEL=warn\r\nENTRA_MCP_READ_ONLY="true"\r\n');
    expect(loadConfig({ env: {}, packageRoot, configDir })).toMatchObject({ logLevel: 'warn', readOnly: true });
  });

  it('resolves its relative paths from its own folder', () => {
    write(named, 'AZURE_CLIENT_CERTIFICATE_PATH=./app.pem\nENTRA_MCP_STATE_DIR=/abs');
    const config = loadConfig({
      env: { AZURE_TENANT_ID: 'contoso.com', AZURE_CLIENT_ID: '99999999-8888-4777-8666-555555555555' },
      envFile: named,
      packageRoot,
      configDir,
    });
    expect(config).toMatchObject({ clientCertificatePath: join(root, 'named', 'app.pem'), stateDir: '/abs' });
  });

  it('with a name that is no setting is a problem that names the file', () => {
    write(named, 'ENTRA_MCP_CONFIRMS=write\nOTHER=fine\nAZURE_SUBSCRIPTION_ID=fine');
    expect(() => loadConfig({ env: {}, envFile: named, packageRoot, configDir })).toThrow(
      `ENTRA_MCP_CONFIRMS (env file ${named}) is not a setting. Did you mean ENTRA_MCP_CONFIRM?`,
    );
  });
});

it('a secret keeps its blanks; other values lose them', () => {
  const env = {
    AZURE_TENANT_ID: ' contoso.com ',
    AZURE_CLIENT_ID: '99999999-8888-4777-8666-555555555555\n',
    AZURE_CLIENT_CERTIFICATE_PATH: '/c',
    AZURE_CLIENT_CERTIFICATE_PASSWORD: ' pass phrase ',
  };
  const config = loadConfig({ env, packageRoot, configDir });
  expect(config).toMatchObject({ tenantId: 'contoso.com', clientCertificatePassword: ' pass phrase ' });
});
