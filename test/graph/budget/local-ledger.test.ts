import { describe, expect, it } from 'vitest';
import { LocalLedger } from '../../../src/graph/budget/local-ledger.ts';
import { quotas } from '../../../src/graph/budget/quotas.ts';
import { Stopped } from '../../../src/graph/failure.ts';
import { failureOf } from '../setting.ts';
import { settle, VirtualClock } from '../virtual-clock.ts';
import { answered, demandOf, fullestWindow, ModelGraph, read, send, write } from './demand.ts';

function ledgerOf(quota: ConstructorParameters<typeof LocalLedger>[1] = 'auto') {
  const clock = new VirtualClock();
  return { clock, ledger: new LocalLedger(clock, quota), from: clock.now() };
}

/** Sends many and tells when each left, counted from now. */
async function storm(
  { clock, ledger, from }: ReturnType<typeof ledgerOf>,
  count: number,
  parts: Parameters<typeof demandOf>[0],
  advanceMs: number,
): Promise<number[]> {
  const left: number[] = [];
  for (let i = 0; i < count; i += 1) void send(ledger, clock, parts).then((at) => left.push(at - from));
  await clock.advance(advanceMs);
  return left;
}

describe('12,000 queued writes', () => {
  it('use 99 % of the write quota and never more, while a person waits less than 100 ms', async () => {
    const setting = ledgerOf();
    const { clock, ledger, from } = setting;
    const left: number[] = [];
    for (let i = 0; i < 12_000; i += 1) {
      void send(ledger, clock, { cost: write, lane: 'bulk' }, { latencyMs: 80 }).then((at) => left.push(at - from));
    }
    await settle();
    const waits: number[] = [];
    for (let i = 0; i < 60; i += 1) {
      const asked = clock.now();
      for (const cost of [read(), write]) void send(ledger, clock, { cost }).then((at) => waits.push(at - asked));
      await clock.advance(9_970 + i);
    }
    await clock.advance(20_000);
    expect(left).toHaveLength(12_000);
    expect(waits).toHaveLength(120);
    expect(Math.max(...waits)).toBeLessThanOrEqual(100);
    // The 60 writes of the person are among what was sent.
    expect(12_060 / ((left.at(-1) ?? 0) / 1000)).toBeGreaterThanOrEqual(0.99 * 20);
    const all = left.map((at) => ({ at, amount: 1 }));
    expect(fullestWindow(all, quotas.writes.windowMs)).toBeLessThanOrEqual(quotas.writes.limit);
    expect(clock.sleeping).toBe(0);
  });
});

describe('quotas of their own', () => {
  it.each([
    ['reports', 5, 10_000],
    ['protection', 1, 1000],
    ['signInActivity', 10, 60_000],
  ] as const)('%s: %d in %d ms', async (quota, limit, windowMs) => {
    const cost = { quota, units: 1, writes: 0 } as const;
    const left = await storm(ledgerOf('S'), 3 * limit, { cost }, 4 * windowMs);
    expect(left).toHaveLength(3 * limit);
    expect(left.filter((at) => at === 0)).toHaveLength(limit);
    const fullest = fullestWindow(
      left.map((at) => ({ at, amount: 1 })),
      windowMs,
    );
    expect(fullest).toBe(limit);
  });

  it.each([
    ['S', 3500],
    ['M', 5000],
    ['L', 8000],
  ] as const)('a tenant of size %s has %d units in ten seconds', async (size, limit) => {
    const left = await storm(ledgerOf(size), 200, { cost: read(100) }, 9999);
    expect(left.length * 100).toBe(limit);
  });

  it('strict holds to 10,000 requests in ten minutes, of every kind', async () => {
    const setting = ledgerOf('strict');
    const reads = storm(setting, 9000, {}, 599_000);
    const writes = storm(setting, 3000, { cost: write }, 599_000);
    expect((await reads).length + (await writes).length).toBe(10_000);
  });
});

