import { syntaxFault, type Token, tokenize } from './lexer.ts';

export type Literal =
  | { readonly type: 'string' | 'guid' | 'dateTime'; readonly value: string }
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'null'; readonly value: null };

export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';
type TextFunction = 'startsWith' | 'endsWith' | 'contains';

/** A parsed $filter. Paths are lists of segments; inside a lambda the range variable is the segment `*`. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly left: Filter; readonly right: Filter }
  | { readonly kind: 'not'; readonly inner: Filter }
  | {
      readonly kind: 'compare';
      readonly operator: Comparison;
      readonly path: readonly string[];
      readonly value: Literal;
    }
  | { readonly kind: 'in'; readonly path: readonly string[]; readonly values: readonly Literal[] }
  | { readonly kind: 'text'; readonly name: TextFunction; readonly path: readonly string[]; readonly value: Literal }
  | {
      readonly kind: 'lambda';
      readonly name: 'any' | 'all';
      readonly path: readonly string[];
      readonly inner: Filter | undefined;
    };

const comparisons: readonly Comparison[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'];
const textFunctions: readonly TextFunction[] = ['startsWith', 'endsWith', 'contains'];
const deepest = 50;

/** Parses a $filter clause. Throws Request_BadRequest with the position of the first thing it cannot read. */
export function parseFilter(clause: string): Filter {
  return new Parser(clause).parse();
}

class Parser {
  readonly #clause: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;
  readonly #variables: string[] = [];

  constructor(clause: string) {
    this.#clause = clause;
    this.#tokens = tokenize(clause);
  }

  parse(): Filter {
    const filter = this.#or();
    if (this.#peek().kind !== 'end') this.#fail();
    return filter;
  }

  #or(): Filter {
    let left = this.#and();
    while (this.#word('or')) left = { kind: 'or', left, right: this.#and() };
    return left;
  }

  #and(): Filter {
    let left = this.#unary();
    while (this.#word('and')) left = { kind: 'and', left, right: this.#unary() };
    return left;
  }

  #unary(): Filter {
    this.#depth += 1;
    if (this.#depth > deepest) this.#fail();
    const filter = this.#word('not') ? ({ kind: 'not', inner: this.#unary() } as const) : this.#primary();
    this.#depth -= 1;
    return filter;
  }

  #primary(): Filter {
    if (this.#punctuation('(')) {
      const inner = this.#or();
      this.#expect(')');
      return inner;
    }
    const token = this.#take();
    if (token.kind !== 'word') this.#fail(token);
    const name = textFunctions.find((known) => known.toLowerCase() === token.text.toLowerCase());
    if (name !== undefined && this.#punctuation('(')) return this.#textFunction(name);
    const lambda = /^(.+)\/(any|all)$/.exec(token.text);
    if (lambda && this.#punctuation('('))
      return this.#lambda(lambda[1] ?? '', lambda[2] === 'all' ? 'all' : 'any', token);
    return this.#comparison(this.#path(token));
  }

  #comparison(path: readonly string[]): Filter {
    const word = this.#take();
    if (word.kind !== 'word') this.#fail(word);
    if (word.text === 'in') return { kind: 'in', path, values: this.#list() };
    const operator = comparisons.find((known) => known === word.text);
    if (operator === undefined) this.#fail(word);
    return { kind: 'compare', operator, path, value: this.#literal() };
  }

  #textFunction(name: TextFunction): Filter {
    const word = this.#take();
    if (word.kind !== 'word') this.#fail(word);
    const path = this.#path(word);
    this.#expect(',');
    const value = this.#literal();
    this.#expect(')');
    // `startsWith(x, 'y') eq true` says the same as without the comparison.
    if (this.#word('eq')) {
      const flag = this.#literal();
      if (flag.type !== 'boolean') this.#fail();
      if (!flag.value) return { kind: 'not', inner: { kind: 'text', name, path, value } };
    }
    return { kind: 'text', name, path, value };
  }

  #lambda(collection: string, name: 'any' | 'all', token: Token): Filter {
    const path = this.#path({ ...token, text: collection });
    if (this.#punctuation(')')) return { kind: 'lambda', name, path, inner: undefined };
    const variable = this.#take();
    if (variable.kind !== 'word') this.#fail(variable);
    this.#expect(':');
    this.#variables.push(variable.text);
    const inner = this.#or();
    this.#variables.pop();
    this.#expect(')');
    return { kind: 'lambda', name, path, inner };
  }

  #list(): Literal[] {
    this.#expect('(');
    const values = [this.#literal()];
    while (this.#punctuation(',')) values.push(this.#literal());
    this.#expect(')');
    return values;
  }

  #literal(): Literal {
    const token = this.#take();
    switch (token.kind) {
      case 'string':
      case 'guid':
      case 'dateTime':
        return { type: token.kind, value: token.text };
      case 'number':
        return { type: 'number', value: Number(token.text) };
      case 'word':
        if (token.text === 'null') return { type: 'null', value: null };
        if (token.text === 'true' || token.text === 'false') return { type: 'boolean', value: token.text === 'true' };
        return this.#fail(token);
      default:
        return this.#fail(token);
    }
  }

  #path(token: Token): readonly string[] {
    const segments = token.text.split('/');
    if (segments.some((segment) => segment === '')) this.#fail(token);
    const first = segments[0] ?? '';
    return this.#variables.includes(first) ? ['*', ...segments.slice(1)] : segments;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '', at: this.#clause.length };
  }

  #take(): Token {
    const token = this.#peek();
    this.#next += 1;
    return token;
  }

  #word(text: string): boolean {
    const token = this.#peek();
    if (token.kind !== 'word' || token.text.toLowerCase() !== text) return false;
    this.#next += 1;
    return true;
  }

  #punctuation(text: string): boolean {
    const token = this.#peek();
    if (token.kind !== 'punctuation' || token.text !== text) return false;
    this.#next += 1;
    return true;
  }

  #expect(text: string): void {
    if (!this.#punctuation(text)) this.#fail();
  }

  #fail(token: Token = this.#peek()): never {
    throw syntaxFault(this.#clause, token.at);
  }
}
