/**
 * The storm: 200 concurrent reads of users against a bucket of 60 units in 2 seconds of which nothing is known in
 * advance. Prints how long it took until all were answered, and how many answers of 429 it cost. A server that counts in
 * windows cannot answer 200 of 60 in 2 seconds before 6.0 seconds.
 *
 * `node bench/storm.ts [units] [windowMs] [kind] [latencyMs] [seconds|decimals|none] [no-batch]`: see bucket-server.ts.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { path } from '../src/contract/index.ts';
import { createGraphPort } from '../src/graph/index.ts';

const reads = 200;
const user = z.object({ id: z.string(), displayName: z.string().nullable() });
const counted = z.object({ refused: z.number() });
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const clock = {
  now: () => Date.now(),
  sleep: (ms: number, signal?: AbortSignal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};
const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };

/** What the storm came to. */
export interface Storm {
  readonly answered: number;
  readonly seconds: number;
  readonly refusals: number;
  readonly httpRequests: number;
}

/** Runs it once against a server of its own. */
export async function storm(serverArguments: readonly string[]): Promise<Storm> {
  const script = fileURLToPath(import.meta.resolve('./bucket-server.ts'));
  const server = spawn(process.execPath, [script, ...serverArguments], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  if (server.stdout === null) throw new Error('The server has no stdout');
  const [line] = await once(server.stdout, 'data');
  const root = String(line).trim();
  const tokens = { method: 'none', token: async () => undefined };
  const port = createGraphPort({ root, tokens, clock, random, log: silent, version: 'bench' });
  const read = (id: string) => port.reader({ signal: new AbortController().signal }).get(path`/users/${id}`, user);
  // Connections stand and code is loaded; then the bucket is let fill again.
  await read('first');
  await sleep(Number(serverArguments[1] ?? 2000) + 100);
  const from = performance.now();
  const answers = await Promise.allSettled(Array.from({ length: reads }, (_, i) => read(`u${i}`)));
  const seconds = (performance.now() - from) / 1000;
  const { refused } = counted.parse(await (await fetch(`${root}/counts`)).json());
  const { attempts } = port.usage();
  await port.close();
  server.kill();
  const answered = answers.filter(({ status }) => status === 'fulfilled').length;
  return { answered, seconds, refusals: refused, httpRequests: attempts };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { answered, seconds, refusals, httpRequests } = await storm(process.argv.slice(2));
  process.stdout.write(
    `${answered} of ${reads} answered in ${seconds.toFixed(2)} s, ${refusals} x 429, ${httpRequests} HTTP requests\n`,
  );
}
