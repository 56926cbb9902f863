import { nearest, ToolError } from '../../contract/index.ts';
import { signInColumns, signInField } from '../columns.ts';
import type { Table } from '../tables.ts';
import type { Statement } from './checking.ts';
import type { Ending, QueryLimits } from './children.ts';
import type { Answer } from './exchange.ts';
import { folded, quoted, refused } from './refusal.ts';
import { type KnownMessage, preparingMessages, runningMessages } from './sqlite-messages.ts';
import { functions, usualWords } from './vocabulary.ts';

/** What a problem is told with. */
export interface Setting {
  readonly statement: Statement;
  readonly tables: readonly Table[];
  /** Properties that the settings could add. */
  readonly notMirrored: readonly string[];
}

type Failure = Extract<Answer, { kind: 'failed' }>;

/** Codes of SQLite, without what extends them. [sqlite.org/rescode.html] */
const codes = { busy: 5, locked: 6, noMemory: 7, corrupt: 11, cannotOpen: 14, tooBig: 18, noDatabase: 26 };

/** Why there is no answer, when the process was ended. */
export function endingError(ending: Ending, limits: QueryLimits): ToolError {
  if (ending === 'cancelled') {
    return new ToolError('CANCELLED', { message: 'The query was cancelled.', fix: 'Ask again when it is wanted.' });
  }
  if (ending === 'unstarted') {
    return new ToolError('INTERNAL', {
      message: 'The process that runs SQL did not start.',
      fix: 'Try again; where it stays so, the installation is incomplete or the machine is out of memory.',
    });
  }
  const what =
    ending === 'time'
      ? `ran for ${limits.timeoutMs / 1000} seconds`
      : `took more than ${Math.floor(limits.residentBytes / 1024 / 1024)} MB of memory`;
  return tooMuch(`The query ${what} and was stopped.`);
}

function tooMuch(message: string): ToolError {
  return new ToolError('LIMIT_REACHED', {
    message,
    fix: 'Filter earlier, aggregate instead of listing, join on ids (never without ON), give a recursive query an end, and ask for fewer and shorter columns.',
  });
}

/** One row was more than an answer holds. */
export function rowTooLong(limits: QueryLimits): ToolError {
  return new ToolError('LIMIT_REACHED', {
    message: `The first row is longer than the ${Math.floor(limits.answerBytes / 1024)} KB of an answer.`,
    fix: 'Select fewer columns, or parts of long ones: substr(column, 1, 1000), json_extract(object, …).',
  });
}

/**
 * What SQLite said, in words about the SQL. Of a statement that did not run yet SQLite tells words of the SQL and names
 * of columns; what it says of one that runs may hold text of the tenant, and is never passed on.
 */
export function failureError(failure: Failure, setting: Setting): ToolError {
  const code = failure.code & 0xff;
  if (code === codes.busy || code === codes.locked) {
    return new ToolError('CONFLICT', {
      message: 'The mirror is locked by another process.',
      fix: 'Ask again in a moment.',
      retryAfterMs: 1000,
    });
  }
  if (code === codes.noMemory) return tooMuch('The query took more memory than it may.');
  if (code === codes.tooBig) return tooMuch('A value of the query became too long.');
  if (
    failure.during === 'opening' ||
    code === codes.corrupt ||
    code === codes.noDatabase ||
    code === codes.cannotOpen
  ) {
    return new ToolError('INTERNAL', {
      message: 'The mirror cannot be read.',
      fix: 'Call delta_sync; where it stays so, remove the file directory.db from the tenant folder and sync again.',
    });
  }
  return failure.during === 'running' ? runningError(failure.message) : preparingError(failure, setting);
}

function runningError(message: string): ToolError {
  return (
    knownError(message, runningMessages) ??
    refused(
      'SQLite stopped at a value while it ran the SQL.',
      'Look at what functions are given: types, JSON, patterns.',
    )
  );
}

function preparingError({ message, columns }: Failure, setting: Setting): ToolError {
  const found = (pattern: RegExp) => pattern.exec(message)?.[1];
  const word = found(/^near "(.*)": syntax error$/s) ?? found(/^incomplete input()$/);
  if (word !== undefined) return syntaxError(word);
  const name = found(/^no such function: (.*)$/s) ?? found(/^not authorized to use function: (.*)$/s);
  if (name !== undefined) return noFunction(name);
  const table = found(/^no such table: (.*)$/s);
  if (table !== undefined) return noTable(table, setting);
  const column =
    found(/^no such column: (.*)$/s) ??
    found(/^access to (.*) is prohibited$/s) ??
    found(/^cannot join using column (.*) - /s);
  if (column !== undefined) return noColumn(column, columns, setting);
  return (
    knownError(message, preparingMessages) ??
    refused('SQLite does not take this SQL.', 'Make it simpler, step by step: begin with SELECT … FROM … WHERE ….')
  );
}

