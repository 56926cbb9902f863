import { cloudsWith } from './cloud.ts';
import { ConfigError, type ConfigProblem } from './problem.ts';
import { type authChoices, type SettingName, type Settings, schema } from './schema.ts';
import { infos } from './setting.ts';
import type { Environment } from './sources.ts';
import { isLoopback } from './values.ts';

/** How the process signs in; `unset` where nothing says how. */
export type AuthMethod = Exclude<(typeof authChoices)[number], 'auto'> | 'unset';

interface Need {
  readonly words: string;
  readonly settings: readonly SettingName[];
}

/** State, plans and tokens belong to one tenant, so all that sign in need to name it. */
const needs: Readonly<Record<AuthMethod, Need>> = {
  secret: { words: 'a client secret', settings: ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET'] },
  certificate: {
    words: 'a certificate',
    settings: ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_CERTIFICATE_PATH'],
  },
  federated: {
    words: 'a federated token',
    settings: ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_FEDERATED_TOKEN_FILE'],
  },
  'managed-identity': { words: 'a managed identity', settings: ['AZURE_TENANT_ID'] },
  'device-code': { words: 'a device code', settings: ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID'] },
  browser: { words: 'the browser', settings: ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID'] },
  none: { words: 'no token', settings: [] },
  unset: { words: 'nothing', settings: [] },
};

/**
 * What `auto` means. The order is that of Azure's own tools, so that a machine set up for them behaves alike.
 * A managed identity is taken only where the host announces its endpoint: asking the metadata address of a
 * machine that is not in Azure would hang.
 */
export function methodOf(settings: Settings, env: Environment): AuthMethod {
  if (settings.ENTRA_MCP_AUTH !== 'auto') return settings.ENTRA_MCP_AUTH;
  if (settings.AZURE_CLIENT_SECRET !== undefined) return 'secret';
  if (settings.AZURE_CLIENT_CERTIFICATE_PATH !== undefined) return 'certificate';
  if (settings.AZURE_FEDERATED_TOKEN_FILE !== undefined) return 'federated';
  return env['IDENTITY_ENDPOINT'] || env['MSI_ENDPOINT'] ? 'managed-identity' : 'unset';
}

/** What one setting alone cannot show. `faulty` names those already reported. */
export function crossCheck(settings: Settings, auth: AuthMethod, faulty: ReadonlySet<string>): ConfigProblem[] {
  const problems = [
    ...missing(settings, auth),
    ...unguarded(settings, auth),
    ...mixedClouds(settings),
    ...withoutEffect(settings),
    ...sharedApp(settings),
  ];
  return problems.filter(({ setting }) => !faulty.has(setting));
}

/** Settings that nothing follows yet, where leaving them unheeded would be less safe than whoever set them believes. */
const notYet = ['ENTRA_MCP_DATABASE_URL'] as const;

function withoutEffect(settings: Settings): ConfigProblem[] {
  return notYet
    .filter((setting) => settings[setting] !== undefined)
    .map((setting) => ({
      setting,
      message: `${setting} is set, and this version does not follow it.`,
      fix: 'Take it out; the changelog says when it comes.',
    }));
}

/** Whoever holds the credential of the app that changes the tenant could redeem the sign-ins of its approvers. */
function sharedApp({ ENTRA_MCP_APPROVER_SIGN_IN: approvers, AZURE_CLIENT_ID: own }: Settings): ConfigProblem[] {
  if (approvers === undefined || approvers !== own?.toLowerCase()) return [];
  return [
    {
      setting: 'ENTRA_MCP_APPROVER_SIGN_IN',
      message: 'ENTRA_MCP_APPROVER_SIGN_IN names the same app registration as AZURE_CLIENT_ID.',
      fix: 'Make an app registration of its own for approvers, without any permission; docs/approval.md says how.',
    },
  ];
}

function expected(name: SettingName): string {
  return infos.get(schema.shape[name])?.expects ?? 'a value';
}

function missing(settings: Settings, auth: AuthMethod): ConfigProblem[] {
  return needs[auth].settings
    .filter((name) => settings[name] === undefined)
    .map((setting) => ({
      setting,
      message: `${setting} is not set, and sign-in with ${needs[auth].words} needs it.`,
      fix: `Set it to ${expected(setting)}.`,
    }));
}

function unguarded({ ENTRA_MCP_GRAPH_URL: graphUrl }: Settings, auth: AuthMethod): ConfigProblem[] {
  if (auth !== 'none') return [];
  const url = graphUrl === undefined ? undefined : new URL(graphUrl);
  if (url?.protocol === 'http:' && isLoopback(url.hostname)) return [];
  return [
    {
      setting: 'ENTRA_MCP_GRAPH_URL',
      message: 'ENTRA_MCP_AUTH is none, but ENTRA_MCP_GRAPH_URL is not an http address on loopback.',
      fix: 'Set ENTRA_MCP_GRAPH_URL to that of a demo tenant, such as `http://127.0.0.1:8090`, or choose another ENTRA_MCP_AUTH.',
    },
  ];
}

/** A known host of another cloud never works together with this one: tokens of one cloud are void in the others. */
function mixedClouds(settings: Settings): ConfigProblem[] {
  const { AZURE_AUTHORITY_HOST: login, ENTRA_MCP_GRAPH_URL: graph, ENTRA_MCP_CLOUD: cloud } = settings;
  const hosts = [
    ['AZURE_AUTHORITY_HOST', login],
    ['ENTRA_MCP_GRAPH_URL', graph === undefined ? undefined : new URL(graph).host],
  ] as const;
  return hosts.flatMap(([setting, host]) => {
    const others = host === undefined ? [] : cloudsWith(host);
    if (others.length === 0 || others.includes(cloud)) return [];
    return [
      {
        setting,
        message: `${setting} is a host of the cloud ${others.join(' or ')}, but ENTRA_MCP_CLOUD is ${cloud}.`,
        fix: `Set ENTRA_MCP_CLOUD to ${others.join(' or ')}, or take ${setting} out.`,
      },
    ];
  });
}

interface Signable {
  readonly auth: AuthMethod;
  readonly tenantId: string | undefined;
  readonly clientId: string | undefined;
  readonly configDir: string;
}

/** Throws `ConfigError` where nothing says how to sign in; names both ways on. Call it for whatever needs a tenant. */
export function requireCredentials({ auth, tenantId, clientId, configDir }: Signable): void {
  if (auth !== 'unset') return;
  const some = tenantId !== undefined || clientId !== undefined;
  throw new ConfigError([
    {
      setting: 'ENTRA_MCP_AUTH',
      message: some
        ? 'A tenant or an app is named, but no credential goes with it.'
        : 'There are no credentials, so there is no tenant to work on.',
      fix:
        'To try it without a tenant, run `entra-mcp serve --demo`. To work on your own, set AZURE_TENANT_ID, ' +
        'AZURE_CLIENT_ID and one of AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH and AZURE_FEDERATED_TOKEN_FILE ' +
        '(or ENTRA_MCP_AUTH to managed-identity, device-code or browser), in the environment or in ' +
        `${configDir}/.env.`,
    },
  ]);
}
