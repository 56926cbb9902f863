import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Column } from '../columns.ts';
import type { FieldChanges } from './change-log.ts';
import { isObject, type JsonObject, UnexpectedPage } from './page.ts';

/** A row's values in the order of the columns, as SQLite holds them. */
export type Values = (string | number | null)[];

/** A row as the mirror has it. */
export interface Kept {
  readonly rowid: number;
  readonly values: Values;
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
    const all = ['id', ...names];
    this.#insert = db.prepare(
      `INSERT INTO internal_${name} (${all.join(', ')}) VALUES (${all.map(() => '?').join(', ')})`,
    );
    this.#update = db.prepare(
      `UPDATE internal_${name} SET ${names.map((each) => `${each} = ?`).join(', ')} WHERE rowid = ?`,
    );
    this.#find = db.prepare(`SELECT rowid, ${names.join(', ')} FROM internal_${name} WHERE id = ?`);
    this.#remove = db.prepare(`DELETE FROM internal_${name} WHERE rowid = ?`);
  }

  /** The place of a column in the values. */
  place(name: string): number {
    return this.#columns.findIndex((column) => column.name === name);
  }

  /**
   * An object's values: those that are told, and of the others what is known already.
   * @throws UnexpectedPage for a property that is not of the documented type.
   */
  merged(told: JsonObject, known: Values | undefined): Values {
    return this.#columns.map(({ name, type }, place) => {
      const value = told[name];
      return value === undefined ? (known?.[place] ?? null) : columnValue(value, type, name);
    });
  }

  /** What differs, as Graph would tell it. Order within a list tells nothing. */
  difference(before: Values | undefined, after: Values | undefined): FieldChanges {
    const fields: FieldChanges = {};
    for (const [place, { name, type }] of this.#columns.entries()) {
      const [old, now] = [before?.[place] ?? null, after?.[place] ?? null];
      if (old !== now && !(type === 'json' && isSame(old, now)))
        fields[name] = { old: told(old, type), new: told(now, type) };
    }
    return fields;
  }

  find(id: string): Kept | undefined {
    const row = this.#find.get(id);
    if (row === undefined) return undefined;
    return { rowid: Number(row['rowid']), values: this.#columns.map(({ name }) => plain(row[name])) };
  }

  insert(id: string, values: Values): void {
    this.#insert.run(id, ...values);
  }

  update(rowid: number, values: Values): void {
    this.#update.run(...values, rowid);
  }

  remove(rowid: number): void {
    this.#remove.run(rowid);
  }
}

function plain(value: unknown): string | number | null {
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

/** A property as its column holds it. */
function columnValue(value: unknown, type: Column['type'], name: string): string | number | null {
  if (value === null) return null;
  if (type === 'text' && typeof value === 'string') return value;
  if (type === 'boolean' && typeof value === 'boolean') return value ? 1 : 0;
  // An empty list and none at all are the same.
  if (type === 'json' && Array.isArray(value)) return value.length === 0 ? null : JSON.stringify(value);
  if (type === 'json' && isObject(value)) return JSON.stringify(value);
  throw new UnexpectedPage(`value.${name}`);
}

/** A value of a column as Graph would tell it. */
function told(value: SQLInputValue, type: Column['type']): unknown {
  if (type === 'boolean' && value !== null) return value === 1;
  return type === 'json' && typeof value === 'string' ? JSON.parse(value) : value;
}

function isSame(a: string | number | null, b: string | number | null): boolean {
  return canonical(a === null ? null : JSON.parse(String(a))) === canonical(b === null ? null : JSON.parse(String(b)));
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).toSorted().join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const parts = Object.entries(value).map(([name, part]) => `${JSON.stringify(name)}:${canonical(part)}`);
  return `{${parts.toSorted().join(',')}}`;
}