function knownError(said: string, messages: readonly KnownMessage[]): ToolError | undefined {
  const known = messages.find(({ pattern }) => pattern.test(said));
  if (known === undefined) return undefined;
  const word = quoted(known.pattern.exec(said)?.[1] ?? '');
  return refused(
    known.message.replace('*', () => word),
    known.fix,
  );
}

function syntaxError(word: string): ToolError {
  // The statement stands in parentheses when it runs.
  if (word === '' || word === ')') {
    return refused(
      'The SQL ends too early, or has a syntax error before a ).',
      'Look at its end, and at what stands before each ).',
    );
  }
  const near = usualWords.includes(folded(word)) ? undefined : nearest(word, usualWords);
  return refused(
    `The SQL has a syntax error near ${quoted(word)}.`,
    `${near === undefined || near === folded(word) ? '' : `Did you mean ${near.toUpperCase()}? `}Write SQL as SQLite takes it.`,
  );
}

function noFunction(name: string): ToolError {
  const others = [...functions].filter((other) => other !== folded(name));
  const near = name.length > 3 ? nearest(name, others) : undefined;
  return refused(
    `There is no function ${quoted(name)} in this server's SQLite.`,
    `${near === undefined ? '' : `Did you mean ${near}? `}The SQLite of older versions of Node has of the math functions round, abs, sign, min and max only.`,
  );
}

function noTable(name: string, { tables }: Setting): ToolError {
  const names = tables.map((table) => table.name);
  const near = nearest(name, names);
  return refused(
    `There is no table ${quoted(name)} in the mirror.`,
    `${near === undefined ? '' : `Did you mean ${near}? `}Tables: ${names.join(', ')}.`,
  );
}

/** @param told as SQLite tells it: `alias.column`, or with a hint behind it. */
function noColumn(told: string, held: readonly string[], setting: Setting): ToolError {
  const isQuoted = / - should this be a string literal/.test(told);
  const full = told.replace(/ - should this be a string literal.*$/s, '').replace(/^"(.*)"$/s, '$1');
  const [name = '', alias] = full.split('.').toReversed();
  const missing = setting.notMirrored.find((other) => folded(other) === folded(name));
  if (missing !== undefined) return notMirrored(missing);
  const tables = tablesBehind(alias, setting);
  const isKnown = tables.some((table) => table.columns.some((column) => folded(column.name) === folded(name)));
  if (
    isKnown &&
    !held.some((column) => folded(column) === folded(name)) &&
    tables.some((table) => table.name === 'users')
  ) {
    return refused(
      `The mirror does not hold ${quoted(name)} yet.`,
      'The settings name it since the last sync: call delta_sync first.',
    );
  }
  if (alias !== undefined && isKnown) {
    return refused(
      `${quoted(full)} cannot be used there.`,
      `Look at whether ${quoted(alias)} is an alias of this SELECT, and joined before it is used.`,
    );
  }
  const near = nearest(
    name,
    tables.flatMap((table) => table.columns.map((column) => column.name)),
  );
  const lists = tables.map((table) => `${table.name} has ${table.columns.map((column) => column.name).join(', ')}`);
  return refused(
    `There is no column ${quoted(full)}.`,
    `${near === undefined ? '' : `Did you mean ${near}? `}${isQuoted ? "Text stands in single quotes, as in 'Sales'. " : ''}${lists.join('; ')}.`,
  );
}

/** The table that an alias stands for; all tables of the statement where it stands for none. */
function tablesBehind(alias: string | undefined, { statement, tables }: Setting): readonly Table[] {
  const source = alias === undefined ? undefined : statement.sources.get(folded(alias));
  const names = source === undefined ? [...statement.sources.values()] : [source];
  const found = tables.filter((table) => names.includes(table.name));
  return found.length === 0 ? tables.slice(0, 1) : found;
}

function notMirrored(name: string): ToolError {
  const isSignIn = name === signInField || signInColumns.some((column) => column.name === name);
  return refused(
    `${name} is not mirrored.`,
    `ENTRA_MCP_DIRECTORY_FIELDS must name ${isSignIn ? signInField : name}, which is an administrator's decision; get_user and search_users ask Graph itself.`,
  );
}
