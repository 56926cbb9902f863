import envPaths from 'env-paths';
import { type AuthMethod, crossCheck, methodOf } from './credentials.ts';
import { ConfigError, type ConfigProblem } from './problem.ts';
import { type CloudName, type SettingName, type Settings, schema } from './schema.ts';
import { infos } from './setting.ts';
import { type ConfigSources, find, type Origin } from './sources.ts';

export { type Cloud, cloudOf, foreignHosts } from './cloud.ts';
export { requireCredentials } from './credentials.ts';
export { ConfigError } from './problem.ts';
export type { ConfigSources } from './sources.ts';

/** Every setting, parsed and checked. What may be undefined was not set and has no default. */
export interface Config {
  readonly tenantId: string | undefined;
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
  readonly clientCertificatePath: string | undefined;
  readonly clientCertificatePassword: string | undefined;
  readonly federatedTokenFile: string | undefined;
  /** Host of AZURE_AUTHORITY_HOST, with its port. `cloudOf` says what to use. */
  readonly authorityHost: string | undefined;
  readonly auth: AuthMethod;
  readonly cloud: CloudName;
  /** ENTRA_MCP_GRAPH_URL without `/v1.0`. `cloudOf` says what to use. */
  readonly graphUrl: string | undefined;
  readonly graphQuota: Settings['ENTRA_MCP_GRAPH_QUOTA'];
  readonly toolsets: Settings['ENTRA_MCP_TOOLSETS'];
  readonly readOnly: boolean;
  readonly connectedApps: string | undefined;
  readonly confirm: Settings['ENTRA_MCP_CONFIRM'];
  readonly trustElicitation: Settings['ENTRA_MCP_TRUST_ELICITATION'];
  readonly openBrowser: Settings['ENTRA_MCP_OPEN_BROWSER'];
  readonly policyFile: string | undefined;
  readonly protected: readonly string[];
  /** Client id of the app registration that approvers sign in to. */
  readonly approverSignIn: string | undefined;
  readonly approverGroup: string | undefined;
  /** Undefined: 15 minutes over stdio, 24 hours over HTTP. */
  readonly planTtlMs: number | undefined;
  readonly notifyUrl: string | undefined;
  readonly handoffKey: string | undefined;
  readonly stateDir: string;
  readonly auditFile: string | undefined;
  readonly databaseUrl: string | undefined;
  readonly directoryFields: readonly string[];
  readonly syncIntervalMs: number;
  readonly syncSecret: string | undefined;
  readonly logLevel: Settings['ENTRA_MCP_LOG_LEVEL'];
  readonly httpHost: string;
  readonly httpPort: number;
  readonly httpUrl: string | undefined;
  readonly httpAudience: string | undefined;
  /** The user's config folder. */
  readonly configDir: string;
  /** Where each value came from, by the name of the setting. */
  readonly origin: Readonly<Record<string, Origin>>;
}

/** The user's own folders for this program, by the customs of the operating system. */
export function userFolders(): { readonly config: string; readonly data: string; readonly cache: string } {
  const { config, data, cache } = envPaths('entra-mcp', { suffix: '' });
  return { config, data, cache };
}

/** Reads and checks every setting. Throws `ConfigError` with all problems at once; no message holds a value of a secret. */
export function loadConfig(sources: ConfigSources): Config {
  const { texts, origin, problems: found } = find(sources);
  const { settings, problems: faults } = parse(texts);
  const auth = sources.credentials === false ? 'unset' : methodOf(settings, sources.env);
  const faulty = new Set(faults.map(({ setting }) => setting));
  const problems = [...found, ...faults, ...crossCheck(settings, auth, faulty)];
  if (problems.length > 0) throw new ConfigError(problems);
  return configOf(settings, sources, auth, origin);
}

/** The good values, and a problem for each of the others. */
function parse(texts: Partial<Record<SettingName, string>>): { settings: Settings; problems: ConfigProblem[] } {
  const whole = schema.safeParse(texts);
  if (whole.success) return { settings: whole.data, problems: [] };
  const good: Record<string, string> = { ...texts };
  for (const { path } of whole.error.issues) delete good[String(path[0])];
  const problems = whole.error.issues.map(({ path, message }) => problemOf(String(path[0]), message));
  return { settings: schema.parse(good), problems };
}

function problemOf(setting: string, fault: string): ConfigProblem {
  const field = Object.entries(schema.shape).find(([name]) => name === setting)?.[1];
  const expects = field === undefined ? undefined : infos.get(field)?.expects;
  return { setting, message: `${setting} ${fault}.`, fix: `Set it to ${expects ?? 'a valid value'}.` };
}

function configOf(settings: Settings, sources: ConfigSources, auth: AuthMethod, origin: Config['origin']): Config {
  return {
    tenantId: settings.AZURE_TENANT_ID,
    clientId: settings.AZURE_CLIENT_ID,
    clientSecret: settings.AZURE_CLIENT_SECRET,
    clientCertificatePath: settings.AZURE_CLIENT_CERTIFICATE_PATH,
    clientCertificatePassword: settings.AZURE_CLIENT_CERTIFICATE_PASSWORD,
    federatedTokenFile: settings.AZURE_FEDERATED_TOKEN_FILE,
    authorityHost: settings.AZURE_AUTHORITY_HOST,
    auth,
    cloud: settings.ENTRA_MCP_CLOUD,
    graphUrl: settings.ENTRA_MCP_GRAPH_URL,
    graphQuota: settings.ENTRA_MCP_GRAPH_QUOTA,
    toolsets: settings.ENTRA_MCP_TOOLSETS,
    readOnly: settings.ENTRA_MCP_READ_ONLY,
    connectedApps: settings.ENTRA_MCP_CONNECTED_APPS,
    confirm: settings.ENTRA_MCP_CONFIRM,
    trustElicitation: settings.ENTRA_MCP_TRUST_ELICITATION,
    openBrowser: settings.ENTRA_MCP_OPEN_BROWSER,
    policyFile: settings.ENTRA_MCP_POLICY_FILE,
    protected: settings.ENTRA_MCP_PROTECTED ?? [],
    approverSignIn: settings.ENTRA_MCP_APPROVER_SIGN_IN,
    approverGroup: settings.ENTRA_MCP_APPROVER_GROUP,
    planTtlMs: settings.ENTRA_MCP_PLAN_TTL,
    notifyUrl: settings.ENTRA_MCP_NOTIFY_URL,
    handoffKey: settings.ENTRA_MCP_HANDOFF_KEY,
    auditFile: settings.ENTRA_MCP_AUDIT_FILE,
    stateDir: settings.ENTRA_MCP_STATE_DIR ?? sources.dataDir ?? userFolders().data,
    databaseUrl: settings.ENTRA_MCP_DATABASE_URL,
    directoryFields: settings.ENTRA_MCP_DIRECTORY_FIELDS ?? [],
    syncIntervalMs: settings.ENTRA_MCP_SYNC_INTERVAL,
    syncSecret: settings.ENTRA_MCP_SYNC_SECRET,
    logLevel: settings.ENTRA_MCP_LOG_LEVEL,
    httpHost: settings.ENTRA_MCP_HTTP_HOST,
    httpPort: settings.ENTRA_MCP_HTTP_PORT,
    httpUrl: settings.ENTRA_MCP_HTTP_URL,
    httpAudience: settings.ENTRA_MCP_HTTP_AUDIENCE,
    configDir: sources.configDir,
    origin,
  };
}
