import type { Lane } from '../../contract/index.ts';
import type { Cost } from '../cost.ts';
import type { Gate } from './gate.ts';
import { LearnedWindow } from './learned-window.ts';
import type { Outcome } from './ledger.ts';
import type { UnitWindow } from './unit-window.ts';

/** What requests take in all. */
export interface Amounts {
  readonly units: number;
  readonly writes: number;
  readonly requests: number;
}

/** A gate, and what of a cost counts there. */
export interface CountingGate {
  readonly gate: Gate;
  readonly counts: keyof Amounts;
}

/** What one request took, to be settled when its answer is here. */
export interface Taken {
  readonly amounts: Amounts;
  readonly at: number;
  readonly window: UnitWindow | undefined;
}

/** Every gate that requests of one class pass, its own first, the learned one included. */
export class GateSet {
  readonly #gates: readonly CountingGate[];
  readonly learned: LearnedWindow;

  constructor(gates: readonly CountingGate[], mostPerMs: number) {
    this.#gates = gates;
    this.learned = new LearnedWindow(mostPerMs);
  }

  /** Milliseconds until so many requests of this cost can pass; 0 for now. */
  delayMs(cost: Cost, times: number, lane: Lane, now: number): number {
    const amounts = amountsOf(cost, times);
    const delay = this.leastMs(amounts, lane, now);
    if (delay === 0) return 0;
    for (const { gate, counts } of this.#gates) {
      if (gate.delayMs(amounts[counts], lane, now) > 0) gate.strained?.(now);
    }
    if (this.learned.delayMs(amounts.units, lane, now) > 0) this.learned.strained(now);
    return this.leastMs(amounts, lane, now);
  }

  /** The least time in which so much can pass. */
  leastMs(amounts: Amounts, lane: Lane, now: number): number {
    let delay = this.learned.delayMs(amounts.units, lane, now);
    for (const { gate, counts } of this.#gates) delay = Math.max(delay, gate.delayMs(amounts[counts], lane, now));
    return delay;
  }

  take(cost: Cost, now: number): Taken {
    const amounts = amountsOf(cost);
    for (const { gate, counts } of this.#gates) gate.take(amounts[counts], now);
    const { window } = this.learned;
    window?.take(amounts.units, now);
    return { amounts, at: now, window };
  }

  settle({ amounts, at, window }: Taken, outcome: Outcome, now: number): void {
    const spent = outcome.kind !== 'unsent';
    const units = spent ? (outcome.units ?? amounts.units) : 0;
    for (const { gate, counts } of this.#gates) {
      gate.settle(amounts[counts], counts === 'units' ? units : spent ? amounts[counts] : 0, now);
    }
    const pressure = outcome.pressure ?? (outcome.kind === 'refused' ? 1 : undefined);
    if (pressure !== undefined) this.#gates[0]?.gate.press?.(pressure, now);
    const granted = outcome.kind === 'refused' ? 0 : units;
    if (window === this.learned.window) window?.settle(amounts.units, granted, now);
    else this.learned.window?.record(granted, now);
    if (outcome.kind === 'answered') this.learned.succeeded(units, at, now);
  }
}

export function amountsOf({ units, writes }: Cost, times = 1): Amounts {
  return { units: units * times, writes: writes * times, requests: times };
}
