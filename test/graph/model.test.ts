import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ToolError } from '../../src/contract/index.ts';
import { LocalLedger } from '../../src/graph/budget/local-ledger.ts';
import { quotas } from '../../src/graph/budget/quotas.ts';
import { chain } from '../../src/graph/chain.ts';
import { stoppedBy, TransportFailure } from '../../src/graph/failure.ts';
import { batch } from '../../src/graph/interceptors/batch.ts';
import { budget } from '../../src/graph/interceptors/budget.ts';
import { deadline } from '../../src/graph/interceptors/deadline.ts';
import { retry } from '../../src/graph/interceptors/retry.ts';
import type { GraphRequest, GraphResponse } from '../../src/graph/request.ts';
import { GraphRoot } from '../../src/graph/root.ts';
import { UsageCounter } from '../../src/graph/usage.ts';
import { fullestWindow } from './budget/demand.ts';
import { requestOf, responseOf } from './requests.ts';
import { CountingRandom, KeptLog } from './setting.ts';
import { VirtualClock } from './virtual-clock.ts';

/** What happens to one attempt on its way. */
type Fate = 'answered' | 'lost before' | 'lost after' | 'unavailable';

/** One request of a run: when it is asked for, and what becomes of its attempts. */
interface Ask {
  readonly afterMs: number;
  readonly kind: 'read' | 'once' | 'repeatable';
  readonly lane: 'interactive' | 'bulk';
  readonly units: number;
  readonly travelMs: number;
  readonly fates: readonly Fate[];
  readonly stopAfterMs: number | undefined;
  readonly deadlineMs: number | undefined;
}

interface Limit {
  readonly limit: number;
  readonly windowMs: number;
}

/** A Graph of promises: counts every attempt that reaches it, refuses above its limit, and loses answers as told. */
class GraphModel {
  readonly arrived: { at: number; amount: number }[] = [];
  /** How often each request took effect. */
  readonly effects = new Map<string, number>();
  refusals = 0;
  readonly #clock: VirtualClock;
  readonly #asks: readonly Ask[];
  readonly #limit: Limit | undefined;
  readonly #attempts = new Map<string, number>();

  constructor(clock: VirtualClock, asks: readonly Ask[], limit: Limit | undefined) {
    this.#clock = clock;
    this.#asks = asks;
    this.#limit = limit;
  }

  readonly send = async (request: GraphRequest): Promise<GraphResponse> => {
    if (request.template !== '/$batch') return this.#one(request.target, request.signal);
    const inner: unknown = request.body?.['requests'];
    const requests = Array.isArray(inner) ? inner : [];
    const responses = await Promise.all(
      requests.map(async (each: { id: string; url: string }) => {
        const { status, headers, body } = await this.#one(`/v1.0${each.url}`, request.signal);
        return { id: each.id, status, headers, body };
      }),
    );
    return responseOf(200, {}, { responses });
  };

  async #one(target: string, signal: AbortSignal): Promise<GraphResponse> {
    const name = target.replace('/v1.0/', '');
    const ask = this.#asks[Number(name)];
    if (ask === undefined) throw new Error(`Nobody asked for ${target}`);
    const attempt = this.#attempts.get(name) ?? 0;
    this.#attempts.set(name, attempt + 1);
    const fate = ask.fates[attempt] ?? 'answered';
    await this.#travel(ask.travelMs, signal);
    if (fate === 'lost before') throw new TransportFailure('reset', { sent: true });
    const response = this.#answer(name, ask.units);
    await this.#travel(ask.travelMs, signal);
    if (response.status === 429) return response;
    if (fate === 'lost after') throw new TransportFailure('reset', { sent: true });
    return fate === 'unavailable' ? responseOf(503) : response;
  }

  #answer(name: string, amount: number): GraphResponse {
    const at = this.#clock.now();
    if (this.#limit !== undefined) {
      const { limit, windowMs } = this.#limit;
      const inWindow = this.arrived.filter((each) => at - each.at < windowMs);
      if (inWindow.reduce((sum, each) => sum + each.amount, 0) + amount > limit) {
        this.refusals += 1;
        const wait = (inWindow[0]?.at ?? at) + windowMs - at;
        return responseOf(429, { 'retry-after': String(Math.ceil(wait / 1000)) });
      }
    }
    this.arrived.push({ at, amount });
    this.effects.set(name, (this.effects.get(name) ?? 0) + 1);
    return responseOf(200, {}, { name });
  }

  async #travel(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#clock.sleep(ms, signal);
    } catch {
      throw stoppedBy(signal, true);
    }
  }
}

type Outcome = GraphResponse | TransportFailure | ToolError;

/** Runs what is asked for through the chain, to its end. */
async function run(asks: readonly Ask[], limit: Limit | undefined) {
  const clock = new VirtualClock();
  const from = clock.now();
  const graph = new GraphModel(clock, asks, limit);
  const ports = { clock, random: new CountingRandom(), usage: new UsageCounter(), log: new KeptLog() };
  const ledger = new LocalLedger(clock, 'S');
  const links = [
    deadline(clock),
    retry(ports),
    budget({ ...ports, ledger }),
    batch({ ...ports, root: new GraphRoot('https://graph.microsoft.com') }),
  ];
  const send = chain(links, graph.send);
  const outcomes = asks.map(async (ask, index): Promise<Outcome> => {
    await clock.sleep(ask.afterMs);
    const stop = new AbortController();
    if (ask.stopAfterMs !== undefined) clock.sleep(ask.stopAfterMs).then(() => stop.abort());
    try {
      return await send(requestFor(ask, index, clock.now(), stop.signal));
    } catch (error) {
      if (error instanceof TransportFailure || error instanceof ToolError) return error;
      throw error;
    }
  });
  await clock.advance(3_600_000);
  return { outcomes: await Promise.all(outcomes), graph, ledger, clock, from };
}

