import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Grant, type HandoffPort, type Json, type Log, type PlanDraft } from '../src/contract/index.ts';
import { startDemoTenant } from '../src/demo/index.ts';
import { quotas } from '../src/graph/budget/quotas.ts';
import { createGraphPort } from '../src/graph/index.ts';
import { openState, tenantFolder } from '../src/store/index.ts';
import { createWorkflows } from '../src/workflow/index.ts';
import { isRead } from '../test/e2e/approval-world.ts';
import { flowing, VirtualClock } from '../test/graph/virtual-clock.ts';
import offboardUsers from '../tools/lifecycle/offboard-users.ts';
import type { Line } from './measure.ts';

const people = 1_000;
const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const handoff: HandoffPort = {
  password: () => Promise.reject(new Error('No secret is made')),
  keep: () => Promise.reject(new Error('No secret is made')),
};

/** What a storm came to. */
export interface OffboardingStorm {
  readonly writes: number;
  /** Of virtual time. */
  readonly tookMs: number;
  /** Answers of 429. */
  readonly throttled: number;
  /** The time in which something waited for its turn, and the writes that left in it. */
  readonly queued: { readonly ms: number; readonly writes: number };
}

/** 1,000 people offboarded under the published quota. */
export async function stormOfMany(): Promise<Line[]> {
  return linesOf(await offboardingStorm(people));
}

/** So many people offboarded on a virtual clock: real HTTP, real runs, five plans at once. */
export async function offboardingStorm(count: number): Promise<OffboardingStorm> {
  const clock = new VirtualClock();
  const demo = await startDemoTenant({ users: 2 * count + 60, now: () => clock.now() });
  const dir = mkdtempSync(join(tmpdir(), 'entra-mcp-storm-'));
  const store = await openState(tenantFolder(dir, demo.tenantId, false));
  let sent = 0;
  const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };
  const port = createGraphPort({
    root: demo.url,
    tokens: { method: 'none', token: async () => undefined },
    ...{ clock, random, log: silent, version: '0' },
  });
  const { lifecycle } = createWorkflows({
    tenantId: demo.tenantId,
    store,
    clock,
    random,
    log: silent,
    owner: 'bench:0:0',
  });
  const signal = new AbortController().signal;
  const queue = new QueueLog();
  const timeFlows = flowing(clock, () => {
    const { inFlight = 0, queued = 0 } = port.usage();
    if (inFlight === 0) queue.note(clock.now(), queued);
    return inFlight;
  });
  try {
    const graph = port.reader({ signal, lane: 'bulk' });
    const cast = JSON.stringify(demo.landmarks);
    const users = Object.entries(demo.snapshot().users)
      .filter(([id, user]) => user['deletedDateTime'] === undefined && !cast.includes(id))
      .filter(([, user]) => user['userType'] === 'Member' && user['onPremisesSyncEnabled'] !== true)
      .filter(([, user]) => user['accountEnabled'] === true)
      .map(([id]) => id)
      .slice(0, count);
    if (users.length < count) throw new Error(`The demo tenant has ${users.length} people for this`);
    const inOnePlan = Math.ceil(count / 5);
    const plans = Array.from({ length: 5 }, (_, i) => users.slice(i * inOnePlan, (i + 1) * inOnePlan));
    const steps = ['block-sign-in', 'revoke-sessions', 'reset-password', 'groups', 'revoke-again'];
    const drafts: PlanDraft<Json>[] = [];
    for (const some of plans) {
      const draft = await lifecycle.offboardUsers.plan(
        { users: some, steps },
        { graph, clock, signal, requester: 'bench', identity: 'app:test' },
      );
      if ('facts' in draft) drafts.push(draft);
    }
    const from = clock.now();
    const reports = await Promise.all(
      drafts.map((draft, i) => {
        const ids = new Set([
          ...draft.targets.map(({ id }) => id),
          ...(draft.references ?? []),
          ...(draft.observations ?? []).flatMap(({ items }) =>
            items.flatMap(({ id, kept }) => (kept === undefined ? [id] : [])),
          ),
        ]);
        const witness = {
          sending: () => {
            sent += 1;
          },
          answered: () => undefined,
        };
        const grant = Grant.issue({
          planId: `plan-${i}`,
          tool: 'offboard_users',
          writes: new Set<string>(offboardUsers.writes),
          ids,
          witness,
        });
        return lifecycle.offboardUsers.run(draft.facts, {
          graph: port.writer({ signal, lane: 'bulk' }, grant),
          ...{ clock, signal, handoff },
          plan: { id: `plan-${i}`, requester: 'bench', observations: draft.observations ?? [] },
          progress: () => undefined,
        });
      }),
    );
    const unfinished = reports.filter(({ status }) => status !== 'completed').length;
    if (unfinished > 0) throw new Error(`${unfinished} of the plans did not complete`);
    const left = demo.requests.filter((request) => !isRead(request)).map(({ atMs }) => atMs);
    return {
      ...{ writes: sent, tookMs: clock.now() - from, throttled: port.usage().throttled },
      queued: queue.during(left.filter((at) => at >= from)),
    };
  } finally {
    timeFlows.stop();
    await port.close();
    await store.destroy();
    await demo.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** When something waited for its turn. */
class QueueLog {
  readonly #notes: { readonly at: number; readonly queued: number }[] = [];

  note(at: number, queued: number): void {
    this.#notes.push({ at, queued });
  }

  /** Of moments in order: how many lie where something waited, and how long that was from the first of them on. */
  during(moments: readonly number[]): { ms: number; writes: number } {
    let [ms, writes, next] = [0, 0, 0];
    const [first = Number.POSITIVE_INFINITY] = moments;
    for (const [i, { at: from, queued }] of this.#notes.entries()) {
      const to = this.#notes[i + 1]?.at ?? from;
      if (from < first || to === from) continue;
      while ((moments[next] ?? to) <= from) next += 1;
      const before = next;
      while (next < moments.length && (moments[next] ?? to) <= to) next += 1;
      if (queued === 0) continue;
      ms += to - from;
      writes += next - before;
    }
    return { ms, writes };
  }
}

/** The part of the published quota that was left unused, in percent. */
function unused(writes: number, ms: number): number {
  const { limit, windowMs } = quotas.writes;
  return 100 - ((writes / ms) * windowMs * 100) / limit;
}

function linesOf({ writes, tookMs, throttled }: OffboardingStorm): Line[] {
  const seconds = tookMs / 1000;
  const limit = quotas.writes.limit / (quotas.writes.windowMs / 1000);
  const against = `${writes} writes in ${seconds.toFixed(0)} s of virtual time: ${(writes / seconds).toFixed(2)} of ${limit} a second`;
  return [
    {
      what: `write quota left unused, ${people} offboardings`,
      measured: unused(writes, tookMs),
      reach: 1,
      unit: '%',
      against,
    },
    {
      what: 'answers of 429 they caused',
      measured: throttled,
      reach: 0,
      unit: '',
      against: 'the published quota, kept by the demo tenant',
    },
  ];
}
