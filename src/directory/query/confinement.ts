/**
 * A connection that can only read, and only what a question names. The second line: it holds on its own for SQL that
 * nobody looked at, where Node has an authorizer (24).
 */
import { constants, DatabaseSync } from 'node:sqlite';
import type { Question } from './exchange.ts';

/** Bytes that SQLite may take. The process ends at a higher mark. */
const heapBytes = 128 * 1024 * 1024;

/** Known to Node 24 only; older ones leave them out. The longest value is far above what a mirror holds. */
const limits = {
  attach: 0,
  length: 4_000_000,
  sqlLength: 25_000,
  column: 500,
  exprDepth: 500,
  compoundSelect: 100,
  functionArg: 250,
  likePatternLength: 1000,
  variableNumber: 500,
};

export interface Confined {
  readonly db: DatabaseSync;
  /** Columns of the table `users` in the file. */
  readonly columns: readonly string[];
}

/** @throws Error of SQLite where the file is no mirror. */
export function openConfined(question: Question): Confined {
  const { file, tables, hidden } = question;
  const db = new DatabaseSync(file, { readOnly: true, allowExtension: false, defensive: true, limits });
  try {
    // Sorting spills into memory, which is watched, and not into files. It comes first: it drops what is temporary.
    db.exec(`PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 2000; PRAGMA hard_heap_limit = ${heapBytes};`);
    const columns = db
      .prepare('PRAGMA main.table_info(users)')
      .all()
      .map(({ name }) => String(name));
    const extra = columns.filter((column) => hidden.includes(column));
    if (extra.length > 0)
      hide(db, { ...tables, users: columns.filter((column) => tables['users']?.includes(column)) }, hidden);
    db.exec('PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;');
    if (typeof db.setAuthorizer === 'function') db.setAuthorizer(authorizer(question, namesIn(db), extra.length > 0));
    return { db, columns };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Tables that views show. What they have is what these views have: a query that WITH gives such a name sees no more. */
const views: Readonly<Record<string, readonly string[]>> = {
  internal_users: ['users', 'managers'],
  internal_groups: ['groups'],
};

const shadowed: Readonly<Record<string, string>> = { users: 'object', changes: 'fields' };

/**
 * The mirror holds what the settings no longer name: views stand before the tables, and leave it out. A query that WITH
 * calls `users` could pass for the view, if it could name `main.users`: the check of the text refuses that name.
 */
function hide(db: DatabaseSync, tables: Question['tables'], hidden: readonly string[]): void {
  const paths = hidden.map((name) => `'$.${name}'`).join(', ');
  for (const [table, json] of Object.entries(shadowed)) {
    const columns = (tables[table] ?? []).map((column) =>
      column === json ? `json_remove(${json}, ${paths}) AS ${json}` : column,
    );
    db.exec(`CREATE TEMP VIEW ${table} AS SELECT ${columns.join(', ')} FROM main.${table}`);
  }
}

type Authorizer = (
  action: number,
  first: string | null,
  second: string | null,
  database: string | null,
  view: string | null,
) => number;

/** What a FROM could name that is no name of a query: all of the file, and the modules of SQLite. */
function namesIn(db: DatabaseSync): ReadonlySet<string> {
  const rows = db.prepare('SELECT name FROM main.sqlite_schema UNION SELECT name FROM pragma_module_list').all();
  return new Set(rows.map(({ name }) => String(name).toLowerCase()));
}

function authorizer({ tables, functions }: Question, names: ReadonlySet<string>, isHiding: boolean): Authorizer {
  const callable = new Set([...functions, '->', '->>']);
  const readable = new Map(Object.entries(tables).map(([table, columns]) => [table, new Set(columns)]));
  const mayRead = (table: string, column: string, database: string | null, view: string | null) => {
    // Told as tables, and so are queries that WITH names where count(*) reads no column of them.
    if (table === 'json_each' || table === 'json_tree') return true;
    // How many rows there are is told without the view.
    if (table in views && (column === '' || (view !== null && views[table]?.includes(view) === true))) return true;
    const columns = readable.get(table);
    if (column === '') return columns !== undefined || !(names.has(table.toLowerCase()) || /^sqlite_/i.test(table));
    if (columns?.has(column) !== true) return false;
    return !(isHiding && database === 'main' && shadowed[table] === column) || view === table;
  };
  return (action, first, second, database, view) => {
    if (action === constants.SQLITE_SELECT || action === constants.SQLITE_RECURSIVE) return constants.SQLITE_OK;
    if (action === constants.SQLITE_FUNCTION && callable.has((second ?? '').toLowerCase())) return constants.SQLITE_OK;
    if (action === constants.SQLITE_READ && mayRead(first ?? '', second ?? '', database, view))
      return constants.SQLITE_OK;
    return constants.SQLITE_DENY;
  };
}
