import type { DatabaseSync } from 'node:sqlite';
import type { Selection } from '../columns.ts';
import { addingIn, openMirror } from '../mirror-file.ts';
import { Absence } from './absence.ts';
import { ChangeLog } from './change-log.ts';
import { emptyLog, eraseOldChanges } from './erasure.ts';
import { Groups } from './groups.ts';
import { knownIn } from './known.ts';
import { Lease } from './lease.ts';
import { Licenses, type ProductNames } from './licenses.ts';
import { Memberships } from './memberships.ts';
import { MirrorRow, type RoundStanding, type Standing } from './mirror-row.ts';
import { type DeltaPage, parsePage } from './page.ts';
import { reselect } from './reselect.ts';
import { type Back, type Links, Returned } from './returned.ts';
import { type AppliedPage, type Collection, emptyTally, type Tally } from './round.ts';
import { Rounds } from './rounds.ts';
import { Seen } from './seen.ts';
import { type SignIn, SignIns } from './sign-ins.ts';
import { type Totals, totalsOf } from './totals.ts';
import { Users } from './users.ts';

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
  readonly #knows: (type: string, id: string) => boolean;
  readonly #memberships: Memberships;
  readonly #groups: Groups;
  /** Their statements name the columns of the selection: made once the mirror has them. */
  #users: Users | undefined;
  #signIns: SignIns | undefined;
  readonly #row: MirrorRow;
  readonly #rounds: Rounds;
  #now = 0;

  /** @param owner `host:pid:nonce` */
  constructor(file: string, owner: string, selection: Selection) {
    this.#db = openMirror(file, selection);
    this.#lease = new Lease(this.#db, owner);
    this.#log = new ChangeLog(this.#db);
    this.#absence = new Absence(this.#db);
    this.#licenses = new Licenses(this.#db);
    this.#returned = new Returned(this.#db);
    this.#knows = knownIn(this.#db);
    this.#row = new MirrorRow(this.#db);
    const seen = new Seen(this.#db, 'groups');
    const [log, absence, returned, knows] = [this.#log, this.#absence, this.#returned, this.#knows];
    this.#memberships = new Memberships(this.#db, { log, absence, returned, seen, knows });
    this.#groups = new Groups(this.#parts(), seen);
    this.#rounds = new Rounds({ ...this.#parts(), row: this.#row, licenses: this.#licenses });
  }

  /** Takes the mirror for a sync, and brings its columns to the selection. @throws Leased */
  begin(now: number, selection: Selection): Standing {
    return this.#transaction(now, () => {
      this.#lease.take(now);
      this.#absence.refresh();
      this.#licenses.refresh();
      if (reselect(this.#db, selection)) this.#rounds.restart('users');
      this.#users = new Users(this.#parts(), selection, this.#licenses);
      this.#users.silent = addingIn(this.#db);
      this.#signIns = new SignIns(this.#db, selection);
      return this.#row.standing();
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
      this.#rounds.restart(collection);
      return this.#row.standing()[collection];
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
      const { mode, link } = this.#row.standing()[collection];
      if (link !== from) throw new TypeError('A page was handed in out of turn');
      const objects = this.#objects(collection);
      if (this.#users !== undefined) this.#users.isUnsettled = this.isUnsettled();
      for (const item of items) objects.apply(item, mode, tally);
      if (next === undefined) this.#rounds.end(collection, mode, objects, tally);
      const place = { link: next ?? delta, underWay: next !== undefined };
      this.#row.place(collection, place, next === undefined ? 'delta' : mode);
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
    return this.#row.isUnsettled();
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
      eraseOldChanges(this.#db, now);
      this.#row.endSync(now);
      this.#lease.free();
      return totalsOf(this.#db);
    });
  }

  /** Leaves a sync that did not come to its end. */
  leave(): void {
    this.#lease.free();
  }

  /** As `emptyLog`. */
  forget(): void {
    emptyLog(this.#db);
  }

  close(): void {
    this.#db.close();
  }

  #parts() {
    const [db, log, absence, memberships] = [this.#db, this.#log, this.#absence, this.#memberships];
    return { db, log, absence, memberships, returned: this.#returned, knows: this.#knows, now: () => this.#now };
  }

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
      this.#rollBack();
      this.#absence.refresh();
      this.#licenses.refresh();
      throw error;
    }
  }

  /** Where the disk is full, SQLite has done so by itself, and refuses: what went wrong before is what counts. */
  #rollBack(): void {
    try {
      this.#db.exec('ROLLBACK');
    } catch {}
  }
}
