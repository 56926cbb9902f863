import { statSync } from 'node:fs';
import { type ConfigError, foreignHosts } from '../../config/index.ts';
import type { Checkup, Environment, SettingFact } from './checkup.ts';
import type { Detail, Finding } from './finding.ts';
import { proxyText } from './way.ts';

const check = 'settings';

/** Where each value came from, and what is unwise about them. */
export function settingsFindings(settings: readonly SettingFact[], checkup: Checkup): Finding[] {
  const detail = { ...valuesOf(settings), ...surroundings(checkup.env) };
  return [
    { check, status: 'ok', message: countOf(settings.length), detail },
    ...foreign(checkup),
    ...readable(settings),
    ...unsafe(checkup.env),
  ];
}

/** Every problem, and where the settings came from: without values, since one may stand in the wrong place. */
export function settingsProblems(settings: readonly SettingFact[], { problems }: ConfigError): Finding[] {
  const origins = new Map(settings.map(({ name, origin }) => [name, origin]));
  return problems.map(({ setting, message, fix }) => {
    const from = origins.get(setting);
    const detail = { setting, ...(from === undefined ? {} : { from }) };
    return { check, status: 'failed', message, fix, detail };
  });
}

function countOf(count: number): string {
  if (count === 0) return 'No setting is set: all have their defaults.';
  return `${count === 1 ? 'One setting is' : `${count} settings are`} set; the others have their defaults.`;
}

function valuesOf(settings: readonly SettingFact[]): Record<string, Detail> {
  return Object.fromEntries(
    settings.map(({ name, value = '(secret)', origin }) => [name, { value, from: origin }] as const),
  );
}

/** What the environment says to Node and to the transport, beside the settings. A proxy's password stays out. */
function surroundings(env: Environment): Record<string, Detail> {
  const proxy = proxyText(env);
  const shown = {
    HTTPS_PROXY: proxy === undefined ? undefined : withoutPassword(proxy),
    NO_PROXY: env['no_proxy'] ?? env['NO_PROXY'],
    NODE_EXTRA_CA_CERTS: env['NODE_EXTRA_CA_CERTS'],
  };
  return Object.fromEntries(
    Object.entries(shown).flatMap(([name, value]) => (value ? [[name, { value, from: 'environment' }] as const] : [])),
  );
}

function withoutPassword(proxy: string): string {
  if (!URL.canParse(proxy)) return '(not an address)';
  const { protocol, host } = new URL(proxy);
  return `${protocol}//${host}`;
}

function foreign({ config, demo }: Checkup): Finding[] {
  if (demo) return [];
  const isLoopback = config.auth === 'none';
  return foreignHosts(config).map((host) => ({
    check,
    status: isLoopback ? 'ok' : 'warning',
    message: `${host} belongs to no cloud of Microsoft.`,
    ...(isLoopback
      ? {}
      : {
          fix: 'It gets the credential or the tokens: take AZURE_AUTHORITY_HOST or ENTRA_MCP_GRAPH_URL out unless you trust it. Every plan names it.',
        }),
  }));
}

/** Env files and keys that other users of this machine can read. */
function readable(settings: readonly SettingFact[]): Finding[] {
  const envFiles = settings.flatMap(({ origin }) => /^env file (.+)$/s.exec(origin)?.[1] ?? []);
  const keys = settings.flatMap(({ name, value }) => (name === 'AZURE_CLIENT_CERTIFICATE_PATH' ? (value ?? []) : []));
  return [...new Set([...envFiles, ...keys])].filter(isShared).map((path) => ({
    check,
    status: 'warning',
    message: `Other users of this machine can read ${path}.`,
    fix: `Run: chmod go= "${path}"`,
  }));
}

function isShared(path: string): boolean {
  // Windows has no such bits: there the ACL of the user's profile protects the file.
  if (process.platform === 'win32') return false;
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && (found.mode & 0o077) !== 0;
}

function unsafe(env: Environment): Finding[] {
  const findings: Finding[] = [];
  const extra = env['NODE_EXTRA_CA_CERTS'];
  if (extra && statSync(extra, { throwIfNoEntry: false }) === undefined) {
    findings.push({
      check,
      status: 'warning',
      message: 'NODE_EXTRA_CA_CERTS names a file that does not exist, so Node trusts no more authorities than usual.',
      fix: 'Set it to a PEM file with the root certificates of your organization, or take it out.',
    });
  }
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    findings.push({
      check,
      status: 'failed',
      message:
        'NODE_TLS_REJECT_UNAUTHORIZED is 0: certificates are not checked, so anyone on the way can read the credential.',
      fix: 'Take it out. For an authority of your own, set NODE_EXTRA_CA_CERTS instead.',
    });
  }
  return findings;
}
