import type { DatabaseSync } from 'node:sqlite';

/** How many rows there are, and the place of the latest change. */
export interface Totals {
  readonly users: number;
  readonly groups: number;
  readonly memberships: number;
  readonly sequence: number;
}

export function totalsOf(db: DatabaseSync): Totals {
  const one = (sql: string) => Number(db.prepare(sql).get()?.['n'] ?? 0);
  return {
    users: one('SELECT count(*) AS n FROM internal_users'),
    groups: one('SELECT count(*) AS n FROM internal_groups'),
    memberships: one('SELECT count(*) AS n FROM memberships'),
    sequence: one("SELECT seq AS n FROM sqlite_sequence WHERE name = 'changes'"),
  };
}
