import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** A deleted user can be restored for 30 days. [learn.microsoft.com/graph/api/user-delete] */
const restorableMs = 30 * 86_400_000;
/** The list of deleted items may lag behind. */
const settlingMs = 10 * 60_000;

/** Users and groups that are deleted but may come back, and what waits for their return. */
export class Absence {
  /** Those in the table: asked for with every membership. */
  readonly #ids = new Set<string>();
  readonly #all: StatementSync;
  readonly #note: StatementSync;
  readonly #forget: StatementSync;
  readonly #park: StatementSync;
  readonly #unpark: StatementSync;
  readonly #unparkStrangers: StatementSync;
  readonly #waiting: StatementSync;
  readonly #forgetParked: StatementSync;
  readonly #doubtful: StatementSync;
  readonly #doubt: StatementSync;
  readonly #settle: StatementSync;

  constructor(db: DatabaseSync) {
    this.#all = db.prepare('SELECT id FROM internal_deleted');
    this.#note = db.prepare(
      'INSERT INTO internal_deleted (id, kind, deletedAt, inDoubt) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET inDoubt = min(inDoubt, excluded.inDoubt)',
    );
    this.#forget = db.prepare('DELETE FROM internal_deleted WHERE id = ?');
    this.#park = db.prepare('INSERT OR IGNORE INTO internal_parked (kind, id, otherId, type) VALUES (?, ?, ?, ?)');
    this.#unpark = db.prepare('DELETE FROM internal_parked WHERE kind = ? AND id = ? AND otherId = ?');
    this.#unparkStrangers = db.prepare(
      'DELETE FROM internal_parked WHERE kind = ? AND id NOT IN (SELECT id FROM internal_deleted) AND otherId NOT IN (SELECT id FROM internal_deleted)',
    );
    this.#waiting = db.prepare('SELECT kind, id, otherId, type FROM internal_parked WHERE id = ? OR otherId = ?');
    this.#forgetParked = db.prepare('DELETE FROM internal_parked WHERE id = ? OR otherId = ?');
    this.#doubtful = db.prepare(
      "SELECT id FROM internal_deleted WHERE kind = 'user' AND ((inDoubt AND deletedAt <= ?) OR deletedAt <= ?)",
    );
    this.#doubt = db.prepare("UPDATE internal_deleted SET inDoubt = 1 WHERE kind = 'user'");
    this.#settle = db.prepare("UPDATE internal_deleted SET inDoubt = 0 WHERE kind = 'user' AND deletedAt <= ?");
  }

  /** Looks at the table anew: where another process may have written it, a transaction was undone, or SQL changed it. */
  refresh(): void {
    this.#ids.clear();
    for (const row of this.#all.iterate()) this.#ids.add(String(row['id']));
  }

  /** @param inDoubt nothing said whether it can be restored */
  note(id: string, kind: 'user' | 'group', at: number, inDoubt: boolean): void {
    this.#ids.add(id);
    this.#note.run(id, kind, at, inDoubt ? 1 : 0);
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** It is there again. What waited for it: links whose other end is not absent. */
  end(id: string): readonly ParkedLink[] {
    this.#drop(id);
    const links = this.#waiting.all(id, id).map(linkOf);
    const ready = links.filter((link) => !this.has(link.id) && !this.has(link.otherId));
    for (const link of ready) this.unpark(link);
    return ready;
  }

  park({ kind, id, otherId, type }: ParkedLink): void {
    this.#park.run(kind, id, otherId, type);
  }

  unpark({ kind, id, otherId }: Pick<ParkedLink, 'kind' | 'id' | 'otherId'>): void {
    this.#unpark.run(kind, id, otherId);
  }

  /**
   * A round begins that tells of all links of a kind: those that wait for somebody who was never there are told anew, or hold
   * no more. Of who is deleted it tells nothing.
   */
  unparkStrangers(kind: ParkedLink['kind']): void {
    this.#unparkStrangers.run(kind);
  }

  /** It does not come back. True where it was known to be deleted. */
  purge(id: string): boolean {
    this.#forgetParked.run(id, id);
    return this.#drop(id);
  }

  /** Users who may be gone for good: found missing, or deleted for longer than they are kept. */
  doubtful(now: number): readonly string[] {
    return this.#doubtful.all(now - settlingMs, now - restorableMs).map((row) => String(row['id']));
  }

  /** Of those who were deleted before, nothing is known: what came of them may have been missed. */
  doubt(): void {
    this.#doubt.run();
  }

  /** Those who are left can be restored. */
  settle(now: number): void {
    this.#settle.run(now - settlingMs);
  }

  #drop(id: string): boolean {
    this.#ids.delete(id);
    return this.#forget.run(id).changes > 0;
  }
}

/** A membership (`id` is the group) or a report's manager (`id` is the report) of which one end is not there. */
export interface ParkedLink {
  readonly kind: 'member' | 'manager';
  readonly id: string;
  readonly otherId: string;
  /** Type of the member. */
  readonly type: string;
}

function linkOf(row: Record<string, unknown>): ParkedLink {
  const { kind, id, otherId, type } = row;
  return {
    kind: kind === 'manager' ? 'manager' : 'member',
    id: String(id),
    otherId: String(otherId),
    type: String(type ?? ''),
  };
}
