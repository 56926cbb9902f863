import { describe, expect, it } from 'vitest';
import { ConfigError, cloudOf, foreignHosts, loadConfig, requireCredentials } from '../../src/config/index.ts';

function load(env: Record<string, string>) {
  return loadConfig({ env, packageRoot: '/nowhere', configDir: '/home/ada/.config/entra-mcp' });
}

describe('cloudOf', () => {
  it.each([
    ['global', 'login.microsoftonline.com', 'https://graph.microsoft.com'],
    ['usgov', 'login.microsoftonline.us', 'https://graph.microsoft.us'],
    ['dod', 'login.microsoftonline.us', 'https://dod-graph.microsoft.us'],
    ['china', 'login.chinacloudapi.cn', 'https://microsoftgraph.chinacloudapi.cn'],
  ])('%s', (name, loginHost, graphRoot) => {
    const config = load({ ENTRA_MCP_CLOUD: name });
    expect(cloudOf(config)).toEqual({ name, loginHost, graphRoot, graphResource: graphRoot });
    expect(foreignHosts(config)).toEqual([]);
  });

  it('takes other hosts, and asks for tokens of the same Graph', () => {
    const config = load({
      AZURE_AUTHORITY_HOST: 'https://127.0.0.1:8443/',
      ENTRA_MCP_GRAPH_URL: 'https://127.0.0.1:9443/v1.0',
    });
    expect(cloudOf(config)).toMatchObject({
      loginHost: '127.0.0.1:8443',
      graphRoot: 'https://127.0.0.1:9443',
      graphResource: 'https://graph.microsoft.com',
    });
    expect(foreignHosts(config)).toEqual(['127.0.0.1:8443', '127.0.0.1:9443']);
  });

  it('knows the other names of a login host', () => {
    const config = load({ AZURE_AUTHORITY_HOST: 'https://login.partner.microsoftonline.cn', ENTRA_MCP_CLOUD: 'china' });
    expect(foreignHosts(config)).toEqual([]);
  });

  it.each([
    [{ AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.us' }, 'AZURE_AUTHORITY_HOST', 'usgov or dod'],
    [{ ENTRA_MCP_GRAPH_URL: 'https://graph.microsoft.com', ENTRA_MCP_CLOUD: 'china' }, 'ENTRA_MCP_GRAPH_URL', 'global'],
  ])('refuses %j: hosts of two clouds', (env, setting, cloud) => {
    expect(() => load(env)).toThrow(new RegExp(`${setting} is a host of the cloud ${cloud}.*Set ENTRA_MCP_CLOUD`));
  });
});

describe('requireCredentials', () => {
  it('names both ways on', () => {
    const attempt = () => requireCredentials(load({}));
    expect(attempt).toThrow(ConfigError);
    expect(attempt).toThrow(
      /no credentials.*`entra-mcp serve --demo`.*AZURE_TENANT_ID.*\/home\/ada\/\.config\/entra-mcp/,
    );
  });

  it('says so where only the app is named', () => {
    expect(() => requireCredentials(load({ AZURE_TENANT_ID: 'contoso.com' }))).toThrow(/no credential goes with it/);
  });

  it('lets the others pass', () => {
    const none = load({ ENTRA_MCP_AUTH: 'none', ENTRA_MCP_GRAPH_URL: 'http://127.0.0.1:1' });
    expect(() => requireCredentials(none)).not.toThrow();
  });
});
