import { quoted, refused } from './refusal.ts';

/** SQL text at most, in UTF-16 units. */
export const longestSql = 20_000;

/**
 * A piece of SQL: a `word` is bare (a keyword, or a name), a `name` stands in "…", `…` or […]. White space and comments
 * are between the tokens.
 */
export interface Token {
  readonly kind: 'word' | 'name' | 'string' | 'number' | 'blob' | 'parameter' | 'sign';
  /** As it stands in the SQL. */
  readonly text: string;
  /** Of words and names what they name; of all others the text. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** What belongs to a word for SQLite, where it stands behind one: every character outside ASCII does. */
const within = String.raw`[\w$]|[^\x00-\x7f]`;

/**
 * Tried in this order, each where the last ended. Where these and SQLite's tokenizer would part, the text is refused
 * instead: no pattern takes it. [github.com/sqlite/sqlite/blob/master/src/tokenize.c]
 */
const patterns: readonly (readonly [Token['kind'] | 'between', RegExp])[] = [
  ['between', /[ \t\n\f\r]+/y],
  ['between', /--[^\n]*/y],
  ['between', /\/\*[\s\S]*?\*\//y],
  // A quote is doubled to stand within; the lookahead keeps a match from ending at the first of two.
  ['string', /'(?:[^']|'')*'(?!')/y],
  ['name', /"(?:[^"]|"")*"(?!")/y],
  ['name', /`(?:[^`]|``)*`(?!`)/y],
  ['name', /\[[^\]]*\]/y],
  ['blob', /[xX]'(?:[0-9a-fA-F]{2})*'(?!')/y],
  ['number', new RegExp(`0[xX][0-9a-fA-F]+(?!${within})`, 'y')],
  ['number', new RegExp(String.raw`(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?!${within})`, 'y')],
  ['parameter', new RegExp(String.raw`\?\d*(?!${within})`, 'y')],
  // SQLite takes `$a(…)` and `$a::b` for one parameter, whatever stands in the parentheses.
  ['parameter', new RegExp(String.raw`[:@$][A-Za-z_]\w*(?!${within}|\(|::)`, 'y')],
  // Not the x of a blob that is none.
  ['word', /(?![xX]')[\p{L}_][\w$\p{L}\p{M}\p{N}]*/uy],
  ['sign', /->>|->|\|\||<<|>>|<=|>=|<>|==|!=|\/(?!\*)|[-+*%&|~<>=(),.;]/y],
];

/** @throws ToolError INPUT_INVALID for text that is no SQL: what is not closed, characters without a meaning. */
export function tokensOf(sql: string): readonly Token[] {
  if (sql.length > longestSql) {
    throw refused(
      `The SQL is ${sql.length} characters long; ${longestSql} are the most.`,
      'Pass lists of values as one JSON parameter, and read it with json_each(?).',
    );
  }
  // SQLite ends at the first NUL; half a surrogate pair would become another character.
  const control = /[^\P{Cc}\t\n\f\r]/u.exec(sql)?.[0];
  if (control !== undefined || !sql.isWellFormed()) {
    throw refused(
      'The SQL holds a control character or half a character.',
      'Leave it out: char(…) makes characters that are needed.',
    );
  }
  const tokens: Token[] = [];
  for (let at = 0; at < sql.length; ) {
    const [kind, text] = tokenAt(sql, at);
    if (kind !== 'between') {
      tokens.push({ kind, text, value: kind === 'name' ? unquoted(text) : text, start: at, end: at + text.length });
    }
    at += text.length;
  }
  return tokens;
}

function tokenAt(sql: string, at: number): readonly [Token['kind'] | 'between', string] {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const text = pattern.exec(sql)?.[0];
    if (text !== undefined) return [kind, text];
  }
  throw unreadable(sql, at);
}

function unquoted(text: string): string {
  const inner = text.slice(1, -1);
  return text.startsWith('"') ? inner.replaceAll('""', '"') : inner.replaceAll('``', '`');
}

const unclosed: Readonly<Record<string, string>> = {
  "'": "A text that begins with ' is not closed.",
  '"': 'A name that begins with " is not closed.',
  '`': 'A name that begins with ` is not closed.',
  '[': 'A name that begins with [ is not closed.',
  '/*': 'A comment that begins with /* is not closed.',
};

function unreadable(sql: string, at: number): Error {
  const rest = sql.slice(at, at + 24);
  const open = unclosed[rest.slice(0, 2)] ?? unclosed[rest.slice(0, 1)];
  if (open !== undefined) return refused(open, "Close it. A ' within a text is written twice: 'O''Brien'.");
  const [char = ''] = rest;
  const code = char.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
  if (/[?:@$]/.test(char)) {
    return refused(`The parameter near ${quoted(rest)} cannot be read.`, 'Write ?, ?1, :name, @name or $name.');
  }
  if (/[\d.xX]/.test(char)) {
    return refused(
      `The number or word near ${quoted(rest)} cannot be read.`,
      "Numbers are 12, 1.5 and 1e6; text is 'text'.",
    );
  }
  return refused(
    `The character ${quoted(char)} (U+${code}) near ${quoted(rest)} has no meaning in SQL.`,
    'Text stands in \' and names that need quotes in ".',
  );
}
