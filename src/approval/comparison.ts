import type { EntraActivity } from './entra-log.ts';
import type { RecordedWrite } from './recorded-writes.ts';

/** Entra writes its log minutes after the fact: what is younger may not be there yet. */
export const lagMs = 30 * 60 * 1000;

/** Clocks differ by this much at most, and Entra notes a change at most this long after the answer to its request. */
const clocksMs = 2 * 60 * 1000;
const notedMs = 10 * 60 * 1000;

/** Requests that other services log, if any does: Exchange Online and SharePoint. */
const loggedElsewhere = /\/mailboxSettings$|^\w+ \/drives\//;

/** What this server recorded and what Entra logged, held against each other. */
export interface Comparison {
  /** Writes of ours since the start of the comparison. */
  readonly writes: number;
  /** Those of them that Entra has. */
  readonly found: number;
  /** Succeeded, and too young to be missed. */
  readonly pending: readonly RecordedWrite[];
  /** Succeeded, as we recorded it, and Entra has nothing of it. */
  readonly missing: readonly RecordedWrite[];
  /** Made with this server's identity, and not by this server. */
  readonly unrecorded: readonly EntraActivity[];
}

/**
 * Matches writes with Entra's rows. Where Entra kept our `client-request-id` as its correlation id, that decides, and such
 * a write explains no other row. Otherwise a row is explained by a write about the same object at about the same time; a
 * deletion only by a deletion.
 */
export class Comparing {
  readonly #writes: readonly RecordedWrite[];
  readonly #byRequest: ReadonlyMap<string, RecordedWrite>;
  readonly #correlated = new Set<RecordedWrite>();
  readonly #near = new Set<RecordedWrite>();
  readonly #unknown: EntraActivity[] = [];

  constructor(writes: readonly RecordedWrite[]) {
    this.#writes = writes;
    this.#byRequest = new Map(writes.map((write) => [write.clientRequestId.toLowerCase(), write]));
  }

  /** Takes in a page of Entra's log, in any order. */
  add(activities: readonly EntraActivity[]): void {
    for (const activity of activities) {
      const write = this.#byRequest.get(activity.correlationId);
      if (write === undefined) this.#unknown.push(activity);
      else this.#correlated.add(write);
    }
  }

  /** What came of it, once every page is in. `comparable` is from when Entra still has its rows. */
  result(now: number, comparable: number): Comparison {
    const others = this.#writes.filter((write) => !this.#correlated.has(write) && mayHaveHappened(write));
    const unrecorded = this.#unknown.filter((activity) => {
      const write = others.find((one) => explains(one, activity));
      if (write !== undefined) this.#near.add(write);
      return write === undefined;
    });
    const wanted = this.#writes.filter(
      (write) =>
        write.at >= comparable && isSuccess(write) && !loggedElsewhere.test(`${write.method} ${write.template}`),
    );
    const isFound = (write: RecordedWrite) => this.#correlated.has(write) || this.#near.has(write);
    const lost = wanted.filter((write) => !isFound(write));
    return {
      writes: wanted.length,
      found: wanted.length - lost.length,
      pending: lost.filter(({ at }) => at > now - lagMs),
      missing: lost.filter(({ at }) => at <= now - lagMs),
      unrecorded: unrecorded.sort((a, b) => a.at - b.at),
    };
  }
}

function isSuccess({ status }: RecordedWrite): boolean {
  return typeof status === 'number' && status < 300;
}

/** A write whose answer is lost, or was never awaited, may be done. */
function mayHaveHappened({ status }: RecordedWrite): boolean {
  return typeof status !== 'number' || status < 300;
}

function explains(write: RecordedWrite, { at, targets, operation }: EntraActivity): boolean {
  if (at < write.at - clocksMs || at > (write.answeredAt ?? write.at) + notedMs) return false;
  if (/^delete/i.test(operation) && write.method !== 'DELETE') return false;
  return targets.some(({ id }) => write.ids.includes(id));
}
