/** Rows as JSON: what JavaScript's numbers cannot hold goes as text, and so does what is not a text. */
import type { SQLOutputValue } from 'node:sqlite';

type Shown = string | number | null;

/** A row of a statement that reads big integers, with its columns named by `names`. */
export function rowText(row: Readonly<Record<string, SQLOutputValue>>, names: ReadonlyMap<string, string>): string {
  const entries = Object.entries(row).map(([key, value]): [string, Shown] => [names.get(key) ?? key, shown(value)]);
  return JSON.stringify(Object.fromEntries(entries));
}

function shown(value: SQLOutputValue): Shown {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex');
}

/**
 * Names that differ, and read well. SQLite names a second `id` of a subquery `id:1`, and the fifth by chance.
 */
export function columnNames(keys: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set(keys.map(folded));
  for (const key of keys) {
    const base = /^(.+):\d+$/s.exec(key)?.[1];
    const isRepeated = base !== undefined && keys.some((other) => folded(other) === folded(base));
    if (isRepeated) names.set(key, free(base, taken));
    // An object of JavaScript takes it for its prototype.
    else if (key === '__proto__') names.set(key, free('proto', taken));
    else if (key === '') names.set(key, free('column', taken));
  }
  return names;
}

function free(base: string, taken: Set<string>): string {
  let name = base;
  for (let count = 2; taken.has(folded(name)); count += 1) name = `${base}_${count}`;
  taken.add(folded(name));
  return name;
}

function folded(name: string): string {
  return name.toLowerCase();
}
