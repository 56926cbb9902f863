import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/index.ts';
import type { ServedTool } from '../server/ports.ts';
import type { Place } from './place.ts';

/** Every tool, from the generated tools.json. */
export function inventory(place: Pick<Place, 'packageRoot'>): readonly ServedTool[] {
  return JSON.parse(readFileSync(join(place.packageRoot, 'tools.json'), 'utf8'));
}

/** The tools that the settings serve. `core` is always among them. */
export function servedBy(
  config: Pick<Config, 'toolsets' | 'readOnly'>,
  all: readonly ServedTool[],
): readonly ServedTool[] {
  return all.filter(
    (tool) =>
      (tool.toolset === 'core' || config.toolsets.includes(tool.toolset)) && (tool.readOnly || !config.readOnly),
  );
}
