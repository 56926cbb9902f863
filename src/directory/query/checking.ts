import { nearest } from '../../contract/index.ts';
import { quoted, refused } from './refusal.ts';
import { isNamedQuery, Sentence } from './sentence.ts';
import { Sources } from './sources.ts';
import { type Token, tokensOf } from './tokens.ts';
import { beforeParenthesis, foreign, formats, functions, statementWords } from './vocabulary.ts';

/** One statement that only reads, and only the mirror. */
export interface Statement {
  /** Without what stands behind it. */
  readonly sql: string;
  /** Its parameters, in their order. */
  readonly parameters: readonly string[];
  /** Tables of the mirror that it reads, by the names they go by in it. */
  readonly sources: ReadonlyMap<string, string>;
}

const deepest = 60;

/**
 * Reads SQL as far as it has to be known to say that it reads the mirror and nothing else. What stands in '…' is data
 * and may say anything, except where SQLite would take it for a name: as a table, before a dot, before a parenthesis.
 * @throws ToolError INPUT_INVALID for everything else.
 */
export function checkedStatement(sql: string, tables: Iterable<string>): Statement {
  const tokens = withoutEnd(tokensOf(sql));
  const text = new Sentence(tokens);
  checkBeginning(text);
  for (let at = 0; at < tokens.length; at += 1) {
    checkName(text, at, tables);
    checkCall(text, at);
    checkDots(text, at);
  }
  checkNesting(tokens);
  const sources = new Sources(text, tables).read();
  const parameters = tokens.filter(({ kind }) => kind === 'parameter').map(({ text }) => text);
  return { sql: sql.slice(tokens[0]?.start, tokens.at(-1)?.end), parameters, sources };
}

function withoutEnd(tokens: readonly Token[]): readonly Token[] {
  const isEnd = ({ kind, text }: Token) => kind === 'sign' && text === ';';
  const end = tokens.findIndex(isEnd);
  if (end === -1) return tokens;
  const next = tokens[end + 1];
  if (next === undefined) return tokens.slice(0, end);
  throw refused(
    `There is more after the first statement, near ${quoted(next.text)}.`,
    'Send one statement at a time; combine results with UNION ALL or WITH.',
  );
}

function checkBeginning(text: Sentence): void {
  const first = text.at(0);
  if (first === undefined) throw refused('There is no SQL.', 'Write one SELECT over the tables of describe_directory.');
  if (['select', 'with', 'values'].includes(text.word(0) ?? '')) return;
  throw refused(
    `The statement begins with ${quoted(first.text)}: only SELECT, WITH and VALUES are run.`,
    'The mirror can be read, never changed. To change the directory, use the tools for users, groups and licenses.',
  );
}

function checkName(text: Sentence, at: number, tables: Iterable<string>): void {
  const token = text.at(at);
  const name = text.name(at);
  if (token === undefined || name === undefined) return;
  if (foreign.test(name)) {
    throw refused(
      `${quoted(token.text)} does not belong to the mirror.`,
      `SQL can read the tables ${[...tables].join(', ')} and the functions json_each and json_tree; describe_directory lists the columns.`,
    );
  }
  const isCall = text.sign(at + 1) === '(';
  if (token.kind === 'word' && (statementWords.has(name) || (name === 'replace' && !isCall))) {
    throw refused(
      `${quoted(token.text)} is a word of statements that do something else than read.`,
      'Write one SELECT. Where it is meant as a name, put it in double quotes; where it is meant as text, in single quotes.',
    );
  }
}

/** Whatever stands before a parenthesis is a keyword, a function of the list, or a WITH name and its columns. */
function checkCall(text: Sentence, at: number): void {
  if (text.sign(at + 1) !== '(') return;
  const token = text.at(at);
  const name = text.name(at);
  if (token?.kind === 'string') {
    throw refused(
      `A text stands before a parenthesis: ${quoted(token.text)}.`,
      'Functions are written without quotes.',
    );
  }
  if (token === undefined || name === undefined) return;
  if (token.kind === 'word' && beforeParenthesis.has(name)) return;
  if (formats.has(name)) checkFormat(text, at);
  if (functions.has(name) || isNamedQuery(text, at)) return;
  // Of short names, an alias with columns most often, all are near.
  const near = name.length > 3 ? nearest(name, functions) : undefined;
  throw refused(
    `The function ${quoted(token.text)} cannot be used here.`,
    `${near === undefined ? '' : `Did you mean ${near}? `}Usable are the usual aggregate, window, text, date, math and JSON functions of SQLite.`,
  );
}

/** `printf('%999999999d', 1)` makes a text as long as it says. */
function checkFormat(text: Sentence, at: number): void {
  const format = text.at(at + 2);
  if (
    format?.kind === 'string' &&
    [',', ')'].includes(text.sign(at + 3) ?? '') &&
    !/%[^a-z%]*(?:\*|\d{3})/i.test(format.text)
  )
    return;
  throw refused(
    `${quoted(text.at(at)?.text ?? '')} takes a format that stands in the SQL, without * and with widths up to 99.`,
    "Write it as printf('%.1f', …), or use round(), || and substr().",
  );
}

/** `main.users`, `temp.x`, `schema.table.column`: the mirror is the only database there is. */
function checkDots(text: Sentence, at: number): void {
  if (text.sign(at) !== '.') return;
  const before = text.at(at - 1);
  const isText = [before, text.at(at + 1)].some((token) => token?.kind === 'string');
  const isSchema = /^(?:main|temp|temporary)$/.test(text.name(at - 1) ?? '');
  if (!isText && !isSchema && text.sign(at + 2) !== '.') return;
  throw refused(
    `A schema or a text stands before a dot: ${quoted(before?.text ?? '')}.`,
    'Write tables by their name alone, and columns as alias.column.',
  );
}

function checkNesting(tokens: readonly Token[]): void {
  let depth = 0;
  for (const { kind, text } of tokens) {
    if (kind !== 'sign') continue;
    if (text === '(') depth += 1;
    if (text === ')') depth -= 1;
    if (depth < 0) throw refused('There is a ) without its (.', 'Look at the parentheses.');
    if (depth > deepest) throw refused(`Parentheses are nested deeper than ${deepest}.`, 'Name parts of it with WITH.');
  }
  if (depth > 0) throw refused('A ( is not closed.', 'Look at the parentheses.');
}
