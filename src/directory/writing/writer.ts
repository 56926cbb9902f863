import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Selection } from '../columns.ts';
import { addingIn, openMirror } from '../mirror-file.ts';
import { changesKeptMs } from '../retention.ts';
import { Absence } from './absence.ts';
import { ChangeLog } from './change-log.ts';
import { Groups } from './groups.ts';
import { Lease } from './lease.ts';
import { Licenses, type ProductNames } from './licenses.ts';
import { clearLoad, endLoad, parkStrangers } from './load.ts';
import { Memberships } from './memberships.ts';
import { type DeltaPage, parsePage } from './page.ts';
import { reselect } from './reselect.ts';
import { type Back, type Links, Returned } from './returned.ts';
import { type Collection, emptyTally, type RoundMode, type Tally } from './round.ts';
import { Seen } from './seen.ts';
import { type SignIn, SignIns, type SignInsStanding, signInsStandingOf } from './sign-ins.ts';
import { Users } from './users.ts';

/** Where a collection stands. */
export interface RoundStanding {
  readonly mode: RoundMode;
  /** Where its round goes on, or the next one begins: a secret. Undefined: at the beginning. */
  readonly link: string | undefined;
  /** A round has begun and not ended: the link is in the middle of it. */
  readonly underWay: boolean;
  /** The first load has ended. */
  readonly complete: boolean;
}

/** Where the mirror stands. */
export interface Standing {
  readonly id: string;
  readonly users: RoundStanding;
  readonly groups: RoundStanding;
  readonly signIns: SignInsStanding;
}

/** How many rows there are, and the place of the latest change. */
export interface Totals {
  readonly users: number;
  readonly groups: number;
  readonly memberships: number;
  readonly sequence: number;
}

/** What a page brought. */
export interface AppliedPage {
  readonly tally: Tally;
  /** Where the round goes on; undefined at its end. */
  readonly next: string | undefined;
  /** Where the next round begins, at its end. */
  readonly delta: string | undefined;
}

/**
 * Writes the mirror. Each method that writes is one transaction that also renews the lease: a process that was killed lost what was
 * under way, and one that slept while another took over writes nothing. Synchronous and at times long: it lives in a
 * thread of its own.
 */
export class MirrorWriter {
  readonly #db: DatabaseSync;
  readonly #lease: Lease;
  readonly #log: ChangeLog;
  readonly #absence: Absence;
  readonly #licenses: Licenses;
  readonly #returned: Returned;
  readonly #known: Readonly<Record<Collection, StatementSync>>;
  readonly #memberships: Memberships;
  readonly #groups: Groups;
  /** Their statements name the columns of the selection: made once the mirror has them. */
  #users: Users | undefined;
  #signIns: SignIns | undefined;
  readonly #state: StatementSync;
  readonly #places: Readonly<Record<Collection, StatementSync>>;
  #now = 0;

