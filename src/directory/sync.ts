import { z } from 'zod';
import {
  type Clock,
  DeltaLink,
  type DirectoryCall,
  type GraphPath,
  type GraphPort,
  type GraphReader,
  type GraphSchema,
  type Log,
  path,
  type SyncCounts,
  type SyncReport,
  ToolError,
} from '../contract/index.ts';
import { type Column, groupColumns, type Selection } from './columns.ts';
import { changeCursor } from './cursor.ts';
import { peekedNext } from './next-page.ts';
import { readReturned, standingAmong } from './reading-returned.ts';
import { readSignIns } from './reading-sign-ins.ts';
import { type Collection, emptyTally, type Tally } from './writing/round.ts';
import type { AppliedPage, RoundStanding, Standing, Totals } from './writing/writer.ts';
import type { WritingThread } from './writing/writing-thread.ts';

/** What a sync is made of. */
export interface SyncParts {
  readonly graph: GraphPort;
  readonly thread: WritingThread;
  readonly selection: Selection;
  readonly clock: Clock;
  readonly log: Log;
}

/** A process that syncs says so this often, also while it waits for Graph. */
const beatMs = 10_000;

/** Progress is told of at most this often. */
const tellMs = 100;

/** Pages that wait for the thread: more would only fill memory. */
const mostUnderWay = 2;

const collections = ['users', 'groups'] as const;
const addresses: Readonly<Record<Collection, GraphPath>> = {
  users: path`/users/delta`,
  groups: path`/groups/delta`,
};
const product = z.object({ skuId: z.string(), skuPartNumber: z.string() });
const idOnly = z.object({ id: z.string() });
const deletedUsers = path`/directory/deletedItems/microsoft.graph.user`;

/** One sync of users and groups, page by page. What was committed stays when it ends early; the next one goes on there. */
export class Sync {
  readonly #parts: SyncParts;
  readonly #call: DirectoryCall;
  readonly #reader: GraphReader;
  readonly #tallies: Readonly<Record<Collection, Tally>> = { users: emptyTally(), groups: emptyTally() };
  readonly #warnings: string[] = [];
  readonly #schemas: Readonly<Record<Collection, GraphSchema>>;
  /** What each collection began with: kept by an earlier sync, maybe of another Graph. */
  readonly #kept = new Map<Collection, string | undefined>();
  readonly #begunAnew = new Set<Collection>();
  #pages = 0;
  #requests = 0;
  #toldAt = 0;
  #mode: SyncReport['mode'] = 'changes';

