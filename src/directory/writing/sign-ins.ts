import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Selection, signInColumns } from '../columns.ts';

/** When one user signed in last, as Graph tells it: each moment ISO 8601. */
export interface SignIn {
  readonly id: string;
  readonly moments: Readonly<Record<string, string | null | undefined>>;
}

/** Where a pass over the sign-in activity of all users stands. */
export interface SignInsStanding {
  readonly link: string | undefined;
  /** When the last pass ended, milliseconds since the epoch. */
  readonly at: number | undefined;
}

/** Sign-in activity of users: overwritten from pass to pass, and no part of the feed. */
export class SignIns {
  readonly #db: DatabaseSync;
  readonly #update: StatementSync | undefined;

  constructor(db: DatabaseSync, { signIns }: Selection) {
    this.#db = db;
    const values = signInColumns.map(({ name }) => `${name} = ?`).join(', ');
    this.#update = signIns ? db.prepare(`UPDATE internal_users SET ${values} WHERE id = ?`) : undefined;
  }

  apply(now: number, rows: readonly SignIn[], next: string | undefined): void {
    for (const { id, moments } of rows)
      this.#update?.run(...signInColumns.map(({ name }) => moments[name] ?? null), id);
    if (next === undefined) this.#db.prepare('UPDATE internal_mirror SET signInsLink = NULL, signInsAt = ?').run(now);
    else this.#db.prepare('UPDATE internal_mirror SET signInsLink = ?').run(next);
  }
}

/** Where the pass stands, from the row of the mirror. */
export function signInsStandingOf({ signInsLink, signInsAt }: Readonly<Record<string, unknown>>): SignInsStanding {
  return {
    link: typeof signInsLink === 'string' ? signInsLink : undefined,
    at: typeof signInsAt === 'number' ? signInsAt : undefined,
  };
}
