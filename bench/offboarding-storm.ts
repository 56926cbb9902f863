import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Grant, type HandoffPort, type Json, type Log, type PlanDraft } from '../src/contract/index.ts';
import { startDemoTenant } from '../src/demo/index.ts';
import { quotas } from '../src/graph/budget/quotas.ts';
import { createGraphPort } from '../src/graph/index.ts';
import { openState, tenantFolder } from '../src/store/index.ts';
import { createWorkflows } from '../src/workflow/index.ts';
import { flowing, VirtualClock } from '../test/graph/virtual-clock.ts';
import offboardUsers from '../tools/lifecycle/offboard-users.ts';
import type { Line } from './measure.ts';

const people = 1_000;
const inOnePlan = 200;
const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const handoff: HandoffPort = {
  password: () => Promise.reject(new Error('No secret is made')),
  keep: () => Promise.reject(new Error('No secret is made')),
};

/** 1,000 people offboarded under the published quota, on a virtual clock: real HTTP, real runs, five plans at once. */
export async function offboardingStorm(): Promise<Line[]> {
  const clock = new VirtualClock();
  const demo = await startDemoTenant({ users: 2_000, now: () => clock.now() });
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
  const timeFlows = flowing(clock, () => port.usage().inFlight ?? 0);
  try {
    const graph = port.reader({ signal, lane: 'bulk' });
    const cast = JSON.stringify(demo.landmarks);
    const users = Object.entries(demo.snapshot().users)
      .filter(([id, user]) => user['deletedDateTime'] === undefined && !cast.includes(id))
      .filter(([, user]) => user['userType'] === 'Member' && user['onPremisesSyncEnabled'] !== true)
      .filter(([, user]) => user['accountEnabled'] === true)
      .map(([id]) => id)
      .slice(0, people);
    if (users.length < people) throw new Error(`The demo tenant has ${users.length} people for this`);
    const plans = Array.from({ length: people / inOnePlan }, (_, i) => users.slice(i * inOnePlan, (i + 1) * inOnePlan));
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
    return linesOf(sent, clock.now() - from, port.usage().throttled);
  } finally {
    timeFlows.stop();
    await port.close();
    await store.destroy();
    await demo.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

function linesOf(writes: number, tookMs: number, throttled: number): Line[] {
  const seconds = tookMs / 1000;
  const perSecond = writes / seconds;
  const limit = quotas.writes.limit / (quotas.writes.windowMs / 1000);
  const against = `${writes} writes in ${seconds.toFixed(0)} s of virtual time: ${perSecond.toFixed(2)} of ${limit} a second`;
  return [
    {
      what: `write quota left unused, ${people} offboardings`,
      measured: 100 - (perSecond / limit) * 100,
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
