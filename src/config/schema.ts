import { z } from 'zod';
import { confirmedRisks, objectNames, propertyNames, toolsetNames } from './lists.ts';
import { optional, preset } from './setting.ts';
import * as value from './values.ts';

/** What ENTRA_MCP_AUTH takes. */
export const authChoices = [
  'auto',
  'secret',
  'certificate',
  'federated',
  'managed-identity',
  'device-code',
  'browser',
  'none',
] as const;

/** The national clouds of Graph. [learn.microsoft.com/graph/deployments] */
const cloudNames = ['global', 'usgov', 'dod', 'china'] as const;
export type CloudName = (typeof cloudNames)[number];

const yesOrNo = '`true` or `false`';

/**
 * Every setting, in the order of the documents. The one place that names them: .env.example, docs/configuration.md
 * and the manifest are generated from here.
 */
export const schema = z.object({
  AZURE_TENANT_ID: optional(value.tenant, {
    group: 'Sign-in',
    description: 'The tenant to work on.',
    expects: 'the tenant id (a GUID) or a verified domain such as `contoso.onmicrosoft.com`',
    manifest: { title: 'Tenant ID', type: 'string' },
  }),
  AZURE_CLIENT_ID: optional(value.guid, {
    group: 'Sign-in',
    description: 'The app registration that signs in; for a managed identity, the user-assigned one to use.',
    expects: 'the application (client) id, a GUID',
    manifest: { title: 'Client ID', type: 'string' },
  }),
  AZURE_CLIENT_SECRET: optional(z.string(), {
    group: 'Sign-in',
    description: 'A client secret of the app registration: its value, not its id.',
    expects: 'the value that was shown when the secret was made',
    secret: true,
    manifest: { title: 'Client secret', type: 'string' },
  }),
  AZURE_CLIENT_CERTIFICATE_PATH: optional(value.filePath, {
    group: 'Sign-in',
    description: 'A PEM file that holds the private key and the certificate of the app registration.',
    expects: 'the path of a PEM file',
    path: true,
    manifest: { title: 'Client certificate (PEM)', type: 'file' },
  }),
  AZURE_CLIENT_CERTIFICATE_PASSWORD: optional(z.string(), {
    group: 'Sign-in',
    description: 'The passphrase of the private key in that file, if it has one.',
    expects: 'the passphrase',
    secret: true,
    manifest: { title: 'Certificate passphrase', type: 'string' },
  }),
  AZURE_FEDERATED_TOKEN_FILE: optional(value.filePath, {
    group: 'Sign-in',
    description: 'A file with a token of another identity provider that the app trusts (workload identity federation).',
    expects: 'the path of the token file',
    path: true,
  }),
  AZURE_AUTHORITY_HOST: optional(value.loginHost, {
    group: 'Sign-in',
    description: 'Another login host than that of the cloud; it is trusted as given.',
    expects: 'an https address without a path, such as `https://login.microsoftonline.com`',
    unset: 'that of the cloud',
  }),
  ENTRA_MCP_AUTH: preset(value.choice(authChoices), 'auto', {
    group: 'Sign-in',
    description:
      'How to sign in; `auto` takes the first that is set of client secret, certificate, federated token file and, where the host offers one, managed identity.',
    expects: `one of ${named(authChoices)}`,
  }),
  ENTRA_MCP_CLOUD: preset(value.choice(cloudNames), 'global', {
    group: 'Microsoft Graph',
    description: 'The national cloud that the tenant lives in.',
    expects: `one of ${named(cloudNames)}`,
    manifest: { title: 'Cloud', type: 'string' },
  }),
  ENTRA_MCP_GRAPH_URL: optional(value.graphRoot, {
    group: 'Microsoft Graph',
    description: 'Another Graph root, for proxies and tests; tokens are still asked for Graph of the cloud.',
    expects: 'an https URL (or http on loopback) without user name, query and fragment',
    unset: 'that of the cloud',
  }),
  ENTRA_MCP_GRAPH_QUOTA: preset(value.choice(['auto', 'S', 'M', 'L', 'strict']), 'auto', {
    group: 'Microsoft Graph',
    description:
      'The size class of the tenant for pacing (under 50 users, to 500, above); `strict` also keeps to 10,000 requests in 10 minutes.',
    expects: 'one of `auto`, `S`, `M`, `L`, `strict`',
  }),
  ENTRA_MCP_TOOLSETS: preset(toolsetNames, 'default', {
    group: 'Tools',
    description: 'The toolsets to serve, separated by commas; `core` is always served.',
    expects: 'toolset names, `default` or `all`, separated by commas',
    manifest: { title: 'Toolsets', type: 'string' },
  }),
  ENTRA_MCP_READ_ONLY: preset(value.flag, 'false', {
    group: 'Tools',
    description: 'Serve only the tools that change nothing.',
    expects: yesOrNo,
    manifest: { title: 'Read only', type: 'boolean' },
  }),
  ENTRA_MCP_CONNECTED_APPS: optional(value.filePath, {
    group: 'Tools',
    description: 'A JSON file that names the connected apps which the scim tools can reach.',
    expects: 'the path of a JSON file',
    path: true,
  }),
  ENTRA_MCP_CONFIRM: preset(confirmedRisks, 'grant,destructive,irreversible', {
    group: 'Approval',
    description: 'The risks that wait for an approval: `write` can be added and `grant` taken out.',
    expects: '`destructive,irreversible`, with `grant` and `write` as you like',
  }),
  ENTRA_MCP_TRUST_ELICITATION: preset(value.choice(['auto', 'true', 'false']), 'auto', {
    group: 'Approval',
    description: 'Whether an approval that the MCP client asserts counts; `auto` lets it for one unprivileged object.',
    expects: 'one of `auto`, `true`, `false`',
  }),
  ENTRA_MCP_OPEN_BROWSER: preset(value.choice(['auto', 'true', 'false']), 'auto', {
    group: 'Approval',
    description:
      'Whether a plan that waits opens the approval page in a browser; `auto` does where a desktop is there, not over SSH and not in CI.',
    expects: 'one of `auto`, `true`, `false`',
  }),
  ENTRA_MCP_POLICY_FILE: optional(value.filePath, {
    group: 'Approval',
    description: 'A file of Cedar policies that tighten or, within limits, loosen what needs an approval.',
    expects: 'the path of a policy file',
    path: true,
  }),
  ENTRA_MCP_PROTECTED: optional(objectNames, {
    group: 'Approval',
    description: 'Users and groups that no tool may change; the members of a group named here are protected too.',
    expects: 'object ids and user principal names, separated by commas',
  }),
  ENTRA_MCP_APPROVER_SIGN_IN: optional(value.guidOrFalse, {
    group: 'Approval',
    description: 'The app registration of its own that approvers sign in to with Entra, instead of the PIN.',
    expects: 'its application (client) id, a GUID, or `false`',
    unset: 'approvers use the PIN',
  }),
  ENTRA_MCP_APPROVER_GROUP: optional(value.guid, {
    group: 'Approval',
    description:
      'The group whose members may approve once they signed in; no tool can change it. Without it, who has the app role `Approver` may.',
    expects: 'the object id of a group, a GUID',
  }),
  ENTRA_MCP_PLAN_TTL: optional(value.duration(60_000, 7 * 86_400_000), {
    group: 'Approval',
    description: 'How long a plan waits for its approval.',
    expects: 'a number with s, m, h or d, such as `15m` or `24h`, from one minute to seven days',
    unset: '`15m` over stdio, `24h` over HTTP',
  }),
  ENTRA_MCP_NOTIFY_URL: optional(value.hookUrl, {
    group: 'Approval',
    description: 'A web hook that gets a signed note, without personal data, when a plan waits.',
    expects: 'an https URL, or http on loopback',
    secret: true,
  }),
  ENTRA_MCP_HANDOFF_KEY: optional(value.publicKey, {
    group: 'Approval',
    description: 'The public X25519 key that generated passwords are sealed to, where there is no approver PIN.',
    expects: 'the 32 bytes of the public key in base64',
  }),
  ENTRA_MCP_STATE_DIR: optional(value.filePath, {
    group: 'State and logs',
    description: 'The folder for plans, approvals, the audit trail and the directory mirror.',
    expects: 'the path of a folder that only you can read',
    unset: "the user's data folder",
    path: true,
  }),
  ENTRA_MCP_AUDIT_FILE: optional(value.filePath, {
    group: 'State and logs',
    description: 'A file that gets every row of the audit trail too, a JSON object a line; the state stays the truth.',
    expects: 'the path of a file in a folder that this user can write to',
    path: true,
  }),
  ENTRA_MCP_DATABASE_URL: optional(value.postgresUrl, {
    group: 'State and logs',
    description: 'A PostgreSQL database to keep the state in, for several replicas.',
    expects: 'a postgres:// URL',
    secret: true,
    unset: 'SQLite in the state folder',
  }),
  ENTRA_MCP_DIRECTORY_FIELDS: optional(propertyNames, {
    group: 'State and logs',
    description: 'More user properties to mirror than the default ones.',
    expects: "names of Graph's user properties, separated by commas",
  }),
  ENTRA_MCP_SYNC_INTERVAL: preset(value.duration(30_000, 86_400_000), '5m', {
    group: 'State and logs',
    description: 'How long `entra-mcp sync --watch` waits between two rounds, give or take a tenth.',
    expects: 'a number with s, m, h or d, such as `5m`, from 30 seconds to a day',
  }),
  ENTRA_MCP_SYNC_SECRET: optional(value.signingSecret, {
    group: 'State and logs',
    description: 'What signs the deliveries of `entra-mcp sync` to webhooks, so that the receiver knows them.',
    expects: 'at least 32 random characters, the same as the receiver has',
    secret: true,
  }),
  ENTRA_MCP_LOG_LEVEL: preset(value.choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']), 'info', {
    group: 'State and logs',
    description: 'How much is logged to stderr.',
    expects: 'one of `trace`, `debug`, `info`, `warn`, `error`, `fatal`, `silent`',
  }),
  ENTRA_MCP_HTTP_HOST: preset(z.string().regex(/^[A-Za-z0-9.:[\]_-]{1,255}$/, 'is not a host name'), '127.0.0.1', {
    group: 'HTTP',
    description: 'The address to listen on with `--http`.',
    expects: 'a host name or an IP address',
  }),
  ENTRA_MCP_HTTP_PORT: preset(value.port, '8080', {
    group: 'HTTP',
    description: 'The port to listen on with `--http`; 0 takes a free one.',
    expects: 'a number from 0 to 65535',
  }),
  ENTRA_MCP_HTTP_URL: optional(value.webUrl, {
    group: 'HTTP',
    description: 'The address under which clients and Graph reach this server.',
    expects: 'an https URL (or http on loopback) without user name, query and fragment',
  }),
  ENTRA_MCP_HTTP_AUDIENCE: optional(z.string().regex(/^\S{1,255}$/, 'holds white space'), {
    group: 'HTTP',
    description: 'The audience that tokens of MCP clients must name.',
    expects: 'an application id URI or a client id',
  }),
});

export type SettingName = keyof typeof schema.shape;
export type Settings = z.output<typeof schema>;

function named(choices: readonly string[]): string {
  return choices.map((each) => `\`${each}\``).join(', ');
}
