import type { Clock } from '../../contract/index.ts';
import type { QuotaName } from '../cost.ts';
import type { CountingGate } from './gate-set.ts';
import type { BudgetLedger, BudgetReport, Demand, Lease } from './ledger.ts';
import { Pacer } from './pacer.ts';
import { QuotaClass } from './quota-class.ts';
import { type GraphQuota, type Quota, quotas, unitQuota, writeBurst, writesPerSecond } from './quotas.ts';
import { SlidingWindow } from './sliding-window.ts';
import { SteadyTime } from './steady-time.ts';
import { UnitWindow } from './unit-window.ts';

type ClassName = 'reads' | 'writes' | Exclude<QuotaName, 'directory'>;

/** Writes are paced, so that a write in flight is one more only where Graph is slow to answer. */
const writesInFlight = 32;
/** To begin with where the quota is not known; where it is, Graph's other limits are all there is to find out. */
const inFlightUnknown = 8;
const inFlightKnown = 32;

/** The budget of this process alone. */
export class LocalLedger implements BudgetLedger {
  readonly #time: SteadyTime;
  readonly #units: UnitWindow;
  readonly #classes: Readonly<Record<ClassName, QuotaClass>>;

  constructor(clock: Clock, quota: GraphQuota) {
    this.#time = new SteadyTime(clock);
    const { first, most } = unitQuota(quota);
    this.#units = new UnitWindow(first.limit, most.limit, first.windowMs);
    const units: CountingGate = { gate: this.#units, counts: 'units' };
    const strict: CountingGate[] = quota === 'strict' ? [counted('requests', quotas.strict)] : [];
    const inFlight = quota === 'auto' || quota === 'strict' ? inFlightUnknown : inFlightKnown;
    const make = ({ limit, windowMs }: Quota, atOnce: number, ...gates: CountingGate[]) =>
      new QuotaClass({
        clock,
        time: this.#time,
        gates: [...gates, ...strict],
        mostPerMs: limit / windowMs,
        inFlight: atOnce,
      });
    const { writes, reports, protection, signInActivity } = quotas;
    const pace: CountingGate = { gate: new Pacer(writesPerSecond, writeBurst), counts: 'writes' };
    // A long job may take all writes: at an even pace the next one is never far.
    const allWrites: CountingGate = { gate: new SlidingWindow(writes.limit, writes.windowMs, 1), counts: 'writes' };
    this.#classes = {
      reads: make(most, inFlight, units),
      writes: make(writes, writesInFlight, pace, allWrites, units),
      reports: make(reports, inFlight, counted('requests', reports)),
      protection: make(protection, inFlight, counted('requests', protection)),
      signInActivity: make(signInActivity, inFlight, counted('requests', signInActivity), units),
    };
  }

  async acquire(demand: Demand): Promise<Lease> {
    const { quota, writes } = demand.cost;
    const name: ClassName = quota === 'directory' ? (writes === 0 ? 'reads' : 'writes') : quota;
    const lease = await this.#classes[name].acquire(demand);
    if (quota !== 'directory') return lease;
    const other = this.#classes[name === 'reads' ? 'writes' : 'reads'];
    return {
      ...lease,
      settle: (outcome) => {
        lease.settle(outcome);
        if (outcome.ofBoth === true) other.close(outcome.retryAfterMs ?? 1000);
      },
    };
  }

  report(): BudgetReport {
    const now = this.#time.now();
    const classes = Object.values(this.#classes);
    const closed = classes.map((each) => each.closedForMs(now)).filter((ms) => ms > 0);
    return {
      queued: classes.reduce((sum, each) => sum + each.queued, 0),
      inFlight: classes.reduce((sum, each) => sum + each.inFlight, 0),
      unitsPerSecond: (this.#units.limit * 1000) / this.#units.windowMs,
      unitsInWindow: this.#units.used(now),
      learnedUnitsPerSecond: this.#classes.reads.learnedPerSecond(now),
      closedClasses: closed.length,
      closedForMs: Math.max(0, ...closed),
    };
  }

  end(): void {
    for (const each of Object.values(this.#classes)) each.end();
  }
}

function counted(counts: CountingGate['counts'], { limit, windowMs }: Quota): CountingGate {
  return { gate: new SlidingWindow(limit, windowMs), counts };
}