function requestFor(ask: Ask, index: number, now: number, signal: AbortSignal): GraphRequest {
  const read = ask.kind === 'read';
  return requestOf({
    method: read ? 'GET' : 'PATCH',
    target: `/v1.0/${index}`,
    repeat: ask.kind === 'once' ? 'once' : 'repeatable',
    lane: ask.lane,
    cost: { quota: 'directory', units: ask.units, writes: read ? 0 : 1 },
    together: read,
    signal,
    deadlineAt: ask.deadlineMs === undefined ? undefined : now + ask.deadlineMs,
    clientRequestId: String(index),
  });
}

const fate = fc.constantFrom<Fate>('answered', 'answered', 'answered', 'lost before', 'lost after', 'unavailable');
const often = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });

const askOf = (most: Partial<Record<'units' | 'travelMs', number>> = {}) =>
  fc.record<Ask>({
    afterMs: fc.integer({ min: 0, max: 15_000 }),
    kind: fc.constantFrom('read', 'read', 'once', 'repeatable'),
    lane: fc.constantFrom('interactive', 'bulk'),
    units: fc.integer({ min: 1, max: most.units ?? 400 }),
    travelMs: fc.integer({ min: 0, max: most.travelMs ?? 2000 }),
    fates: fc.array(fate, { maxLength: 3 }),
    stopAfterMs: often(fc.integer({ min: 0, max: 20_000 })),
    deadlineMs: often(fc.constant(30_000)),
  });

const limit = fc.record({
  limit: fc.integer({ min: 400, max: 2000 }),
  windowMs: fc.integer({ min: 1, max: 10 }).map((seconds) => seconds * 1000),
});

describe('whatever is asked for, however long it travels and whatever is lost', () => {
  it('stays within the published quota in every window, and is never refused for it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(askOf(), { minLength: 20, maxLength: 70 }), async (asks) => {
        const { graph } = await run(asks, quotas.units.S);
        graph.arrived.sort((a, b) => a.at - b.at);
        expect(graph.refusals).toBe(0);
        expect(fullestWindow(graph.arrived, quotas.units.S.windowMs)).toBeLessThanOrEqual(quotas.units.S.limit);
      }),
      { numRuns: 25 },
    );
  });

  it('no request is lost, and none that may not be repeated takes effect twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(askOf(), { maxLength: 60 }),
        fc.option(limit, { nil: undefined }),
        async (asks, small) => {
          const { graph, outcomes } = await run(asks, small);
          expect(outcomes).toHaveLength(asks.length);
          for (const [index, outcome] of outcomes.entries()) {
            const { kind } = asks[index] ?? {};
            const effects = graph.effects.get(String(index)) ?? 0;
            if (kind === 'once') expect(effects).toBeLessThanOrEqual(1);
            if (outcome instanceof ToolError) expect([outcome.code, effects]).toEqual(['THROTTLED', 0]);
            else if (outcome instanceof TransportFailure) expect(outcome.sent || effects === 0).toBe(true);
            else if (outcome.status === 200) expect(effects).toBeGreaterThanOrEqual(1);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('is all answered where nobody leaves and nothing is lost, however small the quota turns out to be', async () => {
    const patient = askOf({ travelMs: 200 }).map((ask) => ({
      ...ask,
      fates: [],
      stopAfterMs: undefined,
      deadlineMs: undefined,
    }));
    await fc.assert(
      fc.asyncProperty(fc.array(patient, { maxLength: 60 }), limit, async (asks, small) => {
        const { graph, outcomes } = await run(asks, small);
        for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 200 });
        expect([...graph.effects.values()].every((count) => count === 1)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it('leaves no place in a queue, no request under way and no timer', async () => {
    const leaving = askOf().chain((ask) =>
      fc.integer({ min: 0, max: 5000 }).map((stopAfterMs) => ({ ...ask, stopAfterMs })),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(leaving, { maxLength: 60 }),
        fc.option(limit, { nil: undefined }),
        async (asks, small) => {
          const { ledger, clock } = await run(asks, small);
          expect(ledger.report()).toMatchObject({ queued: 0, inFlight: 0, unitsInWindow: 0 });
          expect(clock.sleeping).toBe(0);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('never keeps a person waiting behind long jobs', async () => {
    const job = askOf({ travelMs: 300 }).map((ask) => ({
      ...ask,
      lane: 'bulk' as const,
      afterMs: 0,
      fates: [],
      units: 50,
      stopAfterMs: undefined,
      deadlineMs: undefined,
    }));
    const person = fc.record({
      afterMs: fc.integer({ min: 1000, max: 40_000 }),
      kind: fc.constantFrom('read', 'once'),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(job, { minLength: 100, maxLength: 200 }),
        fc.array(person, { maxLength: 5 }),
        async (jobs, people) => {
          const asks: Ask[] = people.map(({ afterMs, kind }) => ({
            afterMs,
            kind: kind === 'read' ? 'read' : 'once',
            lane: 'interactive',
            units: 50,
            travelMs: 0,
            fates: [],
            stopAfterMs: undefined,
            deadlineMs: 100,
          }));
          const { outcomes } = await run([...asks, ...jobs], undefined);
          for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 200 });
        },
      ),
      { numRuns: 15 },
    );
  });
});
