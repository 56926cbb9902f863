import type { Clock } from '../../contract/index.ts';
import { mostInBatch } from '../crowd.ts';
import { stoppedBy, TransportFailure } from '../failure.ts';
import { Closure } from './closure.ts';
import { Flight } from './flight.ts';
import { type Amounts, amountsOf, type CountingGate, GateSet } from './gate-set.ts';
import type { Demand, Lease, Outcome } from './ledger.ts';
import { noTurn, stoppedInQueue } from './no-turn.ts';
import type { SteadyTime } from './steady-time.ts';
import { TurnQueue, Waiter } from './turn-queue.ts';

interface ClassParts {
  readonly clock: Clock;
  readonly time: SteadyTime;
  readonly gates: readonly CountingGate[];
  /** Units in a millisecond at the published limit: what is learned does not outgrow it. */
  readonly mostPerMs: number;
  /** Requests that may be under way at once, to begin with. */
  readonly inFlight: number;
}

/** While people wait, one turn in so many is a long job's, if there is one. */
const bulkTurn = 10;

/**
 * One class of requests that Graph throttles together. Lets them through in turn: people before long jobs, each as its
 * gates and the requests in flight allow. A refusal closes the class for everyone; afterwards the first goes alone.
 */
export class QuotaClass {
  readonly #parts: ClassParts;
  readonly #gates: GateSet;
  readonly #flight: Flight;
  readonly #closure = new Closure();
  readonly #lanes = { interactive: new TurnQueue(), bulk: new TurnQueue() };
  #sinceBulk = 0;
  #over = false;
  #alarm: { readonly at: number; readonly off: AbortController } | undefined;

  constructor(parts: ClassParts) {
    this.#parts = parts;
    this.#gates = new GateSet(parts.gates, parts.mostPerMs);
    this.#flight = new Flight(parts.inFlight);
  }

  get queued(): number {
    return this.#lanes.interactive.length + this.#lanes.bulk.length;
  }

  get inFlight(): number {
    return this.#flight.count;
  }

  learnedPerSecond(now: number): number | undefined {
    return this.#gates.learned.perSecond(now);
  }

