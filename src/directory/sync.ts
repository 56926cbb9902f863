import { z } from 'zod';
import {
  type DirectoryCall,
  type GraphReader,
  path,
  type SyncCounts,
  type SyncReport,
  ToolError,
} from '../contract/index.ts';
import { changeCursor } from './cursor.ts';
import { Following, type FollowingNews, type FollowingParts } from './following.ts';
import { readReturned, standingAmong } from './reading-returned.ts';
import { readSignIns } from './reading-sign-ins.ts';
import type { Standing } from './writing/mirror-row.ts';
import { addTally, type Collection, type Tally } from './writing/round.ts';
import type { Totals } from './writing/totals.ts';

/** A process that syncs says so this often, also while it waits for Graph. */
const beatMs = 10_000;

/** Progress is told of at most this often. */
const tellMs = 100;

const collections = ['users', 'groups'] as const;
const product = z.object({ skuId: z.string(), skuPartNumber: z.string() });
const idOnly = z.object({ id: z.string() });
const deletedUsers = path`/directory/deletedItems/microsoft.graph.user`;

/** One sync of users and groups, page by page. What was committed stays when it ends early; the next one goes on there. */
export class Sync {
  readonly #parts: FollowingParts;
  readonly #call: DirectoryCall;
  readonly #reader: GraphReader;
  readonly #warnings: string[] = [];
  readonly #following: Readonly<Record<Collection, Following>>;
  #pages = 0;
  #requests = 0;
  #toldAt = 0;
  #mode: SyncReport['mode'] = 'changes';

  constructor(parts: FollowingParts, call: DirectoryCall) {
    this.#parts = parts;
    this.#call = call;
    this.#reader = parts.graph.reader({ signal: call.signal, lane: 'bulk' });
    const news: FollowingNews = {
      page: (collection, tally) => {
        this.#pages += 1;
        this.#tell(progressOf(collection, this.#pages, tally));
      },
      restarted: (mode) => {
        if (mode === 'full' && this.#mode === 'changes') this.#mode = 'resync';
      },
    };
    this.#following = { users: new Following(parts, 'users', news), groups: new Following(parts, 'groups', news) };
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
      await this.#catchUp();
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
    const rounds = collections.map((collection) => this.#following[collection].collect(standing[collection], signal));
    try {
      await Promise.all(rounds);
    } finally {
      stop.abort();
      await Promise.allSettled(rounds);
    }
  }

  /**
   * After a round over everything: who was deleted and restored while it went on is told of by the rounds right after it, which
   * are short now. Later they would tell of everybody who has changed, and all of those would have to be asked for.
   */
  async #catchUp(): Promise<void> {
    const { thread, clock } = this.#parts;
    while (await thread.isUnsettled(clock.now())) await this.#following.users.again(this.#call.signal);
  }

  /** A client that is told of each page of a local Graph would do nothing else. */
  #tell(message: string): void {
    const now = this.#parts.clock.now();
    if (now - this.#toldAt < tellMs) return;
    this.#toldAt = now;
    this.#call.progress(message);
  }

  /** What the sync can do without: where it is not granted, a warning says what is missing. */
  async #granted(warning: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ToolError) || error.code !== 'NOT_PERMITTED') throw error;
      this.#warnings.push(warning);
    }
  }

  #nameProducts(): Promise<void> {
    const { thread, clock } = this.#parts;
    return this.#granted('Licenses have no names: LicenseAssignment.Read.All is not granted.', async () => {
      this.#requests += 1;
      const { items } = await this.#reader.page(path`/subscribedSkus`, product);
      await thread.nameProducts(clock.now(), Object.fromEntries(items.map((each) => [each.skuId, each.skuPartNumber])));
    });
  }

  /** Who is deleted as the first load begins. */
  #noteDeleted(): Promise<void> {
    const { thread, clock } = this.#parts;
    const warning =
      'Deleted users may not be read (User.Read.All): who of them is restored comes back without memberships until a later resync.';
    return this.#granted(warning, async () => {
      for await (const ids of this.#deleted()) await thread.noteDeleted(clock.now(), ids);
    });
  }

  async *#deleted(): AsyncIterable<readonly string[]> {
    for await (const { items } of this.#reader.pages(deletedUsers, idOnly, { top: 999 })) {
      this.#requests += 1;
      yield items.map(({ id }) => id);
    }
  }

  /** Memberships and reports of those who came back. Who cannot be asked for now is asked for by the next sync. */
  async #settle(): Promise<void> {
    const { thread, clock, graph } = this.#parts;
    const returned = await thread.returned(clock.now());
    if (returned.length === 0) return;
    const before = graph.usage().requests;
    try {
      for await (const links of readReturned(this.#reader, returned)) {
        addTally(this.#following.users.tally, await thread.settle(clock.now(), links));
      }
    } catch (error) {
      if (!isPassing(error)) throw error;
      this.#warnings.push(
        `Memberships and reports of some who came back could not be read (${error.code}): they may be incomplete until a later sync.`,
      );
    }
    this.#requests += graph.usage().requests - before;
  }

  /** Users who were found missing, or should be gone by now: those whom Graph no longer lists as deleted are erased. */
  async #purge(): Promise<void> {
    const { thread, clock } = this.#parts;
    const doubtful = await thread.doubtful(clock.now());
    if (doubtful.length === 0) return;
    const warning = 'Deleted users may not be read (User.Read.All): who is gone for good was not erased.';
    await this.#granted(warning, async () => {
      const gone = new Set(doubtful);
      for await (const ids of this.#deleted()) for (const id of ids) gone.delete(id);
      this.#requests += gone.size;
      // Who was restored after the round is not deleted either.
      for await (const id of standingAmong(this.#reader, [...gone])) gone.delete(id);
      addTally(this.#following.users.tally, await thread.purge(clock.now(), [...gone]));
    });
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
    const [users, groups] = [this.#following.users.tally, this.#following.groups.tally];
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
      requests: this.#requests + this.#following.users.requests + this.#following.groups.requests,
      durationMs,
      cursor: changeCursor(mirrorId, totals.sequence),
      ...(this.#warnings.length === 0 ? {} : { warnings: this.#warnings }),
    };
  }
}

/** Graph would not answer this time, or not this: all else of the sync holds. */
function isPassing(error: unknown): error is ToolError {
  return error instanceof ToolError && ['NOT_PERMITTED', 'THROTTLED', 'UPSTREAM'].includes(error.code);
}

function countsOf({ created, updated, deleted, purged }: Tally, total: number): SyncCounts {
  return { created, updated, deleted, purged, total };
}

function progressOf(collection: Collection, page: number, { created, updated, deleted }: Tally): string {
  return `page ${page}; ${collection}: ${created} new, ${updated} changed, ${deleted} deleted so far`;
}
