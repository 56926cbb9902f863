import type { GraphUsage } from '../contract/index.ts';
import type { BudgetReport } from './budget/ledger.ts';
import { type GraphResponse, headerText } from './request.ts';

/** Counts what one port has used. */
export class UsageCounter {
  #requests = 0;
  #attempts = 0;
  #throttled = 0;
  #waitedMs = 0;
  #resourceUnits = 0;

  request(): void {
    this.#requests += 1;
  }

  attempt(): void {
    this.#attempts += 1;
  }

  answer(response: GraphResponse): void {
    if (response.status === 429) this.#throttled += 1;
    const units = Number(headerText(response.headers, 'x-ms-resource-unit'));
    if (Number.isFinite(units) && units > 0) this.#resourceUnits += units;
  }

  waited(ms: number): void {
    this.#waitedMs += ms;
  }

  /** Nothing but numbers, so that it can be shown as it is. */
  report({ learnedUnitsPerSecond, ...budget }: BudgetReport): GraphUsage {
    return {
      requests: this.#requests,
      attempts: this.#attempts,
      throttled: this.#throttled,
      waitedMs: this.#waitedMs,
      resourceUnits: this.#resourceUnits,
      ...budget,
      ...(learnedUnitsPerSecond === undefined ? {} : { learnedUnitsPerSecond }),
    };
  }
}
