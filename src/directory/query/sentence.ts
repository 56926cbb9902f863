import { folded } from './refusal.ts';
import type { Token } from './tokens.ts';

/** Tokens by their place, of which there is always one. */
export class Sentence {
  readonly #tokens: readonly Token[];

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get length(): number {
    return this.#tokens.length;
  }

  at(at: number): Token | undefined {
    return at < 0 ? undefined : this.#tokens[at];
  }

  /** The keyword at a place: a bare word, in small letters. */
  word(at: number): string | undefined {
    const token = this.at(at);
    return token?.kind === 'word' ? folded(token.text) : undefined;
  }

  sign(at: number): string | undefined {
    const token = this.at(at);
    return token?.kind === 'sign' ? token.text : undefined;
  }

  /** What a word or a quoted name names, in small letters. */
  name(at: number): string | undefined {
    const token = this.at(at);
    return token?.kind === 'word' || token?.kind === 'name' ? folded(token.value) : undefined;
  }

  /** True for what SQLite could take for a name: texts too. */
  isNameable(at: number): boolean {
    return this.name(at) !== undefined || this.at(at)?.kind === 'string';
  }

  /** The place of a `(` for the one after its `)`. */
  behindGroup(at: number): number {
    let depth = 0;
    for (let place = at; place < this.length; place += 1) {
      if (this.sign(place) === '(') depth += 1;
      if (this.sign(place) === ')') depth -= 1;
      if (depth === 0) return place + 1;
    }
    return this.length;
  }
}

/** `name AS (`, `name(columns) AS (`, `name AS NOT MATERIALIZED (`: where WITH gives a name to a query. */
export function isNamedQuery(text: Sentence, at: number): boolean {
  if (text.name(at) === undefined) return false;
  if (!['with', 'recursive'].includes(text.word(at - 1) ?? '') && text.sign(at - 1) !== ',') return false;
  let next = at + 1;
  if (text.sign(next) === '(') {
    const behind = text.behindGroup(next);
    for (let place = next + 1; place < behind - 1; place += 1) {
      const isColumn = (place - next) % 2 === 1;
      if (isColumn ? !text.isNameable(place) : text.sign(place) !== ',') return false;
    }
    next = behind;
  }
  if (text.word(next) !== 'as') return false;
  next += 1;
  if (text.word(next) === 'not') next += 1;
  if (text.word(next) === 'materialized') next += 1;
  return text.sign(next) === '(';
}
