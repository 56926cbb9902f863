import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { documentsArePresent, needsDocuments } from './graph-documents.ts';
import { judgeRecording } from './recording.ts';

// Requests of a process that a test starts, and of one that this one starts, are written down and judged.

const folder = mkdtempSync(join(tmpdir(), 'entra-mcp-recording-'));
let graph: Server;
let url = '';
beforeAll(async () => {
  graph = createServer((_, response) => response.end('{}')).listen(0, '127.0.0.1');
  await once(graph, 'listening');
  const address = graph.address();
  if (typeof address === 'object') url = `http://127.0.0.1:${address?.port}`;
});
afterAll(() => {
  graph.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a script as a process with little in its environment; the scripts find Graph's address in URL. */
async function run(name: string, script: string, from = 'test/e2e/made-up.test.ts'): Promise<string> {
  const recording = join(folder, name);
  mkdirSync(recording);
  const env = { URL: url, GRAPH_RECORDING: recording, GRAPH_RECORDING_FROM: from };
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { env, stdio: 'inherit' });
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  return recording;
}

const ask = (path: string, agent = 'entra-mcp/1.0', more = '') =>
  `await fetch(process.env.URL + ${JSON.stringify(path)}, { headers: { 'user-agent': '${agent}' }, ${more} });`;
const grandchild = (script: string) =>
  `import { spawn } from 'node:child_process';
  const args = ['--input-type=module', '-e', ${JSON.stringify(script)}];
  await new Promise((done) => spawn(process.execPath, args, { env: { URL: process.env.URL } }).on('close', done));`;

describe.skipIf(!documentsArePresent || process.env['GRAPH_RECORDING'] === undefined)(
  `a recording${needsDocuments}`,
  () => {
    test('of valid requests, each kind once', async () => {
      const script = ask('/v1.0/users?$select=id') + ask('/v1.0/users?$select=id') + ask('/v1.0/organization');
      expect(judgeRecording(await run('valid', script))).toBe(2);
    });

    test('of requests that Graph does not have, with the test that they came from', async () => {
      const recording = await run(
        'invalid',
        ask('/v1.0/people') + ask('/v1.0/users', 'entra-mcp/1.0', "method: 'DELETE'"),
      );
      expect(() => judgeRecording(recording)).toThrow(
        /2 kinds of .*\/v1\.0\/people\s+Graph has no such path\s+in test\/e2e\/made-up\.test\.ts.*does not take DELETE/s,
      );
    });

    test('follows into a process that the process starts', async () => {
      const recording = await run('grandchild', grandchild(ask('/v1.0/people')));
      expect(() => judgeRecording(recording)).toThrow('Graph has no such path');
    });

    test('keeps out what is not the product, and what is not meant for Graph', async () => {
      expect(judgeRecording(await run('others', ask('/v1.0/people', 'node')))).toBe(0);
      expect(judgeRecording(await run('transport', ask('/v1.0/made-up'), 'test/graph/send.test.ts'))).toBe(0);
    });
  },
);
