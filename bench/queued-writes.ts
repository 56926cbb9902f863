import { LocalLedger } from '../src/graph/budget/local-ledger.ts';
import { quotas } from '../src/graph/budget/quotas.ts';
import { fullestWindow, read, send, write } from '../test/graph/budget/demand.ts';
import { settle, VirtualClock } from '../test/graph/virtual-clock.ts';
import type { Line } from './measure.ts';

const writes = 12_000;

/** 12,000 queued writes under the published quota, on a virtual clock, with a person who reads now and then. */
export async function queuedWrites(): Promise<Line[]> {
  const clock = new VirtualClock();
  const ledger = new LocalLedger(clock, 'auto');
  const from = clock.now();
  const left: number[] = [];
  for (let i = 0; i < writes; i += 1) {
    void send(ledger, clock, { cost: write, lane: 'bulk' }, { latencyMs: 80 }).then((at) => left.push(at - from));
  }
  await settle();
  const waits: number[] = [];
  while (left.length < writes) {
    const asked = clock.now();
    void send(ledger, clock, { cost: read() }).then((at) => waits.push(at - asked));
    await clock.advance(9_970);
  }
  const perSecond = writes / ((left.at(-1) ?? 0) / 1000);
  const all = left.map((at) => ({ at, amount: 1 }));
  const against = `the published ${quotas.writes.limit} in ${quotas.writes.windowMs / 1000} s: ${perSecond.toFixed(2)} a second, virtual clock`;
  return [
    { what: 'write quota left unused', measured: 100 - perSecond * 5, reach: 1, unit: '%', against },
    {
      what: 'most writes in any window',
      measured: fullestWindow(all, quotas.writes.windowMs),
      reach: quotas.writes.limit,
      unit: '',
      against: 'the published limit: no 429 caused by us',
    },
    {
      what: 'a read behind them waits',
      measured: Math.max(...waits),
      reach: 100,
      unit: 'ms',
      against: `longest of ${waits.length}, virtual clock`,
    },
  ];
}
