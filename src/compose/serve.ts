import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { type Config, ConfigError, loadConfig, requireCredentials, userFolders } from '../config/index.ts';
import type { Log } from '../contract/index.ts';
import type { ServerPorts } from '../server/ports.ts';
import { serveOverStdio } from '../server/stdio.ts';
import { inventory, servedBy } from './inventory.ts';
import { type Place, placeOf } from './place.ts';
import { stderrLog, systemClock } from './system.ts';

const usage = 'Usage: entra-mcp serve [--demo] [--env-file FILE]';

/** `entra-mcp serve`: speaks MCP on stdin and stdout until the client closes them. */
export async function serve(argv: readonly string[], entry: string): Promise<void> {
  const place = placeOf(entry);
  const options = optionsOf(argv);
  if (options === undefined) return end(2);
  const config = configOr(place, options);
  if (config === undefined) return end(78);
  const server = openServer(config, options.demo, place);
  await serveOverStdio(server.ports);
  await server.close();
  // Idle sockets and timers of libraries must not hold a client that has gone.
  process.exit(0);
}

function end(code: number): void {
  process.exitCode = code;
}

function optionsOf(argv: readonly string[]): { demo: boolean; envFile?: string } | undefined {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { demo: { type: 'boolean', default: false }, 'env-file': { type: 'string' } },
    });
    const envFile = values['env-file'];
    return { demo: values.demo, ...(envFile === undefined ? {} : { envFile }) };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'Unknown option'}\n${usage}\n`);
    return undefined;
  }
}

function configOr(place: Place, options: { demo: boolean; envFile?: string }): Config | undefined {
  try {
    return readConfig(place, options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return undefined;
  }
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
  demo: boolean,
  place: Place,
): { ports: ServerPorts; close(): Promise<void> } {
  const log = once<Log>(() => stderrLog(config.logLevel));
  const session = once(async () => {
    const { openTenant } = await import('./tenant.ts');
    return openTenant({ config, demo, place, log: await log() });
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
  return { ports, close };
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
