import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { type Confined, openConfined } from './confinement.ts';
import type { Answer, Question } from './exchange.ts';
import { columnNames, rowText } from './row-text.ts';

/** Answers a question about a mirror. What SQLite says goes into the answer; nothing is thrown. */
export function answerTo(question: Question): Answer {
  let during: 'opening' | 'preparing' | 'running' = 'opening';
  let confined: Confined | undefined;
  try {
    confined = openConfined(question);
    during = 'preparing';
    const rows = rowsOf(confined.db, question);
    during = 'running';
    return collected(rows(), question);
  } catch (error) {
    const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
    const message = error instanceof Error ? error.message : '';
    return { kind: 'failed', during, message, code, columns: confined?.columns ?? [] };
  } finally {
    confined?.db.close();
  }
}

type Rows = Iterable<Readonly<Record<string, SQLOutputValue>>>;

/** The statement as a subquery: what is no query does not stand there, and every column has a name of its own. */
function rowsOf(db: DatabaseSync, { sql, bindings, limit }: Question): () => Rows {
  const text = `SELECT * FROM (\n${sql}\n) LIMIT ${Math.trunc(limit) + 1}`;
  const statement = db.prepare(text);
  // SQLite drops what stands behind the first statement, without a word.
  if (statement.sourceSQL !== text) throw new Error('near ";": syntax error');
  statement.setReadBigInts(true);
  // `:a` and `$a` are two parameters, each bound by its whole name.
  statement.setAllowBareNamedParameters(false);
  if (Array.isArray(bindings)) return () => statement.iterate(...bindings.map(bindable));
  const named = Object.fromEntries(Object.entries(bindings).map(([name, value]) => [name, bindable(value)]));
  return () => (Object.keys(named).length === 0 ? statement.iterate() : statement.iterate(named));
}

/** Whole numbers are bound as integers, so that they do not become `5.0` in a text. */
function bindable(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  return typeof value === 'string' ? value : null;
}

function collected(rows: Rows, { limit, maxBytes }: Question): Answer {
  const texts: string[] = [];
  let bytes = 2;
  let names: ReadonlyMap<string, string> | undefined;
  for (const row of rows) {
    names ??= columnNames(Object.keys(row));
    if (texts.length >= limit) return answered(texts, true);
    const text = rowText(row, names);
    bytes += Buffer.byteLength(text) + 1;
    if (bytes > maxBytes) return answered(texts, true);
    texts.push(text);
  }
  return answered(texts, false);
}

function answered(texts: readonly string[], truncated: boolean): Answer {
  return { kind: 'rows', rows: `[${texts.join(',')}]`, rowCount: texts.length, truncated };
}
