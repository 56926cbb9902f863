import { badRequest, malformed, unsupportedQuery } from '../errors.ts';

export interface Expansion {
  readonly name: string;
  readonly select: readonly string[] | undefined;
  /** Names expanded one level further down. */
  readonly expand?: readonly string[];
}

export interface Ordering {
  readonly property: string;
  readonly descending: boolean;
}

/** The system query options of one request, read but not yet held against a resource. */
export interface Query {
  readonly select: readonly string[] | undefined;
  readonly expand: readonly Expansion[];
  readonly filter: string | undefined;
  readonly search: string | undefined;
  readonly orderby: readonly Ordering[];
  readonly top: number | undefined;
  readonly count: boolean;
  readonly skipToken: string | undefined;
  /** Options as they came, decoded, by lower-case name without `$`. */
  readonly raw: ReadonlyMap<string, string>;
}

const known = ['select', 'expand', 'filter', 'search', 'orderby', 'top', 'count', 'skiptoken', 'deltatoken', 'format'];

/** Reads a query string. Throws BadRequest on an unknown or repeated `$` option, Request_BadRequest on values of the wrong form. */
export function parseQuery(text: string): Query {
  const raw = rawOptions(text);
  if (raw.has('skip')) throw badRequest("'$skip' is not supported by the service.");
  const orderby = raw.get('orderby');
  return {
    select: names(raw.get('select')),
    expand: expansions(raw.get('expand')),
    filter: raw.get('filter'),
    search: raw.get('search'),
    orderby: orderby === undefined ? [] : orderby.split(',').map(ordering),
    top: top(raw.get('top')),
    count: flag(raw.get('count')),
    skipToken: raw.get('skiptoken'),
    raw,
  };
}

/** Percent-decodes, and says BadRequest where the encoding is broken. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed('The request URI is not valid: it holds a broken percent-encoding.');
  }
}

function rawOptions(text: string): Map<string, string> {
  const raw = new Map<string, string>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode((equals < 0 ? pair : pair.slice(0, equals)).replaceAll('+', ' ')).trim();
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1).replaceAll('+', ' '));
    const plain = name.replace(/^\$/, '').toLowerCase();
    if (name.startsWith('$') && plain !== 'skip' && !known.includes(plain)) {
      throw malformed(`The query parameter '${name}' is not supported.`);
    }
    if (raw.has(plain))
      throw malformed(`Query option '${name}' was specified more than once, but it must be specified at most once.`);
    raw.set(plain, value.trim());
  }
  return raw;
}

function names(text: string | undefined): string[] | undefined {
  if (text === undefined || text.trim() === '*') return undefined;
  const list = text.split(',').map((name) => name.trim());
  if (list.some((name) => name === ''))
    throw malformed('Parsing OData Select and Expand failed: a term of $select is empty.');
  return list;
}

function expansions(text: string | undefined): Expansion[] {
  if (text === undefined) return [];
  return text.split(/,(?![^(]*\))/).map((item) => {
    const [, name, options] = /^\s*(\w+)\s*(?:\((.*)\))?\s*$/.exec(item) ?? [];
    if (name === undefined) throw malformed(`Parsing OData Select and Expand failed: '${item}' is not valid.`);
    let [select, further]: (string | undefined)[] = [];
    for (const option of options === undefined ? [] : options.split(';')) {
      const [, key = '', value] = /^\$(select|expand)=(.+)$/i.exec(option.trim()) ?? [];
      if (value === undefined) throw badRequest(`The query option '${option}' is not supported inside $expand.`);
      if (key.toLowerCase() === 'select') select = value;
      else further = value;
    }
    const expand = names(further);
    return { name, select: names(select), ...(expand === undefined ? {} : { expand }) };
  });
}

function ordering(text: string): Ordering {
  const [property = '', direction = 'asc', ...rest] = text.trim().split(/\s+/);
  if (property === '' || rest.length > 0 || !/^(asc|desc)$/i.test(direction))
    throw malformed(`Syntax error in $orderby: '${text}'.`);
  return { property, descending: direction.toLowerCase() === 'desc' };
}

function top(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw malformed(`Invalid value '${text}' for $top query option found.`);
  return Number(text);
}

function flag(text: string | undefined): boolean {
  if (text === undefined) return false;
  if (!/^(true|false)$/i.test(text)) throw malformed(`Invalid value '${text}' for $count query option found.`);
  return text.toLowerCase() === 'true';
}

/** The page size a list answers with. Throws Request_UnsupportedQuery outside of what the resource allows. */
export function pageSizeOf(query: Query, limits: { readonly default: number; readonly max: number }): number {
  const size = query.top ?? limits.default;
  if (size < 1 || size > limits.max) {
    throw unsupportedQuery(`Invalid page size specified: '${size}'. Must be between 1 and ${limits.max} inclusive.`);
  }
  return size;
}
