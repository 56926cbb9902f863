import type { Lane } from '../../contract/index.ts';
import { SlidingWindow } from './sliding-window.ts';
import { UnitWindow } from './unit-window.ts';

// As long as the longest published window of units: what was before says nothing of a refusal.
const periodMs = 10_000;
/** Refusals after fewer units than this are noise: others used the quota, or Graph was busy. */
const fewestUnits = 20;
/** No growth this soon after a refusal. */
const holdMs = 10_000;
/** So many learned windows begin with a single request, to see whether they hold. */
const proofs = 3;
const forgottenAfterMs = 600_000;

/**
 * What refusals teach of a limit that is smaller than the published one, or shared with other processes: up to the moment
 * from which Graph lets requests through again, it granted what was answered. When requests reached Graph is not known,
 * when they were answered is.
 */
export class LearnedWindow {
  readonly #mostPerMs: number;
  readonly #answered = new SlidingWindow(Number.MAX_SAFE_INTEGER, periodMs);
  /** What was answered before tells nothing of the next refusal. */
  #periodSince = Number.NEGATIVE_INFINITY;
  #window: UnitWindow | undefined;
  #refusedAt = Number.NEGATIVE_INFINITY;
  /** Since then a success begins a new period. */
  #reopenedAt: number | undefined;
  /** How often the learned window was used up without a refusal of what followed. */
  #proofs = 0;
  #usedUp = false;

  constructor(mostPerMs: number) {
    this.#mostPerMs = mostPerMs;
  }

  /** Units a second; undefined where nothing was learned. */
  perSecond(now: number): number | undefined {
    const window = this.#current(now);
    return window === undefined ? undefined : (window.limit * 1000) / window.windowMs;
  }

  delayMs(units: number, lane: Lane, now: number): number {
    return this.#current(now)?.delayMs(units, lane, now) ?? 0;
  }

  strained(now: number): void {
    this.#usedUp = true;
    this.#window?.strained(now);
  }

  /** @returns true where the request should go alone: the first one after an unproven window was used up. */
  started(): boolean {
    const alone = this.#usedUp && this.#proofs < proofs;
    if (this.#usedUp) this.#proofs += 1;
    this.#usedUp = false;
    return alone;
  }

  /** The window in force: whoever takes from it settles with the same. */
  get window(): UnitWindow | undefined {
    return this.#window;
  }

  succeeded(units: number, startedAt: number, now: number): void {
    if (this.#reopenedAt !== undefined && startedAt >= this.#reopenedAt) {
      this.#periodSince = now;
      this.#reopenedAt = undefined;
    }
    this.#answered.record(units, now);
  }

  refused(now: number): void {
    this.#refusedAt = now;
  }

  /** Graph lets requests through again, as it said or as was guessed. */
  reopen(now: number): void {
    this.#reopenedAt = now;
    const granted = bestGrant(this.#answered.since(Math.max(this.#periodSince, this.#refusedAt - periodMs)), now);
    if (granted === undefined) return;
    const { units } = granted;
    const windowMs = this.#window === undefined ? wholeSeconds(granted.overMs) : granted.overMs;
    this.#window = new UnitWindow(units, this.#mostPerMs * windowMs, windowMs);
    this.#window.hold(this.#refusedAt + holdMs);
    for (const { at, amount } of this.#answered.since(now - windowMs)) this.#window.record(amount, at);
    this.#proofs = 0;
    this.#usedUp = false;
  }

  #current(now: number): UnitWindow | undefined {
    if (now - this.#refusedAt > forgottenAfterMs) this.#window = undefined;
    return this.#window;
  }
}

/** Windows are whole seconds, and Retry-After is rounded up to them: a first measure is a little too long. */
function wholeSeconds(ms: number): number {
  return ms < 1000 ? ms : Math.floor((ms + 50) / 1000) * 1000;
}

/**
 * What Graph granted: of all beginnings the one from which on most was answered in the time up to now, the pause
 * included. A burst is so told from the quiet before it.
 */
function bestGrant(
  answered: readonly { readonly at: number; readonly amount: number }[],
  now: number,
): { readonly units: number; readonly overMs: number } | undefined {
  let best: { units: number; overMs: number } | undefined;
  let units = 0;
  for (const { at, amount } of answered.toReversed()) {
    units += amount;
    const overMs = now - at;
    if (units >= fewestUnits && (best === undefined || units / overMs >= best.units / best.overMs)) {
      best = { units, overMs };
    }
  }
  return best;
}
