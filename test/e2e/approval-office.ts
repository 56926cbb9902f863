import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { StdioClientTransport as TransportV2 } from '@modelcontextprotocol/client/stdio';
import { StdioClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { readApproverKeys, writeApproverKeys } from '../../src/approval/approver.ts';
import { type ApproverKeys, createKeys, type UnlockedKeys, unlock } from '../../src/approval/keys.ts';
import { decideWith } from '../../src/approval/terminal.ts';
import { systemClock } from '../../src/compose/system.ts';
import { type DemoTenant, startDemoTenant } from '../../src/demo/index.ts';
import { type CallResult, type ClientKind, connected, type Form, type TestClient } from '../server/clients.ts';
import { isRead } from './approval-world.ts';
import { type Ended, type Machine, machine } from './server-process.ts';

export const pin = 'four words as a PIN';

/** A server process with a client on it. */
export interface Office {
  readonly client: TestClient;
  /** SIGKILL: no handler of the process runs. Resolves once it is gone. */
  kill(): Promise<void>;
  /** What it has written to stderr so far. */
  stderr(): string;
}

export interface OfficeOptions {
  readonly kind?: ClientKind;
  readonly form?: Form;
  readonly env?: Readonly<Record<string, string>>;
  readonly stateDir?: string;
  /** The Graph root; the demo tenant's by default. */
  readonly url?: string;
}

/** A machine on which servers work on one demo tenant as if it were a real one, and a human approves. */
export class ApprovalTown {
  readonly place: Machine;
  readonly demo: DemoTenant;
  readonly #offices: Office[] = [];

  private constructor(place: Machine, demo: DemoTenant) {
    this.place = place;
    this.demo = demo;
  }

  /** With the approver's PIN set. */
  static async open(users = 60): Promise<ApprovalTown> {
    const town = new ApprovalTown(machine(), await startDemoTenant({ users }));
    made ??= createKeys(pin);
    writeApproverKeys(town.place.stateDir, await made);
    return town;
  }

  async serve({ kind = 'v1', form, env = {}, stateDir, url }: OfficeOptions = {}): Promise<Office> {
    const { place, demo } = this;
    const parameters = {
      command: process.execPath,
      args: [place.entry, 'serve'],
      cwd: place.folder,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: place.folder,
        ENTRA_MCP_STATE_DIR: stateDir ?? place.stateDir,
        ENTRA_MCP_GRAPH_URL: url ?? demo.url,
        ENTRA_MCP_AUTH: 'none',
        ENTRA_MCP_OPEN_BROWSER: 'false',
        ...env,
      },
      stderr: 'pipe' as const,
    };
    const transport = kind === 'v1' ? new TransportV1(parameters) : new TransportV2(parameters);
    let written = '';
    transport.stderr?.on('data', (chunk) => {
      written += chunk;
    });
    const client = await connected(kind, transport, form);
    const { pid } = transport;
    if (pid === null) throw new Error(`The server did not start: ${written}`);
    const office = { client, stderr: () => written, kill: () => killed(pid) };
    this.#offices.push(office);
    return office;
  }

  /** `entra-mcp approve` or `deny`, as a second process. */
  decide(planId: string, decision: 'approve' | 'deny' = 'approve', typed = pin): Promise<Ended> {
    return this.place.run([decision, planId], { input: `${typed}\n` });
  }

  /** The same in this process. */
  async approve(planId: string, stateDir = this.place.stateDir): Promise<void> {
    await decideWith(stateDir, planId, 'approve', () => unlockedOf(stateDir), systemClock);
  }

  /** Runs SQL on the state, as someone with a hand in the folder would. */
  sql(text: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    const db = new DatabaseSync(join(this.place.stateDir, 'tenants', this.demo.tenantId, 'state.db'));
    try {
      db.exec('PRAGMA busy_timeout = 5000');
      return db
        .prepare(text)
        .all(...values)
        .map((row) => ({ ...row }));
    } finally {
      db.close();
    }
  }

  /** How often a request that is no read has reached the tenant. */
  writes(since = 0) {
    return this.demo.requests.filter((request) => !isRead(request)).slice(since);
  }

  /** Changes a user behind the server's back. */
  async elsewhere(userId: string, body: object): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${this.demo.url}/v1.0/users/${userId}`, {
      method: 'PATCH',
      headers,
      body: JSON.stringify(body),
    });
    if (answer.status !== 204) throw new Error(`PATCH: ${answer.status}`);
  }

  async close(): Promise<void> {
    await Promise.all(this.#offices.map(({ client }) => client.close().catch(() => undefined)));
    await this.demo.close();
    await this.place.close();
  }
}

/** The same approver works in every town, and is unlocked once: scrypt takes a third of a second. */
let made: Promise<ApproverKeys> | undefined;
const unlocked = new Map<string, Promise<UnlockedKeys>>();

async function unlockedOf(stateDir: string): Promise<UnlockedKeys> {
  const keys = readApproverKeys(stateDir);
  if (keys === undefined) throw new Error('No PIN is set');
  const open = unlocked.get(keys.keyId) ?? unlock(keys, pin);
  unlocked.set(keys.keyId, open);
  return open;
}

async function killed(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A field of an answer, at any depth. */
export function at(data: unknown, ...names: readonly string[]): unknown {
  return names.reduce((value: unknown, name) => Object(value)[name], data);
}

export function errorCode({ data }: Pick<CallResult, 'data'>): unknown {
  return at(data, 'error', 'code');
}