  closedForMs(now: number): number {
    return Math.max(0, this.#closure.until - now);
  }

  /** As BudgetLedger's. */
  async acquire(demand: Demand): Promise<Lease> {
    const { signal, lane } = demand;
    if (signal.aborted) throw stoppedBy(signal, false);
    if (this.#over) throw new TransportFailure('closed', { sent: false });
    const queue = this.#lanes[lane];
    const waiter = new Waiter(demand, this.#parts.time.now());
    waiter.throttled = this.#closure.isShut;
    queue.add(waiter);
    this.#dispatch();
    if (!waiter.waits) return waiter.turn;
    this.#dropIfHopeless(waiter, demand.again ? amountsOf(demand.cost) : queue.amounts);
    const stop = () => this.#drop(waiter, stoppedInQueue(signal, this.#leastMs(amountsOf(demand.cost), waiter)));
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await waiter.turn;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** Closes the class for everyone, as a refusal asks. */
  close(forMs: number): void {
    if (this.#closure.shut(forMs, this.#parts.time.now())) this.#flight.halve();
    for (const queue of [this.#lanes.interactive, this.#lanes.bulk]) {
      for (const waiter of queue) waiter.throttled = true;
    }
    this.#sweep();
    this.#dispatch();
  }

  /** As BudgetLedger's. */
  end(): void {
    this.#over = true;
    for (const queue of [this.#lanes.interactive, this.#lanes.bulk]) {
      for (const waiter of [...queue]) this.#drop(waiter, new TransportFailure('closed', { sent: false }));
    }
  }

  #dispatch(): void {
    this.#wakeAt(this.#letThrough(this.#parts.time.now()));
  }

  /** Lets through whoever may go now. @returns when to look again; undefined where nothing but an answer changes anything. */
  #letThrough(now: number): number | undefined {
    if (this.#closure.mayOpen(now)) {
      this.#gates.learned.reopen(now);
      this.#sweep();
    }
    if (this.#closure.isShut) return this.#closure.until;
    for (;;) {
      const [waiter, delay] = this.#first(now);
      if (waiter === undefined || delay === Number.POSITIVE_INFINITY) return undefined;
      if (delay > 0) return now + delay;
      this.#admit(waiter, now);
    }
  }

  /** Who is next, and how long until then. A long job goes only where no person waits, or where its turn has come. */
  #first(now: number): readonly [waiter: Waiter | undefined, delayMs: number] {
    const person = this.#lanes.interactive.head;
    const job = this.#lanes.bulk.head;
    if (job !== undefined && (person === undefined || this.#sinceBulk >= bulkTurn - 1)) {
      const delay = this.#delayMs(job, now);
      if (delay === 0 || person === undefined) return [job, delay];
    }
    return [person, person === undefined ? 0 : this.#delayMs(person, now)];
  }

  #delayMs({ demand }: Waiter, now: number): number {
    const { lane, cost, chunk } = demand;
    const careful = this.#gates.learned.perSecond(now) !== undefined;
    const room = this.#flight.room(lane, now, careful);
    const together = Math.min(mostInBatch, chunk?.left ?? 1);
    // Somebody in flight ends, and then this is asked again.
    if (room < (this.#flight.count === 0 ? 1 : together)) return Number.POSITIVE_INFINITY;
    return this.#gates.delayMs(cost, Math.min(together, room), lane, now);
  }

  #admit(waiter: Waiter, now: number): void {
    const { demand, since, throttled } = waiter;
    const { lane, cost } = demand;
    this.#leaveQueue(waiter);
    this.#sinceBulk = lane === 'bulk' ? 0 : this.#sinceBulk + 1;
    if (this.#gates.learned.started()) this.#flight.probe();
    const taken = this.#gates.take(cost, now);
    this.#flight.start(lane, now);
    const { epoch } = this.#closure;
    let settled = false;
    waiter.go({
      waitedMs: now - since,
      why: throttled ? 'throttled' : 'budget',
      settle: (outcome) => {
        if (settled) return;
        settled = true;
        const at = this.#parts.time.now();
        this.#gates.settle(taken, outcome, at);
        this.#flight.end(lane);
        this.#answered(outcome, epoch, at);
        this.#dispatch();
      },
    });
  }

  #answered({ kind, retryAfterMs }: Outcome, epoch: number, now: number): void {
    if (kind === 'answered') {
      this.#closure.answered();
      this.#flight.succeeded();
    }
    if (kind !== 'refused') return;
    const news = epoch === this.#closure.epoch;
    if (news) this.#gates.learned.refused(now);
    this.close(this.#closure.pauseMs(retryAfterMs, news));
  }

  /** Refuses those whose deadline comes before their turn can. */
  #sweep(): void {
    for (const queue of [this.#lanes.interactive, this.#lanes.bulk]) {
      const ahead = { units: 0, writes: 0, requests: 0 };
      for (const waiter of [...queue]) {
        const { units, writes } = waiter.demand.cost;
        ahead.units += units;
        ahead.writes += writes;
        ahead.requests += 1;
        this.#dropIfHopeless(waiter, ahead);
      }
    }
  }

  #dropIfHopeless(waiter: Waiter, upToIt: Amounts): void {
    const { deadlineAt } = waiter.demand;
    if (deadlineAt === undefined) return;
    const soonest = this.#leastMs(upToIt, waiter);
    if (this.#parts.clock.now() + soonest >= deadlineAt) this.#drop(waiter, noTurn(soonest));
  }

  #leastMs(upToIt: Amounts, waiter: Waiter): number {
    const now = this.#parts.time.now();
    return Math.max(this.closedForMs(now), this.#gates.leastMs(upToIt, waiter.demand.lane, now));
  }

  #drop(waiter: Waiter, error: Error): void {
    if (!waiter.waits) return;
    this.#leaveQueue(waiter);
    waiter.refuse(error);
    this.#dispatch();
  }

  #leaveQueue(waiter: Waiter): void {
    const { lane, chunk } = waiter.demand;
    this.#lanes[lane].remove(waiter);
    if (chunk !== undefined) chunk.left -= 1;
  }

  /** One alarm at most, and none where nobody waits for a time. */
  #wakeAt(at: number | undefined): void {
    const wanted = this.queued === 0 ? undefined : at;
    if (this.#alarm !== undefined && wanted !== undefined && this.#alarm.at <= wanted) return;
    this.#alarm?.off.abort();
    this.#alarm = undefined;
    if (wanted === undefined) return;
    const off = new AbortController();
    this.#alarm = { at: wanted, off };
    const { clock, time } = this.#parts;
    clock.sleep(Math.max(1, wanted - time.now()), off.signal).then(
      () => {
        if (this.#alarm?.off === off) this.#alarm = undefined;
        this.#dispatch();
      },
      () => undefined,
    );
  }
}
