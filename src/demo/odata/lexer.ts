import { badRequest } from '../errors.ts';

export interface Token {
  readonly kind: 'word' | 'string' | 'number' | 'dateTime' | 'guid' | 'punctuation' | 'end';
  /** Decoded text of a string; otherwise as written. */
  readonly text: string;
  readonly at: number;
}

const patterns: readonly (readonly [Token['kind'], RegExp])[] = [
  ['string', /'(?:[^']|'')*'/y],
  ['guid', /[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}(?![\w-])/y],
  ['dateTime', /\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?(?![\w-])/y],
  ['number', /-?\d+(?:\.\d+)?(?!\w)/y],
  ['word', /[A-Za-z_$][\w.]*(?:\/[A-Za-z_$][\w.]*)*\/?/y],
  ['punctuation', /[(),:]/y],
];

/** The error of a $filter that cannot be read; `at` is a position in the clause. */
export const syntaxFault = (clause: string, at: number): Error =>
  badRequest(`Invalid filter clause: Syntax error at position ${at} in '${clause}'.`);

/** Splits a $filter clause. Throws Request_BadRequest on anything that is no token. */
export function tokenize(clause: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < clause.length) {
    if (/\s/.test(clause.charAt(at))) {
      at += 1;
      continue;
    }
    const token = tokenAt(clause, at);
    tokens.push(token.found);
    at = token.next;
  }
  tokens.push({ kind: 'end', text: '', at });
  return tokens;
}

function tokenAt(clause: string, at: number): { found: Token; next: number } {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const raw = pattern.exec(clause)?.[0];
    if (raw === undefined) continue;
    const text = kind === 'string' ? raw.slice(1, -1).replaceAll("''", "'") : raw;
    return { found: { kind, text, at }, next: at + raw.length };
  }
  throw syntaxFault(clause, at);
}
