import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where this program lies. */
export interface Place {
  /** The entry file: what `node` is given to start it again. */
  readonly entry: string;
  /** The folder with package.json and tools.json. */
  readonly packageRoot: string;
  readonly version: string;
}

/** The place of an entry file, in src/ or dist/. */
export function placeOf(entry: string): Place {
  const packageRoot = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
  return { entry, packageRoot, version: String(version) };
}
