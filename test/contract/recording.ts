import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { GraphApi } from './graph-api.ts';
import { documentsArePresent } from './graph-documents.ts';
import { requestProblems, type SentRequest } from './request-check.ts';

const line = z.object({
  from: z.string(),
  method: z.string(),
  path: z.string(),
  headers: z.record(z.string(), z.string()).default({}),
  text: z.string().optional(),
});

/**
 * Tests whose requests are not meant for Graph: they drive the transport against servers of their own, with paths that
 * are made up. Everything else that goes out as the product's own is held against Graph's documents.
 */
const notGraph: readonly string[] = ['test/graph/'];

const mostShown = 40;

/**
 * Vitest's globalSetup: has all requests of the run written down (recorder.js), and fails the run in the end where one of
 * them is not a request that Graph takes.
 */
export default function record(): (() => void) | undefined {
  if (!documentsArePresent) {
    process.stdout.write('Requests are not held against Graph’s documents: ../shared/data/graph is absent.\n');
    return undefined;
  }
  // Both projects of a run share one recording.
  if (process.env['GRAPH_RECORDING'] !== undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'entra-mcp-requests-'));
  process.env['GRAPH_RECORDING'] = folder;
  return () => {
    try {
      const requests = judgeRecording(folder);
      if (requests > 0) process.stdout.write(`\n ${requests} distinct requests: all are valid for Graph.\n`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

interface Recorded extends SentRequest {
  readonly from: string;
}

function recorded(folder: string): Recorded[] {
  const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));
  return [...new Set(lines)]
    .filter((text) => text !== '')
    .map((text) => line.parse(JSON.parse(text)))
    .filter(({ from }) => !notGraph.some((folderOfTests) => from.startsWith(folderOfTests)))
    .map(({ text, ...rest }) => ({ ...rest, body: text === undefined ? undefined : JSON.parse(text) }));
}

/**
 * Holds what was recorded in a folder against Graph's documents; answers how many different requests it was.
 * @throws Error that lists what is not valid, each kind of problem once.
 */
export function judgeRecording(folder: string): number {
  const requests = recorded(folder);
  const api = new GraphApi();
  const found = new Map<string, string>();
  for (const request of requests) {
    for (const problem of requestProblems(api, request)) {
      const kind = `${request.method} ${request.path.split('?')[0]}: ${problem}`.replace(/[0-9a-f-]{36}/g, '{}');
      if (!found.has(kind))
        found.set(kind, `${request.method} ${request.path}\n    ${problem}\n    in ${request.from}`);
    }
  }
  if (found.size === 0) return requests.length;
  const shown = [...found.values()].slice(0, mostShown).map((text) => `  ${text}`);
  throw new Error(`${found.size} kinds of requests are not valid for Graph:\n${shown.join('\n')}`);
}
