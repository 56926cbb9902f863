import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import {
  CompiledQuery,
  type DatabaseConnection,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
  type SqliteStatement,
} from 'kysely';

/** A writer waits this long for another process's transaction before it gives up. */
const patienceMs = 15_000;

/** Kysely's SqliteDialect over node:sqlite. `committed` is called after each transaction of this process. */
export function sqliteDialect(file: string, committed?: () => void): SqliteDialect {
  return new WaitingDialect({ database: async () => openDatabase(file) }, committed);
}

class WaitingDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;

  readonly #committed: (() => void) | undefined;

  constructor(config: SqliteDialectConfig, committed?: () => void) {
    super(config);
    this.#config = config;
    this.#committed = committed;
  }

  override createDriver(): SqliteDriver {
    return new WaitingDriver(this.#config, this.#committed);
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }
}

/** SQLite rolls back DDL like anything else, which Kysely's adapter does not say. [sqlite.org/lang_transaction.html] */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/**
 * Transactions begin IMMEDIATE: all of ours write, so a second process waits at the start instead of failing in the
 * middle. Waiting happens off the event loop, which SQLite's own busy timeout would block.
 */
class WaitingDriver extends SqliteDriver {
  readonly #committed: (() => void) | undefined;

  constructor(config: SqliteDialectConfig, committed?: () => void) {
    super(config);
    this.#committed = committed;
  }

  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await super.commitTransaction(connection);
    this.#committed?.();
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    const connection = await super.acquireConnection();
    return {
      executeQuery: (query) => whenFree(() => connection.executeQuery(query)),
      streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
    };
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

/** Runs a statement, again and again while another process holds the lock: a busy statement has done nothing. */
async function whenFree<T>(statement: () => Promise<T>): Promise<T> {
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      return await statement();
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw error;
      await setTimeout(2 + Math.random() * 8);
    }
  }
}

function isBusy(error: unknown): boolean {
  // SQLITE_BUSY [sqlite.org/rescode.html]
  return error instanceof Error && 'errcode' in error && error.errcode === 5;
}

function openDatabase(file: string): SqliteDatabase {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  database.exec('PRAGMA busy_timeout = 0');
  const prepared = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare: (sql) => {
      const known = prepared.get(sql);
      if (known !== undefined) return known;
      const statement = statementOf(database.prepare(sql), sql);
      prepared.set(sql, statement);
      return statement;
    },
  };
}

function statementOf(statement: StatementSync, sql: string): SqliteStatement {
  return {
    // node:sqlite before 22.16 cannot say whether a statement answers rows.
    reader: /^\s*(?:select|with|pragma|values)\b|\breturning\b/i.test(sql),
    all: (parameters) => statement.all(...parameters.map(bindable)),
    run: (parameters) => statement.run(...parameters.map(bindable)),
    iterate: (parameters) => statement.iterate(...parameters.map(bindable)),
  };
}

/** node:sqlite refuses booleans and undefined. */
function bindable(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value;
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`A ${typeof value} cannot be stored`);
}
