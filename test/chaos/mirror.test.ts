import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/contract/index.ts';
import { Directory, mirrorFile } from '../../src/directory/index.ts';
import { createGraphPort } from '../../src/graph/index.ts';
import { ModelMirror, ModelTenant, type Step, step } from '../directory/tenant-model.ts';
import { ended, type Machine, machine } from '../e2e/server-process.ts';
import { CountingRandom, FakeTokens, KeptLog } from '../graph/setting.ts';

let own: Machine;
beforeAll(() => {
  own = machine();
});
afterAll(() => own.close());

/** A sync that is under way, by whatever means. */
interface Running {
  /** Whether it succeeded; of one that was killed, false. */
  readonly outcome: Promise<boolean>;
  kill(): void;
}
type Start = (tenant: ModelTenant, folder: string, fields: readonly string[]) => Running;

/** In a process of its own. */
const inProcess: Start = (tenant, folder, fields) => {
  const env = {
    ENTRA_MCP_GRAPH_URL: tenant.graph.tenant.url,
    ENTRA_MCP_AUTH: 'none',
    ENTRA_MCP_STATE_DIR: folder,
    ...(fields.length === 0 ? {} : { ENTRA_MCP_DIRECTORY_FIELDS: fields.join(',') }),
  };
  const child = own.spawn(['sync', '--json'], { env });
  child.stdin.end();
  return { outcome: ended(child).then(({ code }) => code === 0), kill: () => child.kill('SIGKILL') };
};

/** In a thread of this process: many more of them fit in a minute. */
const inThread: Start = (tenant, folder, fields) => {
  const clock: Clock = {
    now: () => tenant.now(),
    sleep: (ms, signal) => sleep(Math.min(ms, 10), undefined, { signal }),
  };
  const log = new KeptLog();
  const parts = { clock, log, random: new CountingRandom(), version: '9.9.9' };
  const graph = createGraphPort({ root: tenant.graph.tenant.url, tokens: new FakeTokens(), ...parts });
  const owner = `host:${process.pid}:${Math.random()}`;
  const directory = new Directory({ file: mirrorFile(folder), fields, graph, clock, log, owner });
  const stop = new AbortController();
  const running = directory.sync({ signal: stop.signal, progress: () => undefined }).then(
    () => true,
    () => false,
  );
  const outcome = running.then(async (result) => {
    await directory.close();
    await graph.close();
    return result;
  });
  return { outcome, kill: () => stop.abort() };
};

/** Plays a story out, ends it with an undisturbed sync, and holds the mirror against the tenant. */
async function playedOut(start: Start, seed: number, steps: readonly Step[]): Promise<void> {
  const tenant = await ModelTenant.start(seed);
  const folder = mkdtempSync(join(tmpdir(), 'entra-mcp-model-'));
  const place = start === inThread ? folder : join(folder, 'tenants', tenant.graph.tenant.tenantId);
  const mirror = new ModelMirror(mirrorFile(place));
  let fields: readonly string[] = [];

  async function sync({ killAfter, meanwhile }: Omit<Step & { kind: 'sync' }, 'kind'>): Promise<boolean> {
    const from = tenant.deltas;
    const running = start(tenant, folder, fields);
    const over = running.outcome.then(() => true);
    const changing = tenant.change(meanwhile);
    if (killAfter !== undefined) {
      while (tenant.deltas - from < killAfter && !(await Promise.race([over, sleep(1, false)])));
      running.kill();
    }
    await changing;
    return running.outcome;
  }

  try {
    for (const each of steps) {
      if (each.kind === 'change') await tenant.change(each.changes);
      else if (each.kind === 'sync') await sync(each);
      else if (each.kind === 'age') tenant.age();
      else if (each.kind === 'fault') tenant.graph.tenant.faults(each.spec);
      else if (each.kind === 'follow') mirror.follow(tenant.now(), fields);
      else {
        ({ fields } = each);
        mirror.reselected();
      }
    }
    tenant.graph.tenant.faults();
    expect(await sync({ killAfter: undefined, meanwhile: [] })).toBe(true);
    await mirror.check(tenant, fields);
  } finally {
    await tenant.graph.tenant.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** More by hand: MODEL_RUNS, and MODEL_SEED to see one again. */
const { MODEL_RUNS, MODEL_SEED } = process.env;
const story = fc.tuple(fc.nat(1000), fc.array(step, { minLength: 3, maxLength: 14 }));
const holds = (start: Start, numRuns: number) =>
  fc.assert(
    // Each run starts processes, and time is part of it: what fails is shown as it is.
    fc.asyncProperty(story, ([seed, steps]) => playedOut(start, seed, steps)),
    {
      numRuns: Number(MODEL_RUNS ?? numRuns),
      endOnFailure: true,
      ...(MODEL_SEED === undefined ? {} : { seed: Number(MODEL_SEED) }),
    },
  );

describe('after any sequence of changes, syncs and resets the mirror is the tenant, and whoever follows it has it', () => {
  it('with processes that are killed', () => holds(inProcess, 20), 900_000);

  it('with threads that are stopped', () => holds(inThread, 8), 900_000);
});

describe('of several processes that sync at once', () => {
  it('one does, the others say so, and nothing is done twice', async () => {
    const tenant = await ModelTenant.start(1, 1500);
    const folder = own.newFolder();
    const env = { ENTRA_MCP_GRAPH_URL: tenant.graph.tenant.url, ENTRA_MCP_AUTH: 'none', ENTRA_MCP_STATE_DIR: folder };
    try {
      const first = own.spawn(['sync', '--json'], { env });
      first.stdin.end();
      const firstEnd = ended(first);
      while (tenant.deltas < 3) await sleep(1);
      const others = await Promise.all([1, 2].map(() => own.run(['sync', '--json'], { env })));
      const { code } = await firstEnd;
      expect(code).toBe(0);
      for (const each of others) {
        if (each.code !== 0) expect(each.stderr).toContain('Another sync of this tenant is under way');
      }
      const mirror = new ModelMirror(mirrorFile(join(folder, 'tenants', tenant.graph.tenant.tenantId)));
      await mirror.check(tenant, []);
      // One that was killed holds up nobody.
      const killed = own.spawn(['sync'], { env });
      killed.stdin.end();
      const before = tenant.deltas;
      while (tenant.deltas === before) await sleep(1);
      killed.kill('SIGKILL');
      await once(killed, 'exit');
      expect((await own.run(['sync'], { env })).code).toBe(0);
      await mirror.check(tenant, []);
    } finally {
      await tenant.graph.tenant.close();
    }
  }, 120_000);
});
