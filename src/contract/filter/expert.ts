import { nearest } from '../nearest.ts';
import { isGuid, type ODataFilter, odataFilter } from '../odata.ts';
import { filterFault } from './fault.ts';
import { endsWithProperties, extensionSupport, type FilterTable, type Mark, type Support } from './support.ts';
import { type Expression, type Literal, missingWord, type Path, parseFilter } from './syntax.ts';
import { syntaxFault } from './tokens.ts';

/** A filter that an agent wrote, read, checked and written anew: none of its text gets through unread. */
export interface ExpertFilter {
  readonly filter: ODataFilter;
  /** True where Graph needs an advanced query for it. */
  readonly advanced: boolean;
  /** True where Graph takes it as the only condition: signInActivity. */
  readonly alone: boolean;
}

/**
 * Checks a `$filter` against what Graph can do with each property, before anything is sent.
 *
 * @throws ToolError INPUT_INVALID for what cannot be read, for unknown properties and values of the wrong kind;
 * UNSUPPORTED_QUERY, with what can be done instead, for what Graph cannot do.
 */
export function expertFilter(text: string, table: FilterTable): ExpertFilter {
  const checker = new Checker(table);
  const checked = checker.write(parseFilter(text), undefined);
  const alone = checker.paths.some((path) => path.startsWith('signInActivity/'));
  if (alone && checker.paths.length > 1) throw signInActivityStandsAlone();
  if (checker.advanced && encodeURIComponent(checked).length > longestAdvanced) {
    throw filterFault(
      'UNSUPPORTED_QUERY',
      'The filter is too long for an advanced query.',
      'Ask in several calls, each with a part of the conditions or values.',
    );
  }
  return { filter: odataFilter(checked), advanced: checker.advanced, alone };
}

/** Said wherever signInActivity meets another condition. [learn.microsoft.com/graph/api/resources/user] */
export function signInActivityStandsAlone() {
  return filterFault(
    'UNSUPPORTED_QUERY',
    'Graph cannot combine a condition on sign-in activity with any other condition.',
    'Ask for the sign-in condition alone, without other filters, then narrow the answer down by the properties of its items.',
  );
}

// The whole URL has at most 2,048 characters; the address and $select take some. [learn.microsoft.com/graph/aad-advanced-queries]
const longestAdvanced = 1_500;
const longestLiteral = 120;
const mostAlternatives = 15;

class Checker {
  readonly paths: string[] = [];
  advanced = false;
  readonly #table: FilterTable;

  constructor(table: FilterTable) {
    this.#table = table;
  }

  /** The expression in canonical text; `collection` is the one whose items an `any` looks at. */
  write(expression: Expression, collection: string | undefined): string {
    switch (expression.kind) {
      case 'and':
        return expression.parts.map((part) => this.#part(part, collection)).join(' and ');
      case 'or':
        if (expression.parts.length > mostAlternatives) this.advanced = true;
        return expression.parts.map((part) => this.#part(part, collection)).join(' or ');
      case 'not':
        this.advanced = true;
        return `not ${this.#part(expression.inner, collection)}`;
      case 'any': {
        const name = this.#collection(expression.path);
        return `${name}/any(x:${this.write(expression.inner, name)})`;
      }
      case 'compare':
        return this.#compare(expression, collection);
      case 'in':
        return this.#among(expression, collection);
      case 'text':
        return this.#textMatch(expression, collection);
    }
  }

  #part(expression: Expression, collection: string | undefined): string {
    const text = this.write(expression, collection);
    return expression.kind === 'or' || expression.kind === 'and' ? `(${text})` : text;
  }

  #compare(
    { path, operator, value }: Extract<Expression, { kind: 'compare' }>,
    collection: string | undefined,
  ): string {
    if (path.names.at(-1) === '$count') return this.#emptiness(path, operator, value);
    refuseMissing(operator);
    const { key, written, support } = this.#property(path, collection);
    const ranged = operator === 'ge' || operator === 'le';
    const mark = ranged ? support.range : value.kind === 'null' ? support.eqNull : support.eq;
    this.#require(mark, value.kind === 'null' ? `${operator} null` : operator, key, support);
    if (operator === 'ne') this.advanced = true;
    return `${written} ${operator} ${this.#literal(value, support)}`;
  }

