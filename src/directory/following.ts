import { z } from 'zod';
import {
  type Clock,
  DeltaLink,
  type GraphPath,
  type GraphPort,
  type GraphSchema,
  type Log,
  path,
  ToolError,
} from '../contract/index.ts';
import { type Column, groupColumns, type Selection } from './columns.ts';
import { peekedNext } from './next-page.ts';
import type { RoundStanding } from './writing/mirror-row.ts';
import type { AppliedPage } from './writing/round.ts';
import { addTally, type Collection, emptyTally, type RoundMode, type Tally } from './writing/round.ts';
import type { WritingThread } from './writing/writing-thread.ts';

/** What a collection is followed with. */
export interface FollowingParts {
  readonly graph: GraphPort;
  readonly thread: WritingThread;
  readonly selection: Selection;
  readonly clock: Clock;
  readonly log: Log;
}

/** Who wants to know how it goes. */
export interface FollowingNews {
  /** A page was taken in. */
  page(collection: Collection, tally: Tally): void;
  /** Graph no longer knew the place: a round of another mode begins. */
  restarted(mode: RoundMode): void;
}

/** Pages that wait for the thread: more would only fill memory. */
const mostUnderWay = 2;

const addresses: Readonly<Record<Collection, GraphPath>> = {
  users: path`/users/delta`,
  groups: path`/groups/delta`,
};

/** Follows one collection by its delta query, for one sync. */
export class Following {
  readonly tally: Tally = emptyTally();
  requests = 0;
  readonly #parts: FollowingParts;
  readonly #collection: Collection;
  readonly #news: FollowingNews;
  readonly #schema: GraphSchema;
  /** What the collection began with: kept by an earlier sync, maybe of another Graph. */
  #kept: string | undefined;
  #isBegunAnew = false;
  /** Where the next round begins. */
  #delta: string | undefined;

  constructor(parts: FollowingParts, collection: Collection, news: FollowingNews) {
    this.#parts = parts;
    this.#collection = collection;
    this.#news = news;
    this.#schema =
      collection === 'users' ? selecting(parts.selection.columns, 'manager') : selecting(groupColumns, 'members');
  }

  /**
   * Goes on where an earlier sync stood. A round tells what had happened when it began: after one of an earlier sync, there is
   * another to make. @throws ToolError
   */
  async collect({ link, underWay }: RoundStanding, signal: AbortSignal): Promise<void> {
    this.#kept = link;
    this.#delta = await this.#round(link, signal);
    if (underWay) await this.again(signal);
  }

  /** One more round, of what has changed since the last one began. @throws ToolError */
  async again(signal: AbortSignal): Promise<void> {
    this.#delta = await this.#round(this.#delta, signal);
  }

  /**
   * Pages are taken in one after the other while the following ones are on their way. Answers where the next round begins.
   */
  async #round(start: string | undefined, signal: AbortSignal): Promise<string | undefined> {
    let link = start;
    let fetching = this.#fetch(link, signal);
    const underWay: Promise<AppliedPage>[] = [];
    for (;;) {
      const fetched = await this.#fetched(fetching, link, signal);
      const from = fetched.anew ? undefined : link;
      link = peekedNext(fetched.bytes);
      if (link !== undefined) fetching = this.#fetch(link, signal);
      underWay.push(this.#take(from, fetched.bytes));
      if (link !== undefined && underWay.length < mostUnderWay) continue;
      // The first of them, or all at the end of the round: what the page itself says is the truth.
      const { next, delta } = (await (link === undefined ? last(underWay) : underWay.shift())) ?? {};
      if (link !== undefined) continue;
      if (next === undefined) return delta;
      underWay.length = 0;
      link = next;
      fetching = this.#fetch(link, signal);
    }
  }

  #take(from: string | undefined, bytes: Uint8Array<ArrayBuffer>): Promise<AppliedPage> {
    const { thread, clock } = this.#parts;
    const collection = this.#collection;
    const taken = thread.page(clock.now(), { collection, from, bytes }).then((applied) => {
      addTally(this.tally, applied.tally);
      this.#news.page(collection, this.tally);
      return applied;
    });
    // A later one fails with the first that does.
    taken.catch(() => undefined);
    return taken;
  }

  /** The page after the one that is being taken in is on its way already. */
  #fetch(link: string | undefined, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const { graph } = this.#parts;
    this.requests += 1;
    const page = graph
      .delta({ signal, lane: 'bulk' })
      .page(addresses[this.#collection], this.#schema, link === undefined ? undefined : new DeltaLink(link));
    // It is awaited only once the page before is taken in.
    page.catch(() => undefined);
    return page;
  }

  /** A page; where Graph no longer knows its link, the first one of a round over everything. @throws ToolError */
  async #fetched(
    fetching: Promise<Uint8Array<ArrayBuffer>>,
    link: string | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly anew: boolean }> {
    try {
      return { bytes: await fetching, anew: false };
    } catch (error) {
      if (link === undefined || !isReset(error)) throw error;
      const isKept = link === this.#kept && !this.#isBegunAnew;
      if (isRefusedHere(error) && !isKept) throw ledAway();
      // Once more, and it would go on for ever.
      if (this.#isBegunAnew) throw resetAgain();
    }
    this.#isBegunAnew = true;
    const { thread, clock, log } = this.#parts;
    const collection = this.#collection;
    log.info({ collection }, 'Graph no longer knows where the sync stood: everything is gone through again');
    const { mode } = await thread.restart(clock.now(), collection);
    this.#news.restarted(mode);
    return { bytes: await this.#fetch(undefined, signal), anew: true };
  }
}

/** What is selected: the properties of the columns, and the relation that is followed. Pages are checked where they are kept. */
function selecting(columns: readonly Column[], relation: string): GraphSchema {
  return z.object(
    Object.fromEntries(['id', ...columns.map(({ name }) => name), relation].map((name) => [name, z.unknown()])),
  );
}

/** Graph's several ways to say that a link is too old. [learn.microsoft.com/graph/delta-query-overview] */
function isReset(error: unknown): boolean {
  if (!(error instanceof ToolError)) return false;
  const { graphCode, status } = error.detail ?? {};
  const isOldPage = graphCode === 'Directory_ExpiredPageToken' || graphCode === 'DirectoryPageTokenNotFoundException';
  // A link that Graph made, and does not take any more.
  return error.code === 'SYNC_RESET' || isOldPage || status === 400 || status === 404;
}

/** Nothing was sent: the link leads to another Graph than that of the settings. */
function isRefusedHere(error: unknown): boolean {
  return error instanceof ToolError && error.code === 'SYNC_RESET' && error.detail?.['status'] === undefined;
}

function ledAway(): ToolError {
  return new ToolError('UPSTREAM', {
    message: 'Graph named a next page that is not on the same host, so it was not fetched.',
    fix: 'Check ENTRA_MCP_GRAPH_URL and any proxy between here and Graph; the next sync begins anew.',
    detail: { graphCode: 'foreignNextLink' },
  });
}

function resetAgain(): ToolError {
  return new ToolError('UPSTREAM', {
    message: 'Graph gave up the place of the sync twice.',
    fix: 'Sync again later: it goes through everything once more. The mirror can be used meanwhile.',
  });
}

/** The last of several in their order; a failure of any of them. */
async function last<T>(all: readonly Promise<T>[]): Promise<T | undefined> {
  return (await Promise.all(all)).at(-1);
}
