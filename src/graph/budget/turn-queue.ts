import type { Amounts } from './gate-set.ts';
import type { Demand, Lease } from './ledger.ts';

/** A request that waits for its turn. */
export class Waiter {
  readonly demand: Demand;
  /** When it began to wait. */
  readonly since: number;
  /** True once Graph had closed its class while it waited. */
  throttled = false;
  previous: Waiter | undefined;
  next: Waiter | undefined;
  /** False once it was let through or refused. */
  waits = true;
  readonly #turn = Promise.withResolvers<Lease>();

  constructor(demand: Demand, since: number) {
    this.demand = demand;
    this.since = since;
  }

  get turn(): Promise<Lease> {
    return this.#turn.promise;
  }

  go(lease: Lease): void {
    this.waits = false;
    this.#turn.resolve(lease);
  }

  refuse(error: Error): void {
    this.waits = false;
    this.#turn.reject(error);
  }
}

/** Those who wait in one lane, in order. Whoever comes again goes before those who have not been let through yet. */
export class TurnQueue {
  #head: Waiter | undefined;
  #tail: Waiter | undefined;
  #units = 0;
  #writes = 0;
  #length = 0;

  get head(): Waiter | undefined {
    return this.#head;
  }

  get length(): number {
    return this.#length;
  }

  /** What all of them take. */
  get amounts(): Amounts {
    return { units: this.#units, writes: this.#writes, requests: this.#length };
  }

  *[Symbol.iterator](): Generator<Waiter> {
    for (let waiter = this.#head; waiter !== undefined; waiter = waiter.next) yield waiter;
  }

  add(waiter: Waiter): void {
    let before = waiter.demand.again ? this.#head : undefined;
    while (before?.demand.again === true) before = before.next;
    const after = before === undefined ? this.#tail : before.previous;
    this.#link(after, waiter);
    this.#link(waiter, before);
    this.#count(waiter, 1);
  }

  remove(waiter: Waiter): void {
    this.#link(waiter.previous, waiter.next);
    waiter.previous = undefined;
    waiter.next = undefined;
    this.#count(waiter, -1);
  }

  #count({ demand: { cost } }: Waiter, times: 1 | -1): void {
    this.#length += times;
    this.#units += times * cost.units;
    this.#writes += times * cost.writes;
  }

  /** Makes two neighbours; where one is missing, the other becomes the end. */
  #link(former: Waiter | undefined, latter: Waiter | undefined): void {
    if (former === undefined) this.#head = latter;
    else former.next = latter;
    if (latter === undefined) this.#tail = former;
    else latter.previous = former;
  }
}
