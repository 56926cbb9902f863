import { existsSync } from 'node:fs';
import { z } from 'zod';
import type { DirectoryQuery, DirectoryRows } from '../../contract/index.ts';
import { fitting, mostRowBytes } from '../answer-size.ts';
import { type Selection, signInColumns } from '../columns.ts';
import { entryOf } from '../entries.ts';
import { notSelected } from '../selection.ts';
import { neverSynced } from '../standing.ts';
import { type Table, tablesOf } from '../tables.ts';
import { checkedStatement } from './checking.ts';
import { Children, type QueryLimits } from './children.ts';
import type { Question } from './exchange.ts';
import { bindingsOf } from './parameters.ts';
import { endingError, failureError, rowTooLong } from './problems.ts';
import { functions } from './vocabulary.ts';

const usualLimits: QueryLimits = {
  timeoutMs: 5000,
  residentBytes: 256 * 1024 * 1024,
  answerBytes: mostRowBytes,
  idleMs: 60_000,
  atOnce: 2,
};

export interface QueriesOptions {
  /** The mirror, as `openMirror` makes it. */
  readonly file: string;
  /** What the settings select: nothing else shows, whatever the file holds. */
  readonly selection: Selection;
  /** The file that runs SQL in a process of its own; found beside this module where it is not named. */
  readonly childEntry?: string | undefined;
  readonly limits?: Partial<QueryLimits> | undefined;
}

/** SQL over the mirror of a tenant. */
export interface Queries {
  /**
   * @throws ToolError INPUT_INVALID for SQL that is refused or does not run, LIMIT_REACHED for what takes too long or too
   * much memory, NOT_FOUND where there is no mirror yet, CONFLICT where it is locked, CANCELLED.
   */
  run(query: DirectoryQuery, signal: AbortSignal): Promise<Omit<DirectoryRows, 'mirror'>>;
  /** Ends the processes, and what they are running. */
  close(): Promise<void>;
}

const rowList = z.array(z.record(z.string(), z.unknown()));

export function createQueries({
  file,
  selection,
  childEntry = entryOf('./query/child.ts', 'query-child.js'),
  limits: given,
}: QueriesOptions): Queries {
  const limits = { ...usualLimits, ...given };
  const children = new Children(childEntry, limits);
  const tables = tablesOf(selection);
  const notMirrored = notMirroredBy(selection, tables);
  return {
    async run({ sql, params, limit }, signal) {
      const statement = checkedStatement(
        sql,
        tables.map(({ name }) => name),
      );
      const bindings = bindingsOf(statement.parameters, params);
      if (!existsSync(file)) throw neverSynced();
      const question: Question = {
        file,
        sql: statement.sql,
        bindings,
        limit,
        maxBytes: limits.answerBytes,
        tables: columnsOf(tables),
        functions: [...functions],
        hidden: notMirrored,
      };
      const answer = await children.ask(question, signal);
      if (typeof answer === 'string') throw endingError(answer, limits);
      if (answer.kind === 'failed') throw failureError(answer, { statement, tables, notMirrored });
      const read = rowList.parse(JSON.parse(answer.rows));
      const rows = [...fitting(read, limits.answerBytes)];
      const truncated = answer.truncated || rows.length < read.length;
      if (rows.length === 0 && truncated && limit > 0) throw rowTooLong(limits);
      return { rows, rowCount: rows.length, truncated };
    },
    close: () => children.close(),
  };
}

function columnsOf(tables: readonly Table[]): Question['tables'] {
  return Object.fromEntries(tables.map(({ name, columns }) => [name, columns.map((column) => column.name)]));
}

/** Properties, and what becomes of sign-in activity, that SQL cannot see. */
function notMirroredBy(selection: Selection, tables: readonly Table[]): readonly string[] {
  const shown = new Set(tables.flatMap(({ columns }) => columns.map(({ name }) => name)));
  return [...notSelected(selection), ...signInColumns.map(({ name }) => name)].filter((name) => !shown.has(name));
}
