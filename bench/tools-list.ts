import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defaultToolsets } from '../src/contract/index.ts';
import type { ServedTool } from '../src/server/index.ts';
import type { Line } from './measure.ts';

/** What `tools/list` costs a model: bytes, of the default toolsets and of all. */
export async function toolsList(): Promise<Line[]> {
  const all: readonly ServedTool[] = JSON.parse(readFileSync(join(dirname(import.meta.dirname), 'tools.json'), 'utf8'));
  const usual = all.filter(({ toolset }) => defaultToolsets.includes(toolset));
  return [
    line('handed to the model, default toolsets', handed(usual), 32, usual.length),
    line('handed to the model, all toolsets', handed(all), 56, all.length),
    line('whole tools/list, default toolsets', whole(usual), 60, usual.length),
    line('whole tools/list, all toolsets', whole(all), 110, all.length),
  ];
}

function line(what: string, bytes: number, reach: number, tools: number): Line {
  return { what, measured: bytes / 1024, reach, unit: 'KB', against: `${tools} tools` };
}

function handed(tools: readonly ServedTool[]): number {
  const kept = tools.map(({ definition: { name, description, inputSchema } }) => ({ name, description, inputSchema }));
  return Buffer.byteLength(JSON.stringify(kept));
}

function whole(tools: readonly ServedTool[]): number {
  return Buffer.byteLength(JSON.stringify({ tools: tools.map(({ definition }) => definition) }));
}
