import type { OpenDirectory } from '../cli/index.ts';
import { mirrorFile } from '../directory/index.ts';
import { tenantFolder } from '../store/index.ts';
import type { Place } from './place.ts';
import { openServer, readConfig } from './serve.ts';

/** The directory of the tenant that the settings name. @throws ConfigError */
export async function openDirectory(
  place: Place,
  options: { demo: boolean; envFile?: string },
): Promise<OpenDirectory> {
  const config = readConfig(place, options);
  const { ports, close } = openServer(config, options, place);
  try {
    const { tenantId, directory } = await ports.session();
    const { folder } = tenantFolder(config.stateDir, tenantId, options.demo);
    const { syncSecret, syncIntervalMs } = config;
    return {
      tenantId,
      directory: directory(ports.requester),
      file: mirrorFile(folder),
      syncSecret,
      syncIntervalMs,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
