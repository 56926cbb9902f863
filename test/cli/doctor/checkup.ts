import type { Checkup, SettingFact, Setup } from '../../../src/cli/doctor/checkup.ts';
import type { Check, Finding } from '../../../src/cli/doctor/finding.ts';
import { loadConfig } from '../../../src/config/index.ts';
import {
  type AccessToken,
  type GraphUsage,
  missingFrom,
  type TokenClaims,
  type TokenSource,
} from '../../../src/contract/index.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { noon, type Ran, run } from '../terminal.ts';

export const tenantId = '6f0c1d7e-4b1a-4d52-9a3e-2f8f5f0f9a01';
export const clientId = '0a5b61c1-3c1f-4c8f-b1a0-2a1f9d1c7b11';
const secret = 'the-secret-itself';

/** What a test changes of a setup in which everything is right. */
export interface Changes {
  readonly env?: Readonly<Record<string, string>>;
  readonly stateDir: string;
  readonly settings?: readonly SettingFact[];
  readonly reach?: Checkup['reach'];
  readonly token?: TokenSource['token'];
  readonly graph?: FakeGraph;
  readonly usage?: Partial<GraphUsage>;
  readonly tools?: Checkup['tools'];
  readonly inventory?: Checkup['inventory'];
  readonly demo?: boolean;
  /** True: whatever waits for time to pass is late at once. */
  readonly late?: boolean;
}

function claims(more: Partial<TokenClaims> = {}): TokenClaims {
  const roles = ['User.Read.All', 'GroupMember.ReadWrite.All'];
  return { kind: 'app', tid: tenantId, appId: clientId, roles, scopes: [], directoryRoles: [], ...more };
}

export async function tokenWith(more: Partial<TokenClaims> = {}): Promise<AccessToken> {
  return { token: 'the-token-itself', expiresAt: noon + 3_600_000, claims: claims(more) };
}

export const organization = () =>
  new FakeGraph().collection('/organization', [{ id: tenantId, displayName: 'Contoso' }]);

const tools: Checkup['tools'] = [
  { name: 'get_plan', toolset: 'core', permissions: [] },
  { name: 'get_user', toolset: 'users', permissions: ['User.Read.All'] },
  { name: 'list_group_members', toolset: 'groups', permissions: ['GroupMember.Read.All', 'User.Read.All'] },
];

const usage = { requests: 1, attempts: 1, throttled: 0, waitedMs: 0, resourceUnits: 1 };

function setupOf(changes: Changes): Setup {
  const { env = {}, stateDir, demo = false, graph = organization(), token = () => tokenWith() } = changes;
  const own = { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId, AZURE_CLIENT_SECRET: secret };
  const all = { ...own, ENTRA_MCP_STATE_DIR: stateDir, ...env };
  const open = async (): Promise<Checkup> => ({
    config: loadConfig({ env: all, packageRoot: '/nowhere', configDir: '/nowhere' }),
    demo,
    env: all,
    tokens: { method: 'client secret', token },
    graph: {
      reader: () => graph,
      delta: () => {
        throw new TypeError('A checkup follows nothing');
      },
      writer: () => {
        throw new Error('doctor changes nothing');
      },
      usage: () => Object.assign(Object.create(null), usage, changes.usage),
      close: async () => undefined,
    },
    tools: changes.tools ?? tools,
    inventory: changes.inventory ?? [],
    missing: missingFrom,
    reach: changes.reach ?? (async () => ({ exempt: false, addresses: ['192.0.2.1'], dateMs: noon })),
    close: async () => undefined,
  });
  return { settings: changes.settings ?? [], open };
}

/** What `doctor` says. */
export async function examine(changes: Changes, argv: readonly string[] = []): Promise<Ran> {
  const sleep = () => (changes.late === true ? Promise.resolve() : new Promise<void>(() => undefined));
  const clock = { now: () => noon, sleep };
  const ran = await run(['doctor', ...argv], { ports: { clock, setup: async () => setupOf(changes) } });
  if (/the-(?:secret|token)-itself/.test(ran.output + ran.error)) throw new Error('A secret was told');
  return ran;
}

/** The findings of one check, and the exit code. */
export async function found(check: Check, changes: Changes): Promise<{ code: number; of: Finding[] }> {
  const { code, output } = await examine(changes, ['--json']);
  const { checks }: { checks: Finding[] } = JSON.parse(output);
  return { code, of: checks.filter((finding) => finding.check === check) };
}
