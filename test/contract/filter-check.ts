import type { GraphApi, Operation } from './graph-api.ts';
import type { FilterSupport } from './graph-documents.ts';

/** One comparison in a filter. */
interface Comparison {
  /** A property, as `department`; inside an any() its variable is `*`. */
  readonly path: string;
  readonly operator: string;
  readonly isNull: boolean;
  readonly negated: boolean;
}

const entities: Readonly<Record<string, string>> = {
  'microsoft.graph.user': 'user',
  'microsoft.graph.group': 'group',
  'microsoft.graph.device': 'device',
  'microsoft.graph.servicePrincipal': 'servicePrincipal',
};
/** [filter-support.json, generalRules] */
const endsWithPaths = ['mail', 'otherMails/any(*)', 'userPrincipalName', 'proxyAddresses/any(*)'];

/** What of a $filter the property table does not allow, or allows only in an advanced query. */
export function filterProblems(
  api: GraphApi,
  operation: Operation,
  options: ReadonlyMap<string, string>,
  advanced: boolean,
): string[] {
  const filter = options.get('$filter');
  const { type } = operation;
  if (filter === undefined || type === undefined) return [];
  const comparisons = new FilterReader(filter).read();
  if (typeof comparisons === 'string') return [`$filter cannot be read: ${comparisons}`];
  const entity = entities[type];
  const known = api.properties(type);
  const unknown = comparisons.filter(({ path }) => !known.has(path.split('/')[0] ?? ''));
  if (unknown.length > 0) return unknown.map(({ path }) => `${type} has no property ${path}`);
  if (entity === undefined) return [];
  const ordered = options.has('$orderby') && !advanced ? ['$filter with $orderby is for advanced queries'] : [];
  const table = tableOf(api, entity);
  return [...ordered, ...comparisons.flatMap((each) => comparisonProblem(table, each, advanced))];
}

function comparisonProblem(
  table: ReadonlyMap<string, FilterSupport>,
  { path, operator, isNull, negated }: Comparison,
  advanced: boolean,
): string[] {
  const support = table.get(path.replace(/extensionAttribute\d+$/, 'extensionAttribute1-15'));
  const what = `${operator}${isNull ? ' null' : ''} of ${path}`;
  if (support === undefined) return [`${path} cannot be filtered by`];
  if (operator === 'endsWith' && !endsWithPaths.includes(path)) return [`no ${what}`];
  const needed = neededFor(support, operator, isNull);
  if (needed === undefined || needed === 'unsupported') return [`no ${what}`];
  const onlyAdvanced = needed === 'advanced' || negated || operator === 'ne' || operator === 'endsWith';
  return onlyAdvanced && !advanced ? [`${what} is for advanced queries`] : [];
}

function neededFor(support: FilterSupport, operator: string, isNull: boolean) {
  if (isNull) return support.eqNull;
  if (operator === 'eq' || operator === 'ne' || operator === 'in') return support.eq;
  if (operator === 'startsWith') return support.startsWith;
  if (operator === 'endsWith') return 'advanced';
  return operator === 'ge' || operator === 'le' ? (support.geLe ?? support[operator]) : undefined;
}

function tableOf(api: GraphApi, entity: string): ReadonlyMap<string, FilterSupport> {
  const rows = Object.entries(api.filterSupport[entity] ?? {}).map(
    ([path, support]) => [path.replace(/any\(\w+:\w+/, 'any(*'), support] as const,
  );
  const more = api.additions.filters
    .filter((addition) => addition.entity === entity)
    .map(({ property, operators }) => [property, operators] as const);
  return new Map<string, FilterSupport>([...rows, ...more]);
}

/** Reads OData's filter language as far as Graph knows it. */
class FilterReader {
  readonly #text: string;
  readonly #found: Comparison[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** A string says where it could not be read. */
  read(): readonly Comparison[] | string {
    return this.#any('', '', false) && this.#at === this.#text.length ? this.#found : this.#text.slice(this.#at);
  }

  /** `variable` is that of an enclosing any(), whose collection is `outer`. */
  #any(variable: string, outer: string, negated: boolean): boolean {
    do {
      if (!this.#one(variable, outer, negated)) return false;
    } while (this.#take(/ (?:and|or) /y) !== undefined);
    return true;
  }

  #one(variable: string, outer: string, negated: boolean): boolean {
    if (this.#take(/not /y) !== undefined) return this.#one(variable, outer, true);
    if (this.#take(/not(?=\()/y) !== undefined) return this.#one(variable, outer, true);
    if (this.#take(/\(/y) !== undefined) return this.#any(variable, outer, negated) && this.#take(/\)/y) !== undefined;
    const call = this.#take(/(?:startsWith|endsWith|contains)\(/y);
    const path = this.#take(/[A-Za-z_]\w*(?:\/\$?\w+)*/y);
    if (path === undefined) return false;
    const whole = outer === '' ? path : `${outer}/any(*${path.slice(variable.length)})`;
    if (call !== undefined) {
      this.#found.push({ path: whole, operator: call.slice(0, -1), isNull: false, negated });
      return this.#take(/, ?'(?:[^']|'')*'\)/y) !== undefined;
    }
    if (path.endsWith('/any')) return this.#lambda(path.slice(0, -'/any'.length), negated);
    return this.#comparison(whole, negated);
  }

  #lambda(collection: string, negated: boolean): boolean {
    const variable = this.#take(/\(\w+: ?/y)?.replace(/\W/g, '');
    if (variable === undefined) return false;
    return this.#any(variable, collection, negated) && this.#take(/\)/y) !== undefined;
  }

  #comparison(path: string, negated: boolean): boolean {
    const operator = this.#take(/ (?:eq|ne|ge|le|gt|lt|in) ?/y)?.trim();
    const value = this.#take(/\((?:'(?:[^']|'')*'(?:, ?)?)+\)|'(?:[^']|'')*'|[\w.:+-]+/y);
    if (operator === undefined || value === undefined) return false;
    this.#found.push({ path, operator, isNull: value === 'null', negated });
    return true;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}
