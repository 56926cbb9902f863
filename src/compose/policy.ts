import type { PolicyPort } from '../approval/index.ts';
import { type Config, ConfigError } from '../config/index.ts';
import type { Log } from '../contract/index.ts';
import { inventory } from './inventory.ts';
import type { Place } from './place.ts';

/**
 * The policies that the settings name; nothing is loaded where they name none.
 * @throws ConfigError with every problem of the file, ToolError CONFIG_INVALID where it cannot be read.
 */
export async function policyOf(
  { policyFile }: Pick<Config, 'policyFile'>,
  place: Pick<Place, 'packageRoot'>,
  log: () => Promise<Log>,
): Promise<PolicyPort | undefined> {
  if (policyFile === undefined) return undefined;
  const { policyActions, readPolicyFile } = await import('../approval/policy/index.ts');
  const { port, problems, warnings } = await readPolicyFile(policyFile, policyActions(inventory(place)));
  if (port === undefined) {
    throw new ConfigError(
      problems.map(({ line, column, message }) => ({
        setting: 'ENTRA_MCP_POLICY_FILE',
        message: `${policyFile}:${line}:${column}: ${message}.`,
        fix: 'Correct the policy: entra-mcp policy check shows what is understood.',
      })),
    );
  }
  if (warnings.length > 0) (await log()).warn({ file: policyFile, warnings }, 'policies that may not do what they say');
  return port;
}
