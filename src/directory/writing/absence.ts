import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** A deleted user can be restored for 30 days. [learn.microsoft.com/graph/api/user-delete] */
const restorableMs = 30 * 86_400_000;
/** The list of deleted items may lag behind. */
const settlingMs = 10 * 60_000;

/** Users and groups that are deleted but may come back, and what waits for their return. */
export class Absence {
  /** Nobody is, in a first load as a rule. */
  #isAny: boolean;
  readonly #note: StatementSync;
  readonly #has: StatementSync;
  readonly #forget: StatementSync;
  readonly #park: StatementSync;
  readonly #unpark: StatementSync;
  readonly #waiting: StatementSync;
  readonly #forgetParked: StatementSync;
  readonly #doubtful: StatementSync;
  readonly #settle: StatementSync;

  constructor(db: DatabaseSync) {
    this.#isAny = db.prepare('SELECT 1 FROM internal_deleted LIMIT 1').get() !== undefined;
    this.#note = db.prepare(
      'INSERT OR REPLACE INTO internal_deleted (id, kind, deletedAt, inDoubt) VALUES (?, ?, ?, ?)',
    );
    this.#has = db.prepare('SELECT 1 FROM internal_deleted WHERE id = ?');
    this.#forget = db.prepare('DELETE FROM internal_deleted WHERE id = ?');
    this.#park = db.prepare('INSERT OR IGNORE INTO internal_parked (kind, id, otherId, type) VALUES (?, ?, ?, ?)');
    this.#unpark = db.prepare('DELETE FROM internal_parked WHERE kind = ? AND id = ? AND otherId = ?');
    this.#waiting = db.prepare('SELECT kind, id, otherId, type FROM internal_parked WHERE id = ? OR otherId = ?');
    this.#forgetParked = db.prepare('DELETE FROM internal_parked WHERE id = ? OR otherId = ?');
    this.#doubtful = db.prepare(
      "SELECT id FROM internal_deleted WHERE kind = 'user' AND ((inDoubt AND deletedAt <= ?) OR deletedAt <= ?)",
    );
    this.#settle = db.prepare("UPDATE internal_deleted SET inDoubt = 0 WHERE kind = 'user' AND deletedAt <= ?");
  }

  /** @param inDoubt nothing said whether it can be restored */
  note(id: string, kind: 'user' | 'group', at: number, inDoubt: boolean): void {
    this.#isAny = true;
    this.#note.run(id, kind, at, inDoubt ? 1 : 0);
  }

  has(id: string): boolean {
    return this.#isAny && this.#has.get(id) !== undefined;
  }

  /** It is back. What waits for it: links whose other end is not absent. */
  end(id: string): readonly ParkedLink[] {
    this.#forget.run(id);
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

  /** It does not come back. True where it was known to be deleted. */
  purge(id: string): boolean {
    this.#forgetParked.run(id, id);
    return this.#forget.run(id).changes > 0;
  }

  /** Users who may be gone for good: found missing, or deleted for longer than they are kept. */
  doubtful(now: number): readonly string[] {
    return this.#doubtful.all(now - settlingMs, now - restorableMs).map((row) => String(row['id']));
  }

  /** Those who are left can be restored. */
  settle(now: number): void {
    this.#settle.run(now - settlingMs);
  }
}

/** A membership (`id` is the group) or a report's manager (`id` is the report) of which one end is deleted. */
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
