import type { Clock, DirectoryPort, PlanState, Random } from '../contract/index.ts';
import type { ServedTool, ServerPorts } from '../server/index.ts';
import type { Setup } from './doctor/checkup.ts';

/** A demo tenant that runs in this process. */
export interface RunningDemo {
  /** The Graph root: `http://127.0.0.1:1234`. */
  readonly url: string;
  readonly tenantId: string;
  readonly domain: string;
  close(): Promise<void>;
}

/** A server's parts, opened for a command that runs tools without MCP. */
export interface OpenServer {
  readonly ports: ServerPorts;
  close(): Promise<void>;
}

/** A tenant's directory, opened for `sync`. */
export interface OpenDirectory {
  readonly tenantId: string;
  readonly directory: DirectoryPort;
  /** The file of its mirror, which keeps where each target of `--to` stands. */
  readonly file: string;
  /** ENTRA_MCP_SYNC_SECRET */
  readonly syncSecret: string | undefined;
  /** ENTRA_MCP_SYNC_INTERVAL, in milliseconds. */
  readonly syncIntervalMs: number;
  close(): Promise<void>;
}

/** The approval page, served for one plan by a command. */
export interface DecisionPage {
  readonly address: string;
  /** How far the plan is. `decision` is undefined while more people have to agree. */
  standing(): Promise<{
    readonly state: PlanState;
    readonly decision: 'approve' | 'deny' | undefined;
    readonly approvedBy: readonly string[];
    readonly needed: number;
  }>;
  close(): Promise<void>;
}

/** The terminal, or what stands for it in tests. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean; setRawMode?(mode: boolean): unknown };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly error: NodeJS.WritableStream;
}

/** What the commands are given by the composer. */
export interface CliPorts {
  readonly version: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly terminal: Terminal;
  /** Program and first arguments that start this very entry again: for `tour`, which spawns the server. */
  readonly self: readonly [string, ...string[]];
  /**
   * The state folder: `--state-dir` where given, else the settings'. Needs no credentials.
   * @throws ConfigError with every problem of the settings.
   */
  stateDir(options: { stateDir?: string; envFile?: string }): string;
  /** ENTRA_MCP_POLICY_FILE. Needs no credentials. @throws ConfigError with every problem of the settings. */
  policyFile(options: { envFile?: string }): string | undefined;
  /** Every tool of the inventory, with nothing cut away. */
  inventory(): Promise<readonly ServedTool[]>;
  startDemo(options: { users?: number; seed?: number; port?: number; faults?: string }): Promise<RunningDemo>;
  /** @throws ConfigError where the settings do not say which tenant to talk to. */
  openServer(options: { demo: boolean; envFile?: string }): Promise<OpenServer>;
  /** @throws ConfigError where the settings do not say which tenant to talk to. */
  openDirectory(options: { demo: boolean; envFile?: string }): Promise<OpenDirectory>;
  /** True where the tenant's approvers sign in with Entra, as its last server had it. */
  signsIn(stateDir: string, tenantId: string): boolean;
  /** Serves the approval page for one plan of a tenant where they do. */
  decisionPage(stateDir: string, tenantId: string, planId: string): Promise<DecisionPage>;
  /** What `doctor` looks at. */
  setup(options: { demo: boolean; envFile?: string }): Promise<Setup>;
}