  #among({ path, values }: Extract<Expression, { kind: 'in' }>, collection: string | undefined): string {
    const { key, written, support } = this.#property(path, collection);
    this.#require(support.eq, 'in', key, support);
    if (values.length > mostAlternatives) this.advanced = true;
    return `${written} in (${values.map((value) => this.#literal(value, support)).join(',')})`;
  }

  #textMatch({ path, match, value }: Extract<Expression, { kind: 'text' }>, collection: string | undefined): string {
    refuseMissing(match);
    const { key, written, support } = this.#property(path, collection);
    const mark = match === 'startsWith' ? support.startsWith : endsWithProperties.includes(key) ? 'a' : '-';
    this.#require(mark, match, key, support);
    return `${match}(${written},${this.#literal(value, support)})`;
  }

  /** Whether a collection is empty is all that Graph can count. */
  #emptiness({ names, at }: Path, operator: string, value: Literal): string {
    const [name = ''] = names;
    const known = this.#table.counted.find((each) => each.toLowerCase() === name.toLowerCase());
    const asksEmpty = (operator === 'eq' || operator === 'ne') && value.kind === 'number' && Number(value.text) === 0;
    if (known === undefined || names.length !== 2 || !asksEmpty) {
      const some = this.#table.counted;
      throw filterFault(
        'UNSUPPORTED_QUERY',
        'Graph cannot count this in a filter.',
        some.length === 0
          ? `Leave $count out: none works for ${this.#table.of}.`
          : `Only $count eq 0 and $count ne 0 work, on ${some.join(', ')}.`,
        { position: at + 1 },
      );
    }
    this.advanced = true;
    this.paths.push(`${known}/$count`);
    return `${known}/$count ${operator} 0`;
  }

  #property(path: Path, collection: string | undefined) {
    const inside = collection !== undefined;
    const asked = inside ? [collection, ...path.names].join('/') : path.names.join('/');
    const key = this.#known(asked);
    const support = this.#table.properties.get(key ?? '') ?? extensionSupport(asked);
    if (support === undefined) throw this.#unknown(asked, path.at);
    const spelled = key ?? asked;
    this.paths.push(spelled);
    return { key: spelled, support, written: inside ? spelled.replace(`${collection}/*`, 'x') : spelled };
  }

  #collection({ names, at }: Path): string {
    const asked = names.join('/');
    const start = `${asked.toLowerCase()}/*`;
    const key = [...this.#table.properties.keys()].find((each) => each.toLowerCase().startsWith(start));
    if (key === undefined) throw this.#unknown(`${asked}/*`, at);
    return key.slice(0, key.indexOf('/*'));
  }

  #known(asked: string): string | undefined {
    const low = asked.toLowerCase();
    return [...this.#table.properties.keys()].find((key) => key.toLowerCase() === low);
  }

  #unknown(asked: string, at: number) {
    const shown = (key: string) => key.replace('/*', '/any(x:x)').replace('any(x:x)/', 'any(x:x/');
    const inCollection = this.#known(`${asked}/*`);
    if (inCollection !== undefined) {
      return filterFault(
        'INPUT_INVALID',
        'The filter compares a list as if it were one value.',
        `Ask for one of its items: ${inCollection.slice(0, -2)}/any(x:x eq 'value').`,
        { position: at + 1 },
      );
    }
    if (asked.toLowerCase().startsWith('manager')) {
      return filterFault(
        'UNSUPPORTED_QUERY',
        'Graph cannot filter by manager.',
        'Use the field manager, which lists the direct reports of a user.',
        { position: at + 1 },
      );
    }
    const like = nearest(asked, this.#table.properties.keys());
    return filterFault(
      'UNSUPPORTED_QUERY',
      `Graph cannot filter ${this.#table.of} by a property that the filter names.`,
      like === undefined
        ? 'Leave it out, ask for the property with fields, and narrow the answer down.'
        : `Did you mean ${shown(like)}? Otherwise ask for the property with fields, and narrow the answer down.`,
      { position: at + 1, property: asked.replace('/*', '') },
    );
  }

  #require(mark: Mark, operator: string, key: string, support: Support): void {
    if (mark === 'a') this.advanced = true;
    if (mark !== '-') return;
    const works = [
      ...(support.eq === '-' ? [] : ['eq', 'ne', 'in']),
      ...(support.startsWith === '-' ? [] : ['startsWith']),
      ...(endsWithProperties.includes(key) ? ['endsWith'] : []),
      ...(support.range === '-' ? [] : ['ge', 'le']),
      ...(support.eqNull === '-' ? [] : ['eq null']),
    ];
    throw filterFault(
      'UNSUPPORTED_QUERY',
      `Graph cannot filter ${this.#table.of} with ${operator} on ${key}.`,
      works.length === 0 ? 'Leave it out and narrow the answer down.' : `What works on it: ${works.join(', ')}.`,
    );
  }

  /** The value in OData's form, if it is of the property's kind. */
  #literal(value: Literal, { kind }: Support): string {
    const { text } = value;
    if (value.kind === 'null') return 'null';
    if (kind === 'text' && value.kind === 'string') {
      if (text.length > longestLiteral) this.advanced = true;
      return `'${text.replaceAll("'", "''")}'`;
    }
    if (kind === 'flag' && value.kind === 'boolean') return text;
    if (kind === 'guid' && isGuid(text)) return text.toLowerCase();
    if (kind === 'time' && (value.kind === 'moment' || value.kind === 'string') && !Number.isNaN(Date.parse(text))) {
      return new Date(text).toISOString();
    }
    throw syntaxFault(value.at, `needs ${wanted[kind]}`);
  }
}

function refuseMissing(word: string): void {
  const fault = missingWord(word);
  if (fault !== undefined) throw fault;
}

const wanted = {
  text: 'text in single quotes',
  flag: 'true or false',
  guid: 'a GUID',
  time: 'a moment like 2026-03-01T00:00:00Z',
} as const;
