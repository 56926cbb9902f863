const made = new WeakSet<object>();

/** A value that can stand in an OData filter. */
export type ODataValue = string | number | boolean | null | Date | Guid;

/** A GUID literal: written without quotes, and checked. */
export class Guid {
  readonly text: string;
  constructor(text: string) {
    if (!guidPattern.test(text)) throw new TypeError('Not a GUID');
    this.text = text;
  }
}

const guidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** True for the text form of an object id. */
export function isGuid(text: string): boolean {
  return guidPattern.test(text);
}

/** A `$filter` expression. Only `odata`, `allOf` and `expertFilter` make one, so every literal in it is quoted. */
export interface ODataFilter {
  readonly text: string;
}

/** For contract/filter alone, which writes every name and literal anew; tools cannot import it from the contract. */
export function odataFilter(text: string): ODataFilter {
  const filter = Object.freeze({ text });
  made.add(filter);
  return filter;
}

/** True for filters made here; a look-alike object is refused. */
export function isODataFilter(value: unknown): value is ODataFilter {
  return typeof value === 'object' && value !== null && made.has(value);
}

/**
 * Builds a `$filter` from a template: every value is written as an OData literal, strings in single quotes with
 * quotes doubled. [learn.microsoft.com/graph/query-parameters]
 */
export function odata(strings: TemplateStringsArray, ...values: readonly ODataValue[]): ODataFilter {
  return odataFilter(strings.map((text, i) => text + (i < values.length ? literal(values[i] ?? null) : '')).join(''));
}

/** Joins filters with `and`; `undefined` for none. */
export function allOf(filters: readonly ODataFilter[]): ODataFilter | undefined {
  const [first] = filters;
  if (filters.length < 2) return first;
  return odataFilter(filters.map((f) => (/ or /i.test(f.text) ? `(${f.text})` : f.text)).join(' and '));
}

function literal(value: ODataValue): string {
  if (value instanceof Guid) return value.text;
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  return String(value);
}

/**
 * One `$search` clause: `"property:text"`. Quotes and backslashes in the text are escaped.
 * [learn.microsoft.com/graph/search-query-parameter]
 */
export function searchClause(property: string, text: string): string {
  return `"${property}:${text.replace(/[\\"]/g, (c) => `\\${c}`)}"`;
}
