import { z } from 'zod';
import {
  type Clock,
  DeltaLink,
  type DirectoryCall,
  type GraphPath,
  type GraphPort,
  type GraphReader,
  type Log,
  path,
  type SyncCounts,
  type SyncReport,
  ToolError,
} from '../contract/index.ts';
import { groupColumns, type Selection } from './columns.ts';
import { changeCursor } from './cursor.ts';
import { readSignIns } from './reading-sign-ins.ts';
import { type Collection, emptyTally, type Tally } from './writing/round.ts';
import type { RoundStanding, Totals } from './writing/writer.ts';
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

const collections = ['users', 'groups'] as const;
const addresses: Readonly<Record<Collection, GraphPath>> = {
  users: path`/users/delta`,
  groups: path`/groups/delta`,
};
/** The followed relation of each. */
const relations: Readonly<Record<Collection, string>> = { users: 'manager', groups: 'members' };

const product = z.object({ skuId: z.string(), skuPartNumber: z.string() });
const idOnly = z.object({ id: z.string() });

/** One sync of users and groups, page by page. What was committed stays when it ends early; the next one goes on there. */
export class Sync {
  readonly #parts: SyncParts;
  readonly #call: DirectoryCall;
  readonly #reader: GraphReader;
  readonly #tallies: Readonly<Record<Collection, Tally>> = { users: emptyTally(), groups: emptyTally() };
  readonly #warnings: string[] = [];
  #pages = 0;
  #requests = 0;
  #mode: SyncReport['mode'] = 'changes';

  constructor(parts: SyncParts, call: DirectoryCall) {
    this.#parts = parts;
    this.#call = call;
    this.#reader = parts.graph.reader({ signal: call.signal, lane: 'bulk' });
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
      for (const collection of collections) await this.#round(collection, standing[collection]);
      await this.#purge();
      const signIns = selection.signIns
        ? await readSignIns(this.#parts, { reader: this.#reader, call: this.#call, standing: standing.signIns })
        : undefined;
      this.#requests += signIns?.requests ?? 0;
      if (signIns?.warning !== undefined) this.#warnings.push(signIns.warning);
      const totals = await thread.end(clock.now());
      return this.#report(totals, standing.id, clock.now() - from, signIns);
    } catch (error) {
      // Whoever took the mirror over meanwhile keeps it.
      await thread.leave(clock.now()).catch(() => undefined);
      throw error;
    } finally {
      beating.stop();
    }
  }

  async #round(collection: Collection, standing: RoundStanding): Promise<void> {
    const { thread, clock } = this.#parts;
    let link = standing.link === undefined ? undefined : new DeltaLink(standing.link);
    let fetching = this.#fetch(collection, link);
    for (let page = 1; ; page += 1) {
      const bytes = await fetching.catch((error: unknown) => this.#anew(collection, error, link));
      const { next, applied } = thread.page(clock.now(), collection, bytes);
      const following = await next;
      link = following === undefined ? undefined : new DeltaLink(following);
      if (link !== undefined) fetching = this.#fetch(collection, link);
      const { tally, ended } = await applied;
      add(this.#tallies[collection], tally);
      this.#pages += 1;
      this.#call.progress(progressOf(collection, page, this.#tallies[collection]));
      if (ended) return;
    }
  }

  /** The page after the one that is being taken in is on its way already. */
  #fetch(collection: Collection, link: DeltaLink | undefined): Promise<Uint8Array<ArrayBuffer>> {
    const { graph, selection } = this.#parts;
    const columns = collection === 'users' ? selection.columns : groupColumns;
    const schema = z.object(
      Object.fromEntries(
        ['id', ...columns.map(({ name }) => name), relations[collection]].map((name) => [name, z.unknown()]),
      ),
    );
    this.#requests += 1;
    const page = graph.delta({ signal: this.#call.signal, lane: 'bulk' }).page(addresses[collection], schema, link);
    // It is awaited only once the page before is taken in.
    page.catch(() => undefined);
    return page;
  }

  /** Graph no longer knows the link: the first page of a round over everything. @throws ToolError what is no reset */
  async #anew(collection: Collection, error: unknown, link: DeltaLink | undefined): Promise<Uint8Array<ArrayBuffer>> {
    if (link === undefined || !isReset(error)) throw error;
    const { thread, clock, log } = this.#parts;
    log.info({ collection }, 'Graph no longer knows where the sync stood: everything is gone through again');
    const { mode } = await thread.restart(clock.now(), collection);
    if (mode === 'full' && this.#mode === 'changes') this.#mode = 'resync';
    return this.#fetch(collection, undefined);
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

  /** Users who were found missing, or should be gone by now: those whom Graph no longer lists as deleted are erased. */
  async #purge(): Promise<void> {
    const { thread, clock } = this.#parts;
    const doubtful = await thread.doubtful(clock.now());
    if (doubtful.length === 0) return;
    const gone = new Set(doubtful);
    for await (const { items } of this.#reader.pages(path`/directory/deletedItems/microsoft.graph.user`, idOnly)) {
      this.#requests += 1;
      for (const { id } of items) gone.delete(id);
    }
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

/** Graph's several ways to say that a link is too old. [learn.microsoft.com/graph/delta-query-overview] */
function isReset(error: unknown): boolean {
  if (!(error instanceof ToolError)) return false;
  const { graphCode, status } = error.detail ?? {};
  const isOldPage = graphCode === 'Directory_ExpiredPageToken' || graphCode === 'DirectoryPageTokenNotFoundException';
  // A link that Graph made, and does not take any more.
  return error.code === 'SYNC_RESET' || isOldPage || status === 400 || status === 404;
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
  return `${collection}: page ${page}; ${created} new, ${updated} changed, ${deleted} deleted so far`;
}
