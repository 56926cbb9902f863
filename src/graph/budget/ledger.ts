import type { Lane, WaitCause } from '../../contract/index.ts';
import type { Cost } from '../cost.ts';
import type { Chunk } from '../crowd.ts';

/** What a request asks for before it may leave. */
export interface Demand {
  readonly cost: Cost;
  readonly lane: Lane;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch, by the port's clock; undefined where there is no deadline. */
  readonly deadlineAt: number | undefined;
  /** True for another attempt: it has waited its turn already and goes before those that have not. */
  readonly again: boolean;
  /** The writes that it should leave together with. */
  readonly chunk: Chunk | undefined;
}

/** What came of a request, as far as the budget is concerned. */
export interface Outcome {
  /** `refused` is 429; `lost` may have reached Graph, `unsent` has not. */
  readonly kind: 'answered' | 'refused' | 'lost' | 'unsent';
  /** `x-ms-resource-unit` */
  readonly units?: number | undefined;
  /** `x-ms-throttle-limit-percentage` */
  readonly pressure?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  /** True where the refusal is not of writes alone or of reads alone, by `x-ms-throttle-scope`. */
  readonly ofBoth?: boolean;
}

/** The permission for one attempt. Must be settled exactly once, whatever comes of it. */
export interface Lease {
  /** How long the request waited for it. */
  readonly waitedMs: number;
  readonly why: WaitCause;
  settle(outcome: Outcome): void;
}

/** The state of a budget at this moment. */
export interface BudgetReport {
  /** Requests that wait for their turn. */
  readonly queued: number;
  readonly inFlight: number;
  /** Resource units that the limit in force allows in a second, and what of its window is used. */
  readonly unitsPerSecond: number;
  readonly unitsInWindow: number;
  /** What refusals taught of a smaller limit, in units a second. */
  readonly learnedUnitsPerSecond: number | undefined;
  /** Classes of requests that Graph closed, and for how long the last of them stays so. */
  readonly closedClasses: number;
  readonly closedForMs: number;
}

/**
 * The one account of what an app may ask of Graph in a tenant. This process keeps its own; a ledger that is shared by
 * several processes has the same face.
 */
export interface BudgetLedger {
  /**
   * Waits for the request's turn.
   * @throws TransportFailure where the caller stopped meanwhile, ToolError THROTTLED where no turn comes before its deadline.
   */
  acquire(demand: Demand): Promise<Lease>;
  report(): BudgetReport;
  /** Sends those away who still wait, and whoever comes later. */
  end(): void;
}
