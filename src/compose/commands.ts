import { readKeptSignIn } from '../approval/kept-sign-in.ts';
import { runCli } from '../cli/index.ts';
import { loadConfig, userFolders } from '../config/index.ts';
import { tenantFolder, tenantFolders } from '../store/folders.ts';
import { inventory } from './inventory.ts';
import { placeOf } from './place.ts';
import { openServer, readConfig } from './serve.ts';
import { systemClock, systemRandom } from './system.ts';

/** Runs one of the commands that people type. Resolves to the exit code. */
export function command(argv: readonly string[], entry: string): Promise<number> {
  const place = placeOf(entry);
  return runCli(argv, {
    version: place.version,
    clock: systemClock,
    random: systemRandom,
    terminal: { input: process.stdin, output: process.stdout, error: process.stderr },
    self: [process.execPath, entry],
    stateDir: ({ stateDir, envFile }) => {
      if (stateDir !== undefined) return stateDir;
      const { config: configDir, data: dataDir } = userFolders();
      const { packageRoot } = place;
      return loadConfig({ env: process.env, envFile, packageRoot, configDir, dataDir, credentials: false }).stateDir;
    },
    inventory: async () => inventory(place),
    startDemo: async (options) => {
      const { startDemoTenant } = await import('../demo/index.ts');
      return startDemoTenant(options);
    },
    signsIn: (stateDir, tenantId) => {
      const tenant = tenantFolders(stateDir).find((each) => !each.demo && each.tenantId === tenantId);
      return tenant !== undefined && readKeptSignIn(tenant) !== undefined;
    },
    decisionPage: async (stateDir, tenantId, planId) => {
      const { decisionPage } = await import('./decision-page.ts');
      return decisionPage(stateDir, tenantFolder(stateDir, tenantId, false), planId);
    },
    setup: async (options) => {
      const { setupOf } = await import('./checkup.ts');
      return setupOf(place, options);
    },
    openDirectory: async (options) => {
      const { openDirectory } = await import('./opened-directory.ts');
      return openDirectory(place, options);
    },
    openServer: async (options) => {
      const server = openServer(readConfig(place, options), options, place);
      await server.policy();
      return server;
    },
    policyFile: ({ envFile }) => {
      const { config: configDir, data: dataDir } = userFolders();
      const { packageRoot } = place;
      return loadConfig({ env: process.env, envFile, packageRoot, configDir, dataDir, credentials: false }).policyFile;
    },
  });
}
