import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Column } from '../columns.ts';
import { isObject, type JsonObject, UnexpectedPage } from './page.ts';

/** An object as the mirror has it. */
export interface Kept {
  readonly rowid: number;
  /** As it stands in the column `object`. */
  readonly json: string;
}

/** Rows of users or of groups. */
export class ObjectTable {
  readonly name: 'users' | 'groups';
  readonly #columns: readonly Column[];
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #find: StatementSync;
  readonly #remove: StatementSync;

  constructor(db: DatabaseSync, name: 'users' | 'groups', columns: readonly Column[]) {
    this.name = name;
    this.#columns = columns;
    const names = columns.map((column) => column.name);
    const all = ['id', ...names, 'object'];
    this.#insert = db.prepare(`INSERT INTO ${name} (${all.join(', ')}) VALUES (${all.map(() => '?').join(', ')})`);
    this.#update = db.prepare(
      `UPDATE ${name} SET ${[...names, 'object'].map((each) => `${each} = ?`).join(', ')} WHERE rowid = ?`,
    );
    this.#find = db.prepare(`SELECT rowid, object FROM ${name} WHERE id = ?`);
    this.#remove = db.prepare(`DELETE FROM ${name} WHERE rowid = ?`);
  }

  /** The properties that are kept, in the order of the columns, so that equal objects are equal as text. */
  kept(properties: JsonObject): JsonObject {
    const kept: Record<string, unknown> = {};
    for (const { name } of this.#columns) {
      const value = properties[name];
      if (value !== undefined && value !== null) kept[name] = value;
    }
    return kept;
  }

  find(id: string): Kept | undefined {
    const row = this.#find.get(id);
    return row === undefined ? undefined : { rowid: Number(row['rowid']), json: String(row['object']) };
  }

  insert(id: string, object: JsonObject): void {
    this.#insert.run(id, ...this.#values(object), JSON.stringify(object));
  }

  update(rowid: number, object: JsonObject): void {
    this.#update.run(...this.#values(object), JSON.stringify(object), rowid);
  }

  remove(rowid: number): void {
    this.#remove.run(rowid);
  }

  #values(object: JsonObject): SQLInputValue[] {
    return this.#columns.map(({ name, type }) => columnValue(object[name], type, name));
  }
}

/** A property as its column holds it. @throws UnexpectedPage for one that is not of the documented type. */
function columnValue(value: unknown, type: Column['type'], name: string): SQLInputValue {
  if (value === undefined || value === null) return null;
  if (type === 'text' && typeof value === 'string') return value;
  if (type === 'boolean' && typeof value === 'boolean') return value ? 1 : 0;
  if (type === 'json' && (Array.isArray(value) || isObject(value))) return JSON.stringify(value);
  throw new UnexpectedPage(`value.${name}`);
}
