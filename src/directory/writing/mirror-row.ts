import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Collection, RoundMode } from './round.ts';
import { type SignInsStanding, signInsStandingOf } from './sign-ins.ts';

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

/** The one row of the table internal_mirror: where the mirror stands, and how far it can be believed. */
export class MirrorRow {
  readonly #db: DatabaseSync;
  readonly #row: StatementSync;
  readonly #places: Readonly<Record<Collection, StatementSync>>;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#row = db.prepare('SELECT * FROM internal_mirror');
    const place = (collection: Collection) =>
      db.prepare(
        `UPDATE internal_mirror SET ${collection}Mode = ?, ${collection}Link = ?, ${collection}UnderWay = ?, ${collection}Complete = max(${collection}Complete, ?)`,
      );
    this.#places = { users: place('users'), groups: place('groups') };
  }

  standing(): Standing {
    const row = this.#row.get() ?? {};
    const of = (collection: Collection): RoundStanding => {
      const [mode, link] = [row[`${collection}Mode`], row[`${collection}Link`]];
      return {
        mode: mode === 'delta' || mode === 'full' ? mode : 'load',
        link: typeof link === 'string' ? link : undefined,
        underWay: row[`${collection}UnderWay`] === 1,
        complete: row[`${collection}Complete`] === 1,
      };
    };
    return { id: String(row['id']), users: of('users'), groups: of('groups'), signIns: signInsStandingOf(row) };
  }

  /** Keeps where a collection goes on, and how. */
  place(collection: Collection, { link, underWay }: Pick<RoundStanding, 'link' | 'underWay'>, mode: RoundMode): void {
    this.#places[collection].run(mode, link ?? null, underWay ? 1 : 0, mode === 'delta' ? 1 : 0);
  }

  /** As `isUnsettled` of the writer. */
  isUnsettled(): boolean {
    const { unsettled, groupsMode } = this.#row.get() ?? {};
    return Number(unsettled) > 0 || groupsMode !== 'delta';
  }

  /** A round has ended: after one that went through everything, the second one of users from now on settles the mirror. */
  endRound(collection: Collection, mode: RoundMode): void {
    if (mode !== 'delta') this.#db.exec('UPDATE internal_mirror SET unsettled = 2');
    else if (collection === 'users') this.#db.exec('UPDATE internal_mirror SET unsettled = max(0, unsettled - 1)');
  }

  /** The columns that were added by a new selection are filled. */
  endAdding(): void {
    this.#db.exec("UPDATE internal_mirror SET adding = '[]'");
  }

  /** A sync has come to its end. */
  endSync(now: number): void {
    this.#db.prepare('UPDATE internal_mirror SET syncedAt = ?').run(now);
  }
}