describe('an unknown quota', () => {
  it('begins as that of the smallest tenant and grows while nothing is refused', async () => {
    const setting = ledgerOf();
    const left = await storm(setting, 400, { cost: read(100) }, 9999);
    expect(left).toHaveLength(35);
    await setting.clock.advance(50_000);
    expect(setting.ledger.report().unitsPerSecond).toBeGreaterThan(500);
    await setting.clock.advance(100_000);
    expect(setting.ledger.report().unitsPerSecond).toBeLessThanOrEqual(800);
  });

  it('does not grow where Graph says that most of it is used, and shrinks where it is too much', async () => {
    const { clock, ledger } = ledgerOf();
    const press = (pressure: number) =>
      send(ledger, clock, { cost: read(100) }, { outcome: { kind: 'answered', pressure } });
    for (let i = 0; i < 100; i += 1) void press(0.9);
    await clock.advance(21_000);
    expect(ledger.report().unitsPerSecond).toBe(350);
    void press(1.4);
    await clock.advance(10_000);
    expect(ledger.report().unitsPerSecond).toBeLessThan(350);
  });

  it('is learned from refusals: 200 reads against 60 units in 2 seconds', async () => {
    const { clock, ledger, from } = ledgerOf();
    const graph = new ModelGraph(clock, 60, 2000);
    const answers: number[] = [];
    const ask = async (again = false): Promise<void> => {
      const lease = await ledger.acquire(demandOf({ again }));
      await clock.sleep(2);
      const outcome = graph.accept(1);
      await clock.sleep(2);
      lease.settle(outcome);
      if (outcome.kind === 'refused') return ask(true);
      answers.push(clock.now() - from);
    };
    for (let i = 0; i < 200; i += 1) void ask();
    await clock.advance(30_000);
    expect(answers).toHaveLength(200);
    expect(answers.at(-1)).toBeLessThanOrEqual(6500);
    expect(graph.refusals).toBeLessThan(10);
    expect(ledger.report().learnedUnitsPerSecond).toBeGreaterThanOrEqual(29);
    expect(clock.sleeping).toBe(0);
  });
});

describe('a refusal', () => {
  const refused = (retryAfterMs?: number) => ({ kind: 'refused', retryAfterMs }) as const;

  it('closes its class for everyone until Retry-After is over, then one goes alone', async () => {
    const { clock, ledger, from } = ledgerOf();
    await send(ledger, clock, {}, { outcome: refused(70_000) });
    const left: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      void send(ledger, clock, {}, { latencyMs: 100 }).then((at) => left.push(at - from));
    }
    await clock.advance(69_999);
    expect(left).toEqual([]);
    expect(ledger.report()).toMatchObject({ closedClasses: 1, closedForMs: 1, queued: 6 });
    await clock.advance(1000);
    expect(left).toEqual([70_000, 70_100, 70_100, 70_200, 70_200, 70_200]);
    expect(ledger.report()).toMatchObject({ closedClasses: 0, queued: 0, inFlight: 0 });
  });

  it('leaves other classes open, unless Graph says that it is of both', async () => {
    const { clock, ledger, from } = ledgerOf();
    await send(ledger, clock, { cost: write }, { outcome: refused(5000) });
    expect(await send(ledger, clock)).toBe(from);
    await send(ledger, clock, {}, { outcome: { ...refused(20_000), ofBoth: true } });
    expect(ledger.report()).toMatchObject({ closedClasses: 2, closedForMs: 20_000 });
  });

  it('without Retry-After closes it longer each time', async () => {
    const { clock, ledger } = ledgerOf();
    const closed: number[] = [];
    for (let i = 0; i < 7; i += 1) {
      const sent = send(ledger, clock, {}, { outcome: refused() });
      await clock.advance(ledger.report().closedForMs);
      await sent;
      closed.push(ledger.report().closedForMs);
    }
    expect(closed).toEqual([1000, 1000, 2000, 4000, 8000, 16_000, 30_000]);
  });

  it('of what was sent before the class closed makes the pause no shorter', async () => {
    const { clock, ledger } = ledgerOf();
    const late = send(ledger, clock, {}, { latencyMs: 500, outcome: refused(1000) });
    await settle();
    await send(ledger, clock, {}, { outcome: refused(60_000) });
    await clock.advance(500);
    await late;
    expect(ledger.report().closedForMs).toBe(59_500);
  });
});

describe('lanes', () => {
  it('let people go first, and every tenth turn a long job', async () => {
    const { clock, ledger } = ledgerOf('S');
    const order: string[] = [];
    const cost = { quota: 'protection', units: 1, writes: 0 } as const;
    for (let i = 0; i < 30; i += 1) {
      for (const lane of ['bulk', 'interactive'] as const) {
        void send(ledger, clock, { cost, lane }).then(() => order.push(lane));
      }
    }
    await clock.advance(31_000);
    const jobs = order.slice(0, 30).filter((lane) => lane === 'bulk').length;
    expect(jobs).toBeGreaterThanOrEqual(3);
    expect(jobs).toBeLessThanOrEqual(4);
  });

  it('keep units for a person, however much long jobs read', async () => {
    const { clock, ledger } = ledgerOf('S');
    for (let i = 0; i < 100; i += 1) void send(ledger, clock, { cost: read(50), lane: 'bulk' });
    await clock.advance(100);
    const asked = clock.now();
    expect(await send(ledger, clock, { cost: read(50) })).toBe(asked);
    expect(ledger.report().queued).toBeGreaterThan(30);
  });
});

