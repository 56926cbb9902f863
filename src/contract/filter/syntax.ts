import { filterFault } from './fault.ts';
import { syntaxFault, type Token, tokensOf } from './tokens.ts';

/** A value as it was written; what it must be is decided by the property it is compared with. */
export interface Literal {
  readonly kind: 'string' | 'number' | 'guid' | 'moment' | 'boolean' | 'null';
  readonly text: string;
  readonly at: number;
}

/** A property: `department`, `employeeOrgData/division`, inside a lambda `*` or `*` and what follows the variable. */
export interface Path {
  readonly names: readonly string[];
  readonly at: number;
}

/** A filter as a tree. */
export type Expression =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Expression[] }
  | { readonly kind: 'not'; readonly inner: Expression }
  | { readonly kind: 'compare'; readonly path: Path; readonly operator: Comparison; readonly value: Literal }
  | { readonly kind: 'in'; readonly path: Path; readonly values: readonly Literal[] }
  | { readonly kind: 'text'; readonly match: TextMatch; readonly path: Path; readonly value: Literal }
  | { readonly kind: 'any'; readonly path: Path; readonly inner: Expression };

/** `gt`, `lt` and `contains` are read, and are nothing that Graph's directory can do. */
export type Comparison = 'eq' | 'ne' | 'ge' | 'le' | 'gt' | 'lt';
export type TextMatch = 'startsWith' | 'endsWith' | 'contains';

/** What OData has and Graph's directory does not, with what to do instead. */
const missing: Readonly<Record<string, string>> = {
  gt: 'Use ge: Graph has no gt here.',
  lt: 'Use le: Graph has no lt here.',
  has: 'Compare with eq.',
  contains: 'Use the field text, which finds words, or startsWith.',
  indexof: 'Use startsWith, or the field text.',
  substringof: 'Use the field text, which finds words, or startsWith.',
  tolower: 'Leave it out: Graph compares text without regard to letter case.',
  toupper: 'Leave it out: Graph compares text without regard to letter case.',
  trim: 'Leave it out.',
  length: 'List the objects and narrow the result down.',
  concat: 'Compare each property for itself.',
  year: 'Compare the moment with ge and le.',
  month: 'Compare the moment with ge and le.',
  day: 'Compare the moment with ge and le.',
  now: 'Write the moment itself, as 2026-03-01T00:00:00Z.',
  all: 'Use any, or not any.',
};

const deepest = 20;

/** The UNSUPPORTED_QUERY for a word that OData has and Graph's directory does not; undefined for any other. */
export function missingWord(word: string) {
  const instead = Object.hasOwn(missing, word) ? missing[word] : undefined;
  if (instead === undefined) return undefined;
  return filterFault('UNSUPPORTED_QUERY', `Graph cannot filter the directory with ${word}.`, instead);
}

/**
 * Reads a filter. Throws ToolError INPUT_INVALID where it makes no sense, UNSUPPORTED_QUERY for what Graph lacks and a
 * tree has no place for.
 */
