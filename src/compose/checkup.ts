import { randomUUID } from 'node:crypto';
import { createTokenSource } from '../auth/index.ts';
import type { Checkup, SettingFact, Setup } from '../cli/doctor/checkup.ts';
import { reach } from '../cli/doctor/reach.ts';
import { catalog } from '../config/catalog.ts';
import {
  type Config,
  type ConfigSources,
  cloudOf,
  loadConfig,
  requireCredentials,
  userFolders,
} from '../config/index.ts';
import { find } from '../config/sources.ts';
import { missingFrom } from '../contract/index.ts';
import { createGraphPort } from '../graph/index.ts';
import { inventory, servedBy } from './inventory.ts';
import type { Place } from './place.ts';
import { stderrLog, systemClock, systemRandom } from './system.ts';

/** What `doctor` looks at: the parts that the server is made of, without a state of their own. */
export function setupOf(place: Place, options: { demo: boolean; envFile?: string }): Setup {
  const { config: configDir, data: dataDir } = userFolders();
  const sources: ConfigSources = {
    env: process.env,
    envFile: options.envFile,
    packageRoot: place.packageRoot,
    configDir,
    dataDir,
    ...(options.demo ? { credentials: false } : {}),
  };
  return {
    settings: factsOf(sources),
    open: () => opened(place, sources, options.demo),
  };
}

function factsOf(sources: ConfigSources): SettingFact[] {
  const { texts, origin } = find(sources);
  return catalog().flatMap(({ name, secret }) => {
    const text = texts[name];
    return text === undefined ? [] : [{ name, origin: origin[name] ?? '', value: secret ? undefined : text }];
  });
}

async function opened(place: Place, sources: ConfigSources, demo: boolean): Promise<Checkup> {
  const asked = loadConfig(sources);
  if (!demo) requireCredentials(asked);
  const tenant = demo ? await demoTenant(asked) : undefined;
  const config = tenant?.config ?? asked;
  const { default: all } = await import('../../tools/index.ts');
  // What it finds is told on stdout, in order; a log beside it is for those who look for a fault in it.
  const log = await stderrLog(/^(?:debug|trace)$/.test(config.logLevel) ? config.logLevel : 'silent');
  const prompt = ({ userCode, verificationUri }: { userCode: string; verificationUri: string }) => {
    process.stderr.write(`To sign in, open ${verificationUri} in a browser and enter the code ${userCode}\n`);
  };
  const tokens = createTokenSource({ config, clock: systemClock, log, prompt });
  const root = cloudOf(config).graphRoot;
  const port = { root, tokens, clock: systemClock, random: systemRandom, log, version: place.version };
  const graph = createGraphPort(port);
  const every = inventory(place);
  const served = new Set(servedBy(config, every).map(({ definition }) => definition.name));
  return {
    config,
    demo,
    env: process.env,
    tokens,
    graph,
    tools: all.filter(({ name }) => served.has(name)),
    inventory: every,
    missing: missingFrom,
    reach: (url, signal) => reach(url, process.env, signal),
    close: async () => {
      await graph.close();
      await tenant?.close();
      // A sign-in that was given up goes on for a while in its library: it must not hold the terminal.
      setTimeout(() => process.exit(), 1000).unref();
    },
  };
}

/** A simulated tenant that ends with the checkup, and leaves no folder. */
async function demoTenant(asked: Config): Promise<{ config: Config; close(): Promise<void> }> {
  const { startDemoTenant } = await import('../demo/index.ts');
  const tenantId = randomUUID();
  const demo = await startDemoTenant({ tenantId });
  const config = {
    ...asked,
    tenantId,
    auth: 'none',
    graphUrl: demo.url,
    cloud: 'global',
    authorityHost: undefined,
  } as const;
  return { config, close: () => demo.close() };
}