  /** @param owner `host:pid:nonce` */
  constructor(file: string, owner: string, selection: Selection) {
    this.#db = openMirror(file, selection);
    this.#lease = new Lease(this.#db, owner);
    this.#log = new ChangeLog(this.#db);
    this.#absence = new Absence(this.#db);
    this.#licenses = new Licenses(this.#db);
    this.#returned = new Returned(this.#db);
    this.#known = {
      users: this.#db.prepare(
        'SELECT 1 FROM internal_mirror WHERE NOT usersComplete OR EXISTS (SELECT 1 FROM internal_users WHERE id = ?)',
      ),
      groups: this.#db.prepare(
        'SELECT 1 FROM internal_mirror WHERE NOT groupsComplete OR EXISTS (SELECT 1 FROM internal_groups WHERE id = ?)',
      ),
    };
    this.#state = this.#db.prepare('SELECT * FROM internal_mirror');
    const place = (collection: Collection) =>
      this.#db.prepare(
        `UPDATE internal_mirror SET ${collection}Mode = ?, ${collection}Link = ?, ${collection}UnderWay = ?, ${collection}Complete = max(${collection}Complete, ?)`,
      );
    this.#places = { users: place('users'), groups: place('groups') };
    const seen = new Seen(this.#db, 'groups');
    const [log, absence, returned, knows] = [this.#log, this.#absence, this.#returned, this.#knows];
    this.#memberships = new Memberships(this.#db, { log, absence, returned, seen, knows });
    this.#groups = new Groups(this.#parts(), seen);
  }

  /** Takes the mirror for a sync, and brings its columns to the selection. @throws Leased */
  begin(now: number, selection: Selection): Standing {
    return this.#transaction(now, () => {
      this.#lease.take(now);
      this.#absence.refresh();
      this.#licenses.refresh();
      if (reselect(this.#db, selection)) this.#restart('users');
      this.#users = new Users(this.#parts(), selection, this.#licenses);
      this.#users.silent = addingIn(this.#db);
      this.#signIns = new SignIns(this.#db, selection);
      return this.#standing();
    });
  }

  /** Says that the sync is alive. @throws Leased */
  beat(now: number): void {
    this.#leased(now, () => undefined);
  }

  /** The names of products: of licenses that are there, and that are to come. */
  nameProducts(now: number, names: ProductNames): void {
    this.#leased(now, () => this.#licenses.name(names));
  }

  /** Graph no longer knows where the collection stood: everything is gone through again. */
  restart(now: number, collection: Collection): RoundStanding {
    return this.#leased(now, () => {
      this.#restart(collection);
      return this.#standing()[collection];
    });
  }

  /** Reads a page, before `apply` takes it in. @throws UnexpectedPage */
  parse(collection: Collection, bytes: Uint8Array): DeltaPage {
    return parsePage(bytes, collection === 'users' ? 'manager' : 'members');
  }

  /**
   * Takes a page in: its rows, and where the round goes on. `from` is the link that named it: a page that does not follow
   * on the one before is refused.
   * @throws UnexpectedPage, Leased
   */
  apply(now: number, collection: Collection, from: string | undefined, { items, next, delta }: DeltaPage): AppliedPage {
    const tally = emptyTally();
    return this.#leased(now, () => {
      const { mode, link } = this.#standing()[collection];
      if (link !== from) throw new TypeError('A page was handed in out of turn');
      const objects = this.#objects(collection);
      if (this.#users !== undefined) this.#users.isUnsettled = this.isUnsettled();
      for (const item of items) objects.apply(item, mode, tally);
      if (next === undefined) this.#end(collection, mode, tally);
      this.#place(
        collection,
        { link: next ?? delta, underWay: next !== undefined },
        next === undefined ? 'delta' : mode,
      );
      return { tally, next, delta };
    });
  }

  /** Takes sign-in activity in, and where it goes on; `next` undefined: it is through. Rows are no part of the feed. */
  applySignIns(now: number, rows: readonly SignIn[], next: string | undefined): void {
    this.#leased(now, () => this.#signIns?.apply(now, rows, next));
  }

  /** Users who are deleted as the first load begins: nothing else tells of them, and they may come back. */
  noteDeleted(now: number, ids: readonly string[]): void {
    this.#leased(now, () => {
      for (const id of ids) this.#absence.note(id, 'user', now, false);
    });
  }

  /**
   * Somebody may have been away unseen while everything was gone through: until a round of users has ended that began after it.
   * The first one to end may have begun before.
   */
  isUnsettled(): boolean {
    const { unsettled, groupsMode } = this.#state.get() ?? {};
    return Number(unsettled) > 0 || groupsMode !== 'delta';
  }

  /** Who came back, and is to be asked for. */
  returned(): readonly Back[] {
    return this.#returned.all();
  }

  /** Takes in what was read of those who came back. */
  settle(now: number, all: readonly Links[]): Tally {
    const tally = emptyTally();
    this.#leased(now, () => {
      for (const links of all) this.#settle(links, tally);
    });
    return tally;
  }

  /** Deleted users of whom it may be that they are gone for good, and nothing has told so. */
  doubtful(now: number): readonly string[] {
    return this.#absence.doubtful(now);
  }

  /** Of those in doubt, these are gone for good: what is kept of them is erased. The others can be restored. */
  purge(now: number, gone: readonly string[]): Tally {
    const tally = emptyTally();
    this.#leased(now, () => {
      for (const id of gone) this.#objects('users').purge(id, tally);
      this.#absence.settle(now);
    });
    return tally;
  }

  /** Ends the sync: what is too old is erased, and the mirror is free again. */
  end(now: number): Totals {
    return this.#leased(now, () => {
      this.#erase(now);
      this.#db.prepare('UPDATE internal_mirror SET syncedAt = ?').run(now);
      this.#lease.free();
      return this.totals();
    });
  }

  /** Leaves a sync that did not come to its end. */
  leave(): void {
    this.#lease.free();
  }

  /**
   * What was erased is still in the log that the file is written from: it is emptied now. While somebody reads it cannot be,
   * and the next sync does it.
   */
  forget(): void {
    if (this.#state.get()?.['leavesBytes'] === 0) return;
    this.#db.exec('PRAGMA busy_timeout = 0');
    const done = this.#db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    this.#db.exec('PRAGMA busy_timeout = 15000');
    if (done?.['busy'] === 0) this.#db.exec('UPDATE internal_mirror SET leavesBytes = 0');
  }

  totals(): Totals {
    const one = (sql: string) => Number(this.#db.prepare(sql).get()?.['n'] ?? 0);
    return {
      users: one('SELECT count(*) AS n FROM internal_users'),
      groups: one('SELECT count(*) AS n FROM internal_groups'),
      memberships: one('SELECT count(*) AS n FROM memberships'),
      sequence: one("SELECT seq AS n FROM sqlite_sequence WHERE name = 'changes'"),
    };
  }

  close(): void {
    this.#db.close();
  }

  #parts() {
    const [db, log, absence, memberships] = [this.#db, this.#log, this.#absence, this.#memberships];
    return { db, log, absence, memberships, returned: this.#returned, knows: this.#knows, now: () => this.#now };
  }

  readonly #knows = (type: string, id: string): boolean => {
    const known = type === 'user' ? this.#known.users : type === 'group' ? this.#known.groups : undefined;
    return known === undefined || known.get(id) !== undefined;
  };

  #settle(links: Links, tally: Tally): void {
    const { kind, id } = links;
    this.#returned.forget(id);
    // Gone again: when it comes back, it is read again.
    if (!this.#knows(kind, id)) return;
    if (kind === 'group') this.#memberships.settleGroup(id, links.members, tally);
    else {
      this.#memberships.settleMember(id, links.groups, tally);
      this.#users?.settle(id, links.reports, links.manager, tally);
    }
  }

  #objects(collection: Collection): Users | Groups {
    const objects = collection === 'users' ? this.#users : this.#groups;
    if (objects === undefined) throw new TypeError('A sync begins with begin()');
    return objects;
  }

  /** @throws Leased */
  #leased<T>(now: number, work: () => T): T {
    return this.#transaction(now, () => {
      this.#lease.keep(now);
      return work();
    });
  }

  #transaction<T>(now: number, work: () => T): T {
    this.#now = now;
    this.#log.time = new Date(now).toISOString();
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      this.#db.exec('ROLLBACK');
      this.#absence.refresh();
      this.#licenses.refresh();
      throw error;
    }
  }

  #standing(): Standing {
    const row = this.#state.get() ?? {};
    const of = (collection: Collection): RoundStanding => {
      const [mode, link] = [row[`${collection}Mode`], row[`${collection}Link`]];
      return {
        mode: mode === 'delta' || mode === 'full' ? mode : 'load',
        link: typeof link === 'string' ? link : undefined,
        underWay: row[`${collection}UnderWay`] === 1,
        complete: row[`${collection}Complete`] === 1,
      };
    };
    return {
      id: String(row['id']),
      users: of('users'),
      groups: of('groups'),
      signIns: signInsStandingOf(row),
    };
  }

  #restart(collection: Collection): void {
    const { complete } = this.#standing()[collection];
    this.#absence.unparkStrangers(collection === 'users' ? 'manager' : 'member');
    if (complete) new Seen(this.#db, collection).clear();
    else clearLoad(this.#db, collection);
    this.#place(collection, { link: undefined, underWay: false }, complete ? 'full' : 'load');
  }

  #end(collection: Collection, mode: RoundMode, tally: Tally): void {
    if (mode === 'load') {
      endLoad(this.#db, collection, this.#licenses);
      if (this.#standing()[collection === 'users' ? 'groups' : 'users'].complete) parkStrangers(this.#db);
      this.#absence.refresh();
    }
    if (mode === 'full') {
      if (collection === 'groups') this.#memberships.sweep(tally);
      else this.#absence.doubt();
      this.#objects(collection).sweep(tally);
    }
    if (mode !== 'delta') this.#db.exec('UPDATE internal_mirror SET unsettled = 2');
    else if (collection === 'users') this.#db.exec('UPDATE internal_mirror SET unsettled = max(0, unsettled - 1)');
    if (collection === 'users' && mode !== 'delta' && this.#users !== undefined) {
      this.#db.exec("UPDATE internal_mirror SET adding = '[]'");
      this.#users.silent = [];
    }
  }

  #place(collection: Collection, { link, underWay }: Pick<RoundStanding, 'link' | 'underWay'>, mode: RoundMode): void {
    this.#places[collection].run(mode, link ?? null, underWay ? 1 : 0, mode === 'delta' ? 1 : 0);
  }

  #erase(now: number): void {
    const before = new Date(now - changesKeptMs).toISOString();
    const { last } = this.#db.prepare('SELECT max(sequence) AS last FROM changes WHERE time < ?').get(before) ?? {};
    if (typeof last !== 'number') return;
    this.#db.prepare('DELETE FROM changes WHERE sequence <= ?').run(last);
    this.#db.prepare('UPDATE internal_mirror SET erased = max(erased, ?), leavesBytes = 1').run(last);
  }
}
