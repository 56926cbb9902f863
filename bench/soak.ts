import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { path } from '../src/contract/index.ts';
import { createGraphPort } from '../src/graph/index.ts';
import { type Line, median } from './measure.ts';

const calls = 200_000;
const atOnce = 40;
const user = z.object({ id: z.string(), displayName: z.string().nullable() });
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * 200,000 reads through one port under the quota of a large tenant (over four minutes: 8,000 units in 10 seconds), the
 * heap looked at after a collection every 10,000. Needs `--expose-gc`.
 */
export async function soak(): Promise<Line[]> {
  if (globalThis.gc === undefined) throw new Error('Run node --expose-gc bench/run.ts soak');
  const script = fileURLToPath(import.meta.resolve('./bucket-server.ts'));
  const server = spawn(process.execPath, [script, '1000000', '1000'], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  if (server.stdout === null) throw new Error('The server has no stdout');
  const [line] = await once(server.stdout, 'data');
  const clock = {
    now: () => Date.now(),
    sleep: (ms: number, signal?: AbortSignal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
  };
  const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };
  const tokens = { method: 'none', token: async () => undefined };
  const port = createGraphPort({
    root: String(line).trim(),
    tokens,
    clock,
    random,
    log: silent,
    version: 'bench',
    quota: 'L',
  });
  const heap: number[] = [];
  let done = 0;
  const worker = async () => {
    while (done < calls) {
      done += 1;
      const at = done;
      await port
        .reader({ signal: new AbortController().signal, lane: 'bulk' })
        .get(path`/users/${`u${at % 5000}`}`, user);
      if (at % 10_000 !== 0) continue;
      globalThis.gc?.();
      heap.push(process.memoryUsage().heapUsed);
    }
  };
  const from = performance.now();
  await Promise.all(Array.from({ length: atOnce }, worker));
  const seconds = (performance.now() - from) / 1000;
  await port.close();
  server.kill();
  const [early, late] = [median(heap.slice(1, 6)), median(heap.slice(-5))];
  const against = `the heap early on: ${(early / 2 ** 20).toFixed(1)} MB, at the end ${(late / 2 ** 20).toFixed(1)} MB, ${calls} reads in ${seconds.toFixed(0)} s`;
  return [{ what: 'heap after 200,000 calls', measured: late / early, reach: 1.05, unit: 'x', against }];
}
