import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { isObject, UnexpectedPage } from './page.ts';

/** Names of products by their id. */
export type ProductNames = Readonly<Record<string, string>>;

/** Which licenses each user holds. */
export class Licenses {
  /** As they stand in the file. */
  #names: ProductNames = {};
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #clear: StatementSync;
  readonly #rename: StatementSync;
  readonly #known: StatementSync;
  readonly #keep: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#insert = db.prepare('INSERT INTO licenses (userId, skuId, skuPartNumber, disabledPlans) VALUES (?, ?, ?, ?)');
    this.#clear = db.prepare('DELETE FROM licenses WHERE userId = ?');
    this.#rename = db.prepare('UPDATE licenses SET skuPartNumber = ? WHERE skuId = ?');
    this.#known = db.prepare('SELECT products FROM internal_mirror');
    this.#keep = db.prepare('UPDATE internal_mirror SET products = ?');
  }

  /** Takes the names that an earlier sync left, maybe one of another process. */
  refresh(): void {
    this.#names = JSON.parse(String(this.#known.get()?.['products'] ?? '{}'));
  }

  /** Names that hold from now on, also for the rows that are there: those of a product whose name is another one than before. */
  name(names: ProductNames): void {
    const changed = Object.entries(names).filter(([skuId, name]) => this.#names[skuId] !== name);
    if (changed.length === 0) return;
    for (const [skuId, name] of changed) this.#rename.run(name, skuId);
    this.#names = { ...this.#names, ...names };
    this.#keep.run(JSON.stringify(this.#names));
  }

  add(userId: string, assigned: unknown): void {
    if (assigned === undefined || assigned === null) return;
    if (!Array.isArray(assigned)) throw new UnexpectedPage('value.assignedLicenses');
    for (const one of assigned) {
      const skuId: unknown = isObject(one) ? one['skuId'] : undefined;
      if (typeof skuId !== 'string') throw new UnexpectedPage('value.assignedLicenses.skuId');
      const plans: unknown = one['disabledPlans'];
      const isPlain = !Array.isArray(plans) || plans.length === 0;
      this.#insert.run(userId, skuId, this.#names[skuId] ?? null, isPlain ? '[]' : JSON.stringify(plans));
    }
  }

  replace(userId: string, assigned: unknown): void {
    this.clear(userId);
    this.add(userId, assigned);
  }

  clear(userId: string): void {
    this.#clear.run(userId);
  }

  /** Makes all rows anew from the users themselves: where the first load told of some twice. */
  rebuild(): void {
    this.#db.exec('DELETE FROM licenses');
    const users = this.#db.prepare(
      'SELECT id, assignedLicenses FROM internal_users WHERE assignedLicenses IS NOT NULL',
    );
    for (const row of users.iterate()) this.add(String(row['id']), JSON.parse(String(row['assignedLicenses'])));
  }
}
