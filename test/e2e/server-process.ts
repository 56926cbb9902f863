import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StdioClientTransport as TransportV2 } from '@modelcontextprotocol/client/stdio';
import { StdioClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { type ClientKind, connected, type TestClient } from '../server/clients.ts';

type Env = Readonly<Record<string, string>>;

/** How a process is started. */
export interface StartOptions {
  readonly args?: readonly string[];
  /** Beside PATH, HOME and ENTRA_MCP_STATE_DIR; nothing is inherited from the tests' own environment. */
  readonly env?: Env;
  readonly cwd?: string;
}

/** A server with a client on it. */
export interface RunningServer {
  readonly client: TestClient;
  /** What it has written to stderr so far. */
  stderr(): string;
  close(): Promise<void>;
}

/** A process that ran to its end. */
export interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A user's machine: a home, a state folder, and the built package in a place where no `.env` of a checkout counts. */
export interface Machine {
  readonly folder: string;
  /** The file that `node` is given. */
  readonly entry: string;
  /** Mode 0700, and there from the start. */
  readonly stateDir: string;
  /** An empty folder of its own, mode 0700. */
  newFolder(): string;
  /** Starts `serve` and connects a client to it. */
  serve(options?: StartOptions & { readonly kind?: ClientKind }): Promise<RunningServer>;
  /** Starts a process; the caller speaks to it. */
  spawn(args: readonly string[], options?: StartOptions & { readonly node?: string }): ChildProcessWithoutNullStreams;
  /** Runs a command to its end: `input` is all of its stdin. */
  run(args: readonly string[], options?: StartOptions & { readonly node?: string; input?: string }): Promise<Ended>;
  /** Ends every server and takes the folder away. */
  close(): Promise<void>;
}

const root = join(import.meta.dirname, '..', '..');

/** Copies the built package: a build that goes on meanwhile changes nothing under a running test. */
export function machine(): Machine {
  const folder = mkdtempSync(join(tmpdir(), 'entra-mcp-e2e-'));
  const entry = install(join(folder, 'package'));
  const newFolder = () => mkdtempSync(join(folder, 'folder-'));
  const stateDir = newFolder();
  const servers: RunningServer[] = [];
  const envOf = (env: Env = {}): Record<string, string> => ({
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    ENTRA_MCP_STATE_DIR: stateDir,
    ENTRA_MCP_OPEN_BROWSER: 'false',
    ...env,
  });

  async function serve({ args = [], env, cwd = folder, kind = 'v1' }: StartOptions & { kind?: ClientKind } = {}) {
    const stderr = 'pipe' as const;
    const parameters = { command: process.execPath, args: [entry, 'serve', ...args], env: envOf(env), cwd, stderr };
    const transport = kind === 'v1' ? new TransportV1(parameters) : new TransportV2(parameters);
    let written = '';
    transport.stderr?.on('data', (chunk) => {
      written += chunk;
    });
    const client = await connected(kind, transport).catch((cause: unknown) => {
      throw new Error(`The server did not start: ${written}`, { cause });
    });
    const server = { client, stderr: () => written, close: () => client.close() };
    servers.push(server);
    return server;
  }

  const start: Machine['spawn'] = (args, { env, cwd = folder, node = process.execPath } = {}) =>
    spawn(node, [entry, ...args], { cwd, env: envOf(env), stdio: 'pipe' });

  return {
    folder,
    entry,
    stateDir,
    newFolder,
    serve,
    spawn: start,
    run: (args, { input = '', ...options } = {}) => {
      const child = start(args, options);
      // A process that refuses to start reads nothing.
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
      return ended(child);
    },
    async close() {
      await Promise.all(servers.map((server) => server.close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function install(to: string): string {
  if (!existsSync(join(root, 'dist', 'main.js'))) throw new Error('There is no dist/: npm run build makes it');
  mkdirSync(to);
  for (const part of ['dist', 'package.json', 'tools.json'])
    cpSync(join(root, part), join(to, part), { recursive: true });
  return join(to, 'dist', 'main.js');
}

/** What a process wrote, once it has ended. */
export function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Every byte of every file under a folder, as Latin-1. */
export function contentsOf(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');
}
