import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import type { PolicyPort } from '../approval/index.ts';
import {
  type Config,
  ConfigError,
  foreignHosts,
  loadConfig,
  requireCredentials,
  userFolders,
} from '../config/index.ts';
import { ToolError } from '../contract/error.ts';
import type { Log } from '../contract/index.ts';
import type { ServerPorts } from '../server/ports.ts';
import { serveOverStdio } from '../server/stdio.ts';
import { refuseShared } from '../store/folders.ts';
import type { DemoChoice } from './demo.ts';
import { inventory, servedBy } from './inventory.ts';
import { type Place, placeOf } from './place.ts';
import { policyOf } from './policy.ts';
import { stderrLog, systemClock } from './system.ts';
import { wakeForRuns } from './waking.ts';

const usage = 'Usage: entra-mcp serve [--demo] [--env-file FILE]';

/** What may still be closed once all calls have ended: a sign-in under way is not waited for. */
const closingMs = 200;

/** `entra-mcp serve`: speaks MCP on stdin and stdout until the client closes them. */
export async function serve(argv: readonly string[], entry: string): Promise<void> {
  const place = placeOf(entry);
  const options = optionsOf(argv);
  if (options === undefined) return end(2);
  const config = orTold(() => checkedConfig(place, options));
  if (config === undefined) return end(78);
  const server = openServer(config, { ...options, page: true }, place);
  // Refused now, and not at the first change.
  if (config.policyFile !== undefined && !(await isGood(server.policy()))) return end(78);
  const hosts = options.demo ? [] : foreignHosts(config);
  if (hosts.length > 0) (await server.ports.log()).warn({ hosts }, 'Graph or login host outside the known clouds');
  if (!options.demo) wake(config, server.ports);
  await serveOverStdio(server.ports);
  await Promise.race([server.close(), systemClock.sleep(closingMs)]);
  // Idle sockets and timers of libraries must not hold a client that has gone.
  process.exit(0);
}

function end(code: number): void {
  process.exitCode = code;
}

/** What `serve` was asked for. */
interface ServeOptions extends DemoChoice {
  readonly envFile?: string;
}

function optionsOf(argv: readonly string[]): ServeOptions | undefined {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        demo: { type: 'boolean', default: false },
        users: { type: 'string' },
        'env-file': { type: 'string' },
      },
    });
    const envFile = values['env-file'];
    return { ...demoChoice(values), ...(envFile === undefined ? {} : { envFile }) };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'Unknown option'}\n${usage}\n`);
    return undefined;
  }
}

function demoChoice({ demo, users }: { demo: boolean; users?: string | undefined }): DemoChoice {
  if (users === undefined) return { demo };
  if (!demo) throw new Error('--users goes with --demo: how many people the demo tenant has.');
  const count = Number(users);
  if (Number.isInteger(count) && count >= 25 && count <= 1_000_000) return { demo, users: count };
  throw new Error('--users takes a whole number from 25 to 1000000.');
}

function checkedConfig(place: Place, options: ServeOptions): Config {
  const config = readConfig(place, options);
  // Said where a person sees it; a call would only say it to the model.
  if (existsSync(config.stateDir)) refuseShared(config.stateDir);
  return config;
}

function orTold<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    tell(error);
    return undefined;
  }
}

function isGood(read: Promise<unknown>): Promise<boolean> {
  return read.then(
    () => true,
    (error: unknown) => {
      tell(error);
      return false;
    },
  );
}

/** What is wrong with the settings, to whoever started the server. */
function tell(error: unknown): void {
  if (error instanceof ToolError) process.stderr.write(`${error.message} ${error.fix}\n`);
  else if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
  else throw error;
}

function wake(config: Config, { session, log }: ServerPorts): void {
  wakeForRuns(config, session, { clock: systemClock, log }).catch(async (error: unknown) =>
    (await log()).error({ err: error }, 'it is not known whether runs wait'),
  );
}

/** The settings. Without the demo they must say which tenant to talk to. @throws ConfigError */
export function readConfig(place: Place, options: { demo?: boolean; envFile?: string }): Config {
  const { config: configDir, data: dataDir } = userFolders();
  const config = loadConfig({
    env: process.env,
    envFile: options.envFile,
    packageRoot: place.packageRoot,
    configDir,
    dataDir,
    ...(options.demo === true ? { credentials: false } : {}),
  });
  if (options.demo !== true) requireCredentials(config);
  return config;
}

/** The parts of a server, each loaded when it is first needed. */
export function openServer(
  config: Config,
  { page, ...demo }: DemoChoice & { readonly page?: boolean },
  place: Place,
): { ports: ServerPorts; policy(): Promise<PolicyPort | undefined>; close(): Promise<void> } {
  const log = once<Log>(() => stderrLog(config.logLevel));
  const policy = once(() => policyOf(config, place, log));
  const session = once(async () => {
    const { openTenant } = await import('./tenant.ts');
    return openTenant({ config, demo, place, log: await log(), page: page === true, policy: await policy() });
  });
  const tools = once(async () => {
    const { default: all } = await import('../../tools/index.ts');
    return new Map(all.map((tool) => [tool.name, tool]));
  });
  const ports: ServerPorts = {
    version: place.version,
    served: servedBy(config, inventory(place)),
    clock: systemClock,
    sealingKey: randomBytes(32),
    requester: `os:${userInfo().username}`,
    tool: async (name) => (await tools()).get(name),
    session,
    log,
  };
  const close = async () => {
    if (session.begun())
      await session()
        .then((opened) => opened.close())
        .catch(() => undefined);
  };
  return { ports, policy, close };
}

/** Runs `make` on the first call; a failure is not kept, so that the next call tries again. */
function once<T>(make: () => Promise<T>): (() => Promise<T>) & { begun(): boolean } {
  let made: Promise<T> | undefined;
  const get = () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
  return Object.assign(get, { begun: () => made !== undefined });
}