  constructor(parts: SyncParts, call: DirectoryCall) {
    this.#parts = parts;
    this.#call = call;
    this.#reader = parts.graph.reader({ signal: call.signal, lane: 'bulk' });
    this.#schemas = {
      users: selecting(parts.selection.columns, 'manager'),
      groups: selecting(groupColumns, 'members'),
    };
  }

  /** @throws ToolError */
  async run(): Promise<SyncReport> {
    const { thread, clock, selection } = this.#parts;
    const from = clock.now();
    const standing = await thread.begin(from, selection);
    const beating = this.#beat();
    try {
      if (collections.some((each) => standing[each].mode === 'full')) this.#mode = 'resync';
      if (collections.some((each) => standing[each].mode === 'load')) this.#mode = 'first';
      await this.#nameProducts();
      if (standing.users.mode === 'load' && standing.users.link === undefined) await this.#noteDeleted();
      await this.#rounds(standing);
      await this.#settle();
      await this.#purge();
      const signIns = selection.signIns
        ? await readSignIns(this.#parts, { reader: this.#reader, call: this.#call, standing: standing.signIns })
        : undefined;
      this.#requests += signIns?.requests ?? 0;
      if (signIns?.warning !== undefined) this.#warnings.push(signIns.warning);
      const totals = await thread.end(clock.now());
      await thread.forget(clock.now());
      return this.#report(totals, standing.id, clock.now() - from, signIns);
    } catch (error) {
      // Whoever took the mirror over meanwhile keeps it.
      await thread.leave(clock.now()).catch(() => undefined);
      throw error;
    } finally {
      beating.stop();
    }
  }

  /** Both at once: each waits for Graph most of the time. The first failure ends the other one too. */
  async #rounds(standing: Standing): Promise<void> {
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#call.signal, stop.signal]);
    const rounds = collections.map((collection) => this.#collect(collection, standing[collection], signal));
    try {
      await Promise.all(rounds);
    } finally {
      stop.abort();
      await Promise.allSettled(rounds);
    }
  }

  /** A round tells what had happened when it began: after one of an earlier sync, there is another to make. */
  async #collect(collection: Collection, { link, underWay }: RoundStanding, signal: AbortSignal): Promise<void> {
    this.#kept.set(collection, link);
    const next = await this.#round(collection, link, signal);
    if (underWay) await this.#round(collection, next, signal);
  }

  /**
   * Pages are taken in one after the other while the following ones are on their way. Answers where the next round begins.
   */
  async #round(collection: Collection, start: string | undefined, signal: AbortSignal): Promise<string | undefined> {
    let link = start;
    let fetching = this.#fetch(collection, link, signal);
    const underWay: Promise<AppliedPage>[] = [];
    for (;;) {
      const fetched = await this.#fetched(collection, fetching, link, signal);
      const from = fetched.anew ? undefined : link;
      link = peekedNext(fetched.bytes);
      if (link !== undefined) fetching = this.#fetch(collection, link, signal);
      underWay.push(this.#take(collection, from, fetched.bytes));
      if (link !== undefined && underWay.length < mostUnderWay) continue;
      // The first of them, or all at the end of the round: what the page itself says is the truth.
      const { next, delta } = (await (link === undefined ? last(underWay) : underWay.shift())) ?? {};
      if (link !== undefined) continue;
      if (next === undefined) return delta;
      underWay.length = 0;
      link = next;
      fetching = this.#fetch(collection, link, signal);
    }
  }

  #take(collection: Collection, from: string | undefined, bytes: Uint8Array<ArrayBuffer>): Promise<AppliedPage> {
    const { thread, clock } = this.#parts;
    const taken = thread.page(clock.now(), { collection, from, bytes }).then((applied) => {
      add(this.#tallies[collection], applied.tally);
      this.#pages += 1;
      this.#tell(progressOf(collection, this.#pages, this.#tallies[collection]));
      return applied;
    });
    // A later one fails with the first that does.
    taken.catch(() => undefined);
    return taken;
  }

  /** A client that is told of each page of a local Graph would do nothing else. */
  #tell(message: string): void {
    const now = this.#parts.clock.now();
    if (now - this.#toldAt < tellMs) return;
    this.#toldAt = now;
    this.#call.progress(message);
  }

  /** The page after the one that is being taken in is on its way already. */
  #fetch(collection: Collection, link: string | undefined, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const { graph } = this.#parts;
    this.#requests += 1;
    const page = graph
      .delta({ signal, lane: 'bulk' })
      .page(addresses[collection], this.#schemas[collection], link === undefined ? undefined : new DeltaLink(link));
    // It is awaited only once the page before is taken in.
    page.catch(() => undefined);
    return page;
  }

  /** A page; where Graph no longer knows its link, the first one of a round over everything. @throws ToolError */
  async #fetched(
    collection: Collection,
    fetching: Promise<Uint8Array<ArrayBuffer>>,
    link: string | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly anew: boolean }> {
    try {
      return { bytes: await fetching, anew: false };
    } catch (error) {
      if (link === undefined || !isReset(error)) throw error;
      const isKept = link === this.#kept.get(collection) && !this.#begunAnew.has(collection);
      if (isRefusedHere(error) && !isKept) throw ledAway();
      // Once more, and it would go on for ever.
      if (this.#begunAnew.has(collection)) throw resetAgain();
    }
    this.#begunAnew.add(collection);
    const { thread, clock, log } = this.#parts;
    log.info({ collection }, 'Graph no longer knows where the sync stood: everything is gone through again');
    const { mode } = await thread.restart(clock.now(), collection);
    if (mode === 'full' && this.#mode === 'changes') this.#mode = 'resync';
    return { bytes: await this.#fetch(collection, undefined, signal), anew: true };
  }

  async #nameProducts(): Promise<void> {
    const { thread, clock } = this.#parts;
    try {
      this.#requests += 1;
      const { items } = await this.#reader.page(path`/subscribedSkus`, product);
      await thread.nameProducts(clock.now(), Object.fromEntries(items.map((each) => [each.skuId, each.skuPartNumber])));
    } catch (error) {
      if (!(error instanceof ToolError) || error.code !== 'NOT_PERMITTED') throw error;
      this.#warnings.push('Licenses have no names: LicenseAssignment.Read.All is not granted.');
    }
  }

  /** Who is deleted as the first load begins. Where that may not be read, who of them comes back comes without memberships. */
  async #noteDeleted(): Promise<void> {
    const { thread, clock } = this.#parts;
    for await (const ids of this.#deleted()) await thread.noteDeleted(clock.now(), ids);
  }

  async *#deleted(): AsyncIterable<readonly string[]> {
    for await (const { items } of this.#reader.pages(deletedUsers, idOnly, { top: 999 })) {
      this.#requests += 1;
      yield items.map(({ id }) => id);
    }
  }

  /** Memberships and reports of those who came back. */
  async #settle(): Promise<void> {
    const { thread, clock, graph } = this.#parts;
    const returned = await thread.returned(clock.now());
    if (returned.length === 0) return;
    const before = graph.usage().requests;
    for await (const links of readReturned(this.#reader, returned)) {
      add(this.#tallies.users, await thread.settle(clock.now(), links));
    }
    this.#requests += graph.usage().requests - before;
  }

  /** Users who were found missing, or should be gone by now: those whom Graph no longer lists as deleted are erased. */
  async #purge(): Promise<void> {
    const { thread, clock } = this.#parts;
    const doubtful = await thread.doubtful(clock.now());
    if (doubtful.length === 0) return;
    const gone = new Set(doubtful);
    for await (const ids of this.#deleted()) for (const id of ids) gone.delete(id);
    // Who was restored after the round is not deleted either.
    for await (const id of standingAmong(this.#reader, [...gone])) gone.delete(id);
    this.#requests += gone.size;
    add(this.#tallies.users, await thread.purge(clock.now(), [...gone]));
  }

  #beat(): { stop(): void } {
    const { thread, clock } = this.#parts;
    const stop = new AbortController();
    const loop = async () => {
      for (;;) {
        await clock.sleep(beatMs, stop.signal);
        await thread.beat(clock.now());
      }
    };
    // Ends by its abort, or with the lease: then the next page says so.
    loop().catch(() => undefined);
    return { stop: () => stop.abort() };
  }

  #report(
    totals: Totals,
    mirrorId: string,
    durationMs: number,
    signIns: { readonly users: number; readonly complete: boolean } | undefined,
  ): SyncReport {
    const { users, groups } = this.#tallies;
    return {
      mode: this.#mode,
      users: countsOf(users, totals.users),
      groups: countsOf(groups, totals.groups),
      memberships: {
        added: this.#mode === 'first' ? totals.memberships : users.added + groups.added,
        removed: users.removed + groups.removed,
        total: totals.memberships,
      },
      ...(signIns === undefined ? {} : { signIns: { users: signIns.users, complete: signIns.complete } }),
      pages: this.#pages,
      requests: this.#requests,
      durationMs,
      cursor: changeCursor(mirrorId, totals.sequence),
      ...(this.#warnings.length === 0 ? {} : { warnings: this.#warnings }),
    };
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

function add(to: Tally, more: Tally): void {
  to.created += more.created;
  to.updated += more.updated;
  to.deleted += more.deleted;
  to.purged += more.purged;
  to.added += more.added;
  to.removed += more.removed;
}

function countsOf({ created, updated, deleted, purged }: Tally, total: number): SyncCounts {
  return { created, updated, deleted, purged, total };
}

function progressOf(collection: Collection, page: number, { created, updated, deleted }: Tally): string {
  return `page ${page}; ${collection}: ${created} new, ${updated} changed, ${deleted} deleted so far`;
}
