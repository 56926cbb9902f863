import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { isGone, leaseMs } from '../../store/owner.ts';

/** It is written down anew this long after the last time. */
const renewMs = 5_000;

/** Another process has the mirror: only one syncs at a time. */
export class Leased extends Error {
  override readonly name = 'Leased';
}

/** The right to write the mirror, held by one process at a time and renewed with every page. */
export class Lease {
  readonly #db: DatabaseSync;
  readonly #owner: string;
  readonly #held: StatementSync;
  readonly #renew: StatementSync;

  /** @param owner `host:pid:nonce` */
  constructor(db: DatabaseSync, owner: string) {
    this.#db = db;
    this.#owner = owner;
    this.#held = db.prepare('SELECT leaseOwner, leaseUntil FROM internal_mirror');
    this.#renew = db.prepare('UPDATE internal_mirror SET leaseUntil = ?');
  }

  /** Takes it, also from a process that has gone. Call it inside a transaction. @throws Leased */
  take(now: number): void {
    const { leaseOwner = null, leaseUntil = null } = this.#held.get() ?? {};
    const holder = typeof leaseOwner === 'string' ? leaseOwner : null;
    const isFree =
      holder === null || holder === this.#owner || Number(leaseUntil) <= now || isGone(holder, this.#owner);
    if (!isFree) throw new Leased();
    this.#db.prepare('UPDATE internal_mirror SET leaseOwner = ?, leaseUntil = ?').run(this.#owner, now + leaseMs);
  }

  /**
   * Renews it. Call it inside each transaction that writes: a process that slept while another took over writes nothing.
   * @throws Leased
   */
  keep(now: number): void {
    const { leaseOwner, leaseUntil } = this.#held.get() ?? {};
    if (leaseOwner !== this.#owner) throw new Leased();
    if (Number(leaseUntil) - now < leaseMs - renewMs) this.#renew.run(now + leaseMs);
  }

  free(): void {
    this.#db
      .prepare('UPDATE internal_mirror SET leaseOwner = NULL, leaseUntil = NULL WHERE leaseOwner = ?')
      .run(this.#owner);
  }
}