export function parseFilter(text: string): Expression {
  return new Parser(tokensOf(text)).whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;
  #variable: string | undefined;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Expression {
    const expression = this.#joined('or');
    if (this.#peek().kind !== 'end') throw this.#lost();
    return expression;
  }

  #joined(word: 'or' | 'and'): Expression {
    const part = () => (word === 'or' ? this.#joined('and') : this.#unary());
    const first = part();
    const parts = [first];
    while (this.#takeWord(word)) parts.push(part());
    return parts.length === 1 ? first : { kind: word, parts };
  }

  #unary(): Expression {
    this.#depth += 1;
    if (this.#depth > deepest) throw syntaxFault(this.#peek().at, 'nests too deeply');
    const expression = this.#takeWord('not') ? ({ kind: 'not', inner: this.#unary() } as const) : this.#primary();
    this.#depth -= 1;
    return expression;
  }

  #primary(): Expression {
    if (this.#takeMark('(')) {
      const inner = this.#joined('or');
      this.#expect(')');
      return inner;
    }
    const word = this.#name();
    if (!this.#takeMark('(')) return this.#comparison(this.#pathOf(word));
    const low = word.text.toLowerCase();
    if (low === 'startswith') return this.#textMatch('startsWith');
    if (low === 'endswith') return this.#textMatch('endsWith');
    if (low === 'contains') return this.#textMatch('contains');
    if (low.endsWith('/any')) return this.#any({ ...word, text: word.text.slice(0, -'/any'.length) });
    throw missingWord(low.slice(low.lastIndexOf('/') + 1)) ?? syntaxFault(word.at);
  }

  #comparison(path: Path): Expression {
    const { text, at } = this.#name();
    const operator = text.toLowerCase();
    if (operator === 'in') return { kind: 'in', path, values: this.#values() };
    if (isComparison(operator)) return { kind: 'compare', path, operator, value: this.#literal() };
    throw missingWord(operator) ?? syntaxFault(at);
  }

  #values(): Literal[] {
    this.#expect('(');
    const values = [this.#literal()];
    while (this.#takeMark(',')) values.push(this.#literal());
    this.#expect(')');
    return values;
  }

  #textMatch(match: TextMatch): Expression {
    const path = this.#pathOf(this.#name());
    this.#expect(',');
    const expression = { kind: 'text', match, path, value: this.#literal() } as const;
    this.#expect(')');
    // `startsWith(…) eq true` says nothing more.
    if (!this.#takeWord('eq')) return expression;
    const truth = this.#literal();
    if (truth.kind !== 'boolean') throw syntaxFault(truth.at);
    return truth.text === 'true' ? expression : { kind: 'not', inner: expression };
  }

  #any(collection: Token): Expression {
    if (this.#variable !== undefined) throw syntaxFault(collection.at, 'has one any inside another');
    const path = this.#pathOf(collection);
    this.#variable = this.#name().text;
    this.#expect(':');
    const inner = this.#joined('or');
    this.#expect(')');
    this.#variable = undefined;
    return { kind: 'any', path, inner };
  }

  #pathOf({ text, at }: Token): Path {
    const names = text.split('/');
    if (this.#variable === undefined) return { names, at };
    if (names[0] !== this.#variable) throw syntaxFault(at, 'leaves the variable of its any');
    return { names: ['*', ...names.slice(1)], at };
  }

  #literal(): Literal {
    const { kind, text, at } = this.#take();
    if (kind === 'string' || kind === 'number' || kind === 'guid' || kind === 'moment') return { kind, text, at };
    const low = text.toLowerCase();
    if (kind === 'name' && (low === 'true' || low === 'false')) return { kind: 'boolean', text: low, at };
    if (kind === 'name' && low === 'null') return { kind: 'null', text: low, at };
    throw missingWord(low) ?? syntaxFault(at, 'has no value');
  }

  #name(): Token {
    const token = this.#take();
    if (token.kind !== 'name') throw syntaxFault(token.at);
    return token;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '', at: 0 };
  }

  #take(): Token {
    const token = this.#peek();
    this.#next += 1;
    return token;
  }

  #takeWord(word: string): boolean {
    const { kind, text } = this.#peek();
    const found = kind === 'name' && text.toLowerCase() === word;
    if (found) this.#next += 1;
    return found;
  }

  #takeMark(mark: string): boolean {
    const { kind, text } = this.#peek();
    const found = kind === 'mark' && text === mark;
    if (found) this.#next += 1;
    return found;
  }

  #expect(mark: string): void {
    if (!this.#takeMark(mark)) throw this.#lost();
  }

  #lost() {
    return syntaxFault(this.#peek().at);
  }
}

function isComparison(word: string): word is Comparison {
  return /^(?:eq|ne|ge|le|gt|lt)$/.test(word);
}
