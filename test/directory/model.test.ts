import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Clock } from '../../src/contract/index.ts';
import { Directory, mirrorFile } from '../../src/directory/index.ts';
import { createGraphPort } from '../../src/graph/index.ts';
import { CountingRandom, FakeTokens, KeptLog } from '../graph/setting.ts';
import { ModelMirror, ModelTenant, type Step, step } from './tenant-model.ts';

const runs = Number(process.env['MODEL_RUNS'] ?? 6);

it('after any sequence of changes, syncs, cancels and resets the mirror is the tenant, and whoever follows it has it', async () => {
  await fc.assert(fc.asyncProperty(fc.nat(1000), fc.array(step, { minLength: 2, maxLength: 14 }), playedOut), {
    numRuns: runs,
    interruptAfterTimeLimit: Number(process.env['MODEL_MS'] ?? 600_000),
    endOnFailure: process.env['MODEL_SHRINK'] === undefined,
    ...(process.env['MODEL_SEED']
      ? {
          seed: Number(process.env['MODEL_SEED']),
          ...(process.env['MODEL_PATH'] ? { path: process.env['MODEL_PATH'] } : {}),
        }
      : {}),
  });
}, 900_000);

async function playedOut(seed: number, steps: readonly Step[]): Promise<void> {
  const tenant = await ModelTenant.start(seed);
  const folder = mkdtempSync(join(tmpdir(), 'entra-mcp-model-'));
  const mirror = new ModelMirror(mirrorFile(folder));
  const clock: Clock = {
    now: () => tenant.now(),
    sleep: (ms, signal) => sleep(Math.min(ms, 10), undefined, { signal }),
  };
  let fields: readonly string[] = [];

  /** In a thread of its own each time, as if in another process. */
  async function synced({ killAfter, meanwhile }: Omit<Step & { kind: 'sync' }, 'kind'>): Promise<unknown> {
    const graph = createGraphPort({
      root: tenant.graph.tenant.url,
      tokens: new FakeTokens(),
      clock,
      random: new CountingRandom(),
      log: new KeptLog(),
      version: '9.9.9',
    });
    const directory = new Directory({
      file: mirrorFile(folder),
      fields,
      graph,
      clock,
      log: new KeptLog(),
      owner: `host:${process.pid}:${Math.random()}`,
    });
    const stop = new AbortController();
    const from = tenant.deltas;
    const running = directory.sync({ signal: stop.signal, progress: () => undefined }).catch((error: unknown) => error);
    let isOver = false;
    running.then(() => {
      isOver = true;
    });
    const changing = tenant.change(meanwhile);
    if (killAfter !== undefined) {
      while (!isOver && tenant.deltas - from < killAfter) await sleep(1);
      stop.abort();
    }
    const outcome = await running;
    await changing;
    await directory.close();
    await graph.close();
    return outcome;
  }

  try {
    for (const each of steps) {
      if (each.kind === 'change') await tenant.change(each.changes);
      else if (each.kind === 'sync') await synced(each);
      else if (each.kind === 'age') tenant.age();
      else if (each.kind === 'fault') tenant.graph.tenant.faults(each.spec);
      else if (each.kind === 'follow') mirror.follow(tenant.now(), fields);
      else {
        ({ fields } = each);
        mirror.reselected();
      }
    }
    tenant.graph.tenant.faults();
    expect(await synced({ killAfter: undefined, meanwhile: [] })).toMatchObject({ users: {} });
    await mirror.check(tenant, fields);
  } finally {
    await tenant.graph.tenant.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
