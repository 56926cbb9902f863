import type { Demand, Outcome } from '../../../src/graph/budget/ledger.ts';
import type { LocalLedger } from '../../../src/graph/budget/local-ledger.ts';
import type { VirtualClock } from '../virtual-clock.ts';

/** What a read of a person asks for, unless said otherwise. */
export function demandOf(parts: Partial<Demand> = {}): Demand {
  return {
    cost: read(),
    lane: 'interactive',
    signal: new AbortController().signal,
    deadlineAt: undefined,
    again: false,
    chunk: undefined,
    ...parts,
  };
}

export function read(units = 1) {
  return { quota: 'directory', units, writes: 0 } as const;
}

export const write = { quota: 'directory', units: 1, writes: 1 } as const;

export const answered: Outcome = { kind: 'answered' };

/** Takes a turn, travels, is answered; tells when it left. */
export async function send(
  ledger: LocalLedger,
  clock: VirtualClock,
  parts: Partial<Demand> = {},
  { latencyMs = 0, outcome = answered }: { latencyMs?: number; outcome?: Outcome } = {},
): Promise<number> {
  const lease = await ledger.acquire(demandOf(parts));
  const leftAt = clock.now();
  if (latencyMs > 0) await clock.sleep(latencyMs);
  lease.settle(outcome);
  return leftAt;
}

/** The most that stands in any window of this length, wherever it begins. Times in order. */
export function fullestWindow(taken: readonly { at: number; amount: number }[], windowMs: number): number {
  let most = 0;
  let sum = 0;
  let first = 0;
  for (const { at, amount } of taken) {
    sum += amount;
    for (let out = taken[first]; out !== undefined && at - out.at >= windowMs; out = taken[first]) {
      sum -= out.amount;
      first += 1;
    }
    most = Math.max(most, sum);
  }
  return most;
}

/** A Graph that counts in a sliding window and refuses what is too much. */
export class ModelGraph {
  readonly accepted: { at: number; amount: number }[] = [];
  refusals = 0;
  readonly #clock: VirtualClock;
  readonly #limit: number;
  readonly #windowMs: number;

  constructor(clock: VirtualClock, limit: number, windowMs: number) {
    this.#clock = clock;
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  accept(amount: number): Outcome {
    const at = this.#clock.now();
    const inWindow = this.accepted.filter((each) => at - each.at < this.#windowMs);
    const used = inWindow.reduce((sum, each) => sum + each.amount, 0);
    if (used + amount <= this.#limit) {
      this.accepted.push({ at, amount });
      return answered;
    }
    this.refusals += 1;
    const oldest = inWindow[0]?.at ?? at;
    return { kind: 'refused', retryAfterMs: Math.ceil((oldest + this.#windowMs - at) / 1000) * 1000 };
  }
}
