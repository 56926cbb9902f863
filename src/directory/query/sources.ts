import { nearest } from '../../contract/index.ts';
import { quoted, refused } from './refusal.ts';
import { isNamedQuery, type Sentence } from './sentence.ts';
import type { Token } from './tokens.ts';
import { tableFunctions } from './vocabulary.ts';

const clauseEnds = new Set('with select values where group order having limit union except intersect'.split(' '));

/**
 * Finds each place where a table is named: after FROM, JOIN, a comma of a FROM clause, and IN. Every level of
 * parentheses is outside of a FROM clause, before a table in one, or behind it.
 */
export class Sources {
  readonly #text: Sentence;
  readonly #tables: ReadonlySet<string>;
  readonly #named: ReadonlySet<string>;
  readonly #found = new Map<string, string>();
  readonly #levels: ('outside' | 'before' | 'behind')[] = [];
  #here: 'outside' | 'before' | 'behind' = 'outside';

  constructor(text: Sentence, tables: Iterable<string>) {
    this.#text = text;
    this.#tables = new Set(tables);
    const places = Array.from({ length: text.length }, (_, at) => at);
    this.#named = new Set(places.filter((at) => isNamedQuery(text, at)).map((at) => text.name(at) ?? ''));
  }

  read(): ReadonlyMap<string, string> {
    for (let at = 0; at < this.#text.length; at += 1) this.#step(at);
    return this.#found;
  }

  #step(at: number): void {
    const sign = this.#text.sign(at);
    const word = this.#text.word(at);
    if (sign === '(') this.#open();
    else if (sign === ')') this.#here = this.#levels.pop() ?? 'outside';
    else if (word === 'in' && this.#text.isNameable(at + 1)) this.#table(at + 1);
    else if (word === 'from' && !this.#isComparison(at)) this.#here = 'before';
    else if (word === 'join') this.#here = 'before';
    else if (sign === ',' && this.#here === 'behind') this.#here = 'before';
    else if (word !== undefined && (clauseEnds.has(word) || this.#isWindowClause(at))) this.#here = 'outside';
    else if (this.#here === 'before') {
      this.#table(at);
      this.#here = 'behind';
    }
  }

  /** `FROM (` begins a query, or a list of tables in parentheses. */
  #open(): void {
    const inside = this.#here === 'before' ? 'before' : 'outside';
    this.#levels.push(this.#here === 'before' ? 'behind' : this.#here);
    this.#here = inside;
  }

  #table(at: number): void {
    const token = this.#text.at(at);
    if (token?.kind === 'string') {
      throw refused(
        `A text stands where a table is named: ${quoted(token.text)}.`,
        'Write table names without quotes.',
      );
    }
    const name = this.#text.name(at);
    if (token === undefined || name === undefined) return;
    if (this.#named.has(name) || tableFunctions.has(name)) return;
    if (!this.#tables.has(name)) throw this.#unknown(token, name);
    const alias = this.#text.word(at + 1) === 'as' ? at + 2 : at + 1;
    this.#found.set(name, name);
    const goesBy = this.#text.name(alias);
    if (goesBy !== undefined) this.#found.set(goesBy, name);
  }

  #unknown({ text }: Token, name: string): Error {
    const near = nearest(name, [...this.#tables, ...this.#named]);
    return refused(
      `There is no table ${quoted(text)} in the mirror.`,
      `${near === undefined ? '' : `Did you mean ${near}? `}Tables: ${[...this.#tables].join(', ')}.`,
    );
  }

  /** `a IS [NOT] DISTINCT FROM b` */
  #isComparison(at: number): boolean {
    return this.#text.word(at - 1) === 'distinct' && /^(?:is|not)$/.test(this.#text.word(at - 2) ?? '');
  }

  /** As SQLite tells it from a name: `WINDOW name AS`. */
  #isWindowClause(at: number): boolean {
    return this.#text.word(at) === 'window' && this.#text.isNameable(at + 1) && this.#text.word(at + 2) === 'as';
  }
}
