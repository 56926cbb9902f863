import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { parseEnv } from 'node:util';
import { nearest } from '../contract/nearest.ts';
import { catalog, type Setting } from './catalog.ts';
import type { ConfigProblem } from './problem.ts';
import type { SettingName } from './schema.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where settings may come from. The folder that a client happens to start the process in is not among them. */
export interface ConfigSources {
  readonly env: Environment;
  /** The value of `--env-file`. */
  readonly envFile?: string | undefined;
  /** The folder of this package. Its `.env` counts in a checkout, not where the package is installed in node_modules. */
  readonly packageRoot: string;
  /** The user's config folder (env-paths). */
  readonly configDir: string;
  /** The user's data folder, in which state is kept by default. */
  readonly dataDir?: string | undefined;
  /**
   * False for what never signs in (the demo, `plans`, `approve` …): the sign-in settings, ENTRA_MCP_CLOUD and
   * ENTRA_MCP_GRAPH_URL are then not read at all, and `auth` is `unset`.
   */
  readonly credentials?: boolean | undefined;
}

/** Where a value came from: `environment`, `env file <path>` or `default`. */
export type Origin = 'environment' | `env file ${string}` | 'default';

export interface Found {
  readonly texts: Partial<Record<SettingName, string>>;
  readonly origin: Record<string, Origin>;
  readonly problems: readonly ConfigProblem[];
}

interface Layer {
  readonly origin: Origin;
  /** The folder that relative paths start at. */
  readonly folder: string;
  readonly values: Environment;
}

/** The text of each setting, from the first place that has it: environment, `--env-file`, config folder, checkout. */
export function find(sources: ConfigSources): Found {
  const problems: ConfigProblem[] = [];
  const layers = [{ origin: 'environment' as const, folder: '.', values: sources.env }, ...files(sources, problems)];
  const settings = catalog();
  for (const layer of layers) problems.push(...strangers(layer, settings));
  const found: Found = {
    texts: {},
    origin: Object.fromEntries(settings.map(({ name }) => [name, 'default'])),
    problems,
  };
  for (const setting of settings) {
    if (sources.credentials === false && namesTenant(setting)) continue;
    const layer = layers.find(({ values }) => isSet(values[setting.name]));
    if (layer === undefined) continue;
    found.texts[setting.name] = textOf(setting, layer);
    found.origin[setting.name] = layer.origin;
  }
  return found;
}

function namesTenant({ group, name }: Setting): boolean {
  return group === 'Sign-in' || name === 'ENTRA_MCP_CLOUD' || name === 'ENTRA_MCP_GRAPH_URL';
}

/** An MCPB host leaves `${user_config.x}` as it is where the user gave no value. */
function isSet(text: string | undefined): text is string {
  return text !== undefined && text.trim() !== '' && !/^\$\{user_config\.[^}]*\}$/.test(text.trim());
}

function textOf(setting: Setting, { values, folder }: Layer): string {
  const text = values[setting.name] ?? '';
  if (setting.secret) return text;
  const trimmed = text.trim();
  if (!setting.path || isAbsolute(trimmed) || /^~[/\\]/.test(trimmed)) return trimmed;
  return resolve(folder, trimmed);
}

function files(sources: ConfigSources, problems: ConfigProblem[]): Layer[] {
  const paths = [join(sources.configDir, '.env')];
  if (!sources.packageRoot.split(sep).includes('node_modules')) paths.push(join(sources.packageRoot, '.env'));
  const named = sources.envFile === undefined ? [] : [resolve(sources.envFile)];
  return [...named, ...paths].flatMap((path) => {
    const text = read(path, named.includes(path), problems);
    if (text === undefined) return [];
    return [{ origin: `env file ${path}` as const, folder: dirname(path), values: parseEnv(text) }];
  });
}

function read(path: string, named: boolean, problems: ConfigProblem[]): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const absent = error instanceof Error && 'code' in error && /^(ENOENT|ENOTDIR)$/.test(String(error.code));
    if (absent && !named) return undefined;
    problems.push({
      setting: named ? '--env-file' : path,
      message: `The env file ${path} ${absent ? 'does not exist' : 'cannot be read'}.`,
      fix: named ? 'Give --env-file the path of a file that this user can read.' : 'Make it readable, or remove it.',
    });
    return undefined;
  }
}

/** Names of ours that no setting has: a typing error there would go unnoticed, and read_only=true be ignored. */
function strangers({ origin, values }: Layer, settings: readonly Setting[]): ConfigProblem[] {
  const known = settings.map(({ name }) => name);
  return Object.keys(values)
    .filter((name) => name.startsWith('ENTRA_MCP_') && !known.some((each) => each === name) && isSet(values[name]))
    .map((name) => {
      const near = nearest(
        name,
        known.filter((each) => each.startsWith('ENTRA_MCP_')),
      );
      return {
        setting: name,
        message: `${name} (${origin}) is not a setting.`,
        fix: near === undefined ? 'Remove it; docs/configuration.md lists the settings.' : `Did you mean ${near}?`,
      };
    });
}