describe('a deadline', () => {
  it('that comes before the class opens ends the request at once, and says how long it would have been', async () => {
    const { clock, ledger, from } = ledgerOf();
    await send(ledger, clock, {}, { outcome: { kind: 'refused', retryAfterMs: 60_000 } });
    const error = await failureOf(ledger.acquire(demandOf({ deadlineAt: from + 30_000 })));
    expect(error).toMatchObject({ code: 'THROTTLED', retryAfterMs: 60_000 });
    expect(clock.now()).toBe(from);
    expect(ledger.report().queued).toBe(0);
  });

  it('ends those who wait when the class closes, and lets those wait who have the time', async () => {
    const { clock, ledger, from } = ledgerOf();
    const first = await ledger.acquire(demandOf({ cost: read(3500) }));
    const short = failureOf(ledger.acquire(demandOf({ deadlineAt: from + 30_000 })));
    const long = ledger.acquire(demandOf({ deadlineAt: from + 120_000 }));
    await settle();
    first.settle({ kind: 'refused', retryAfterMs: 60_000 });
    expect(await short).toMatchObject({ code: 'THROTTLED', retryAfterMs: 60_000 });
    await clock.advance(60_000);
    expect((await long).waitedMs).toBe(60_000);
  });

  it('ends at once a write behind more writes than its time allows', async () => {
    const { clock, ledger, from } = ledgerOf();
    const cost = write;
    const deadlineAt = from + 30_000;
    const outcomes = Array.from({ length: 1000 }, () =>
      ledger.acquire(demandOf({ cost, deadlineAt })).then(
        (lease) => {
          lease.settle(answered);
          return 'sent';
        },
        (error: { code: string }) => error.code,
      ),
    );
    await settle();
    const refusedNow = 1000 - 20 - ledger.report().queued;
    expect(refusedNow).toBeGreaterThan(300);
    await clock.advance(30_000);
    const all = await Promise.all(outcomes);
    expect(all.filter((each) => each === 'THROTTLED')).toHaveLength(refusedNow);
    expect(all.filter((each) => each === 'sent')).toHaveLength(1000 - refusedNow);
  });

  it('that passes in the queue is THROTTLED: nothing was sent', async () => {
    const { ledger } = ledgerOf();
    await ledger.acquire(demandOf({ cost: read(3500) }));
    const controller = new AbortController();
    const failing = failureOf(ledger.acquire(demandOf({ signal: controller.signal })));
    await settle();
    controller.abort(new Stopped('deadline'));
    expect(await failing).toMatchObject({ code: 'THROTTLED', retryAfterMs: 10_000 });
  });
});

describe('what a request leaves behind', () => {
  it('is nothing where it was never sent', async () => {
    const { clock, ledger } = ledgerOf();
    for (const cost of [read(5), write]) await send(ledger, clock, { cost }, { outcome: { kind: 'unsent' } });
    expect(ledger.report()).toMatchObject({ unitsInWindow: 0, inFlight: 0 });
    const left = await storm({ clock, ledger, from: clock.now() }, 20, { cost: write }, 0);
    expect(left).toHaveLength(20);
  });

  it('is what Graph says that it cost', async () => {
    const { clock, ledger } = ledgerOf();
    await send(ledger, clock, { cost: read(1) }, { outcome: { kind: 'answered', units: 12 } });
    expect(ledger.report().unitsInWindow).toBe(12);
  });

  it('counts once, even if it is settled twice', async () => {
    const { ledger } = ledgerOf();
    const lease = await ledger.acquire(demandOf());
    lease.settle(answered);
    lease.settle(answered);
    expect(ledger.report()).toMatchObject({ inFlight: 0, unitsInWindow: 1 });
  });

  it('is no wait of an hour when the clock is set back by one', async () => {
    const { clock, ledger } = ledgerOf();
    await send(ledger, clock, { cost: read(3500) });
    clock.setBack(3_600_000);
    const left = storm({ clock, ledger, from: clock.now() }, 1, {}, 10_100);
    expect(await left).toHaveLength(1);
  });
});
