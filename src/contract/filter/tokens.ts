import { filterFault } from './fault.ts';

/** A piece of a filter. `at` is where it begins, counted from 0. */
export interface Token {
  readonly kind: 'name' | 'string' | 'number' | 'guid' | 'moment' | 'mark' | 'end';
  /** Of a string: its value, quotes undone. Of all others: as written. */
  readonly text: string;
  readonly at: number;
}

const pieces =
  /(?<space>\s+)|(?<string>'(?:[^']|'')*')|(?<guid>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b)|(?<moment>\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,7})?)?(?:Z|[+-]\d{2}:\d{2}))?(?![\w.:-]))|(?<number>-?\d{1,15}(?![\w.-]))|(?<name>[A-Za-z_$][A-Za-z0-9_$]*(?:\/[A-Za-z_$][A-Za-z0-9_$]*)*)|(?<mark>[(),:])/giy;

const kinds = ['string', 'guid', 'moment', 'number', 'name', 'mark'] as const;

/** Cuts a filter into tokens. Throws ToolError INPUT_INVALID at the first character that begins none. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const matcher = new RegExp(pieces);
  while (matcher.lastIndex < text.length) {
    const at = matcher.lastIndex;
    const groups = matcher.exec(text)?.groups;
    if (groups === undefined) throw syntaxFault(at, text[at] === "'" ? 'has a quote that is not closed' : undefined);
    const kind = kinds.find((each) => groups[each] !== undefined);
    const piece = kind === undefined ? undefined : groups[kind];
    if (kind === undefined || piece === undefined) continue;
    tokens.push({ kind, at, text: kind === 'string' ? piece.slice(1, -1).replaceAll("''", "'") : piece });
  }
  return [...tokens, { kind: 'end', text: '', at: text.length }];
}

/** Says where a filter stops making sense. */
export function syntaxFault(at: number, problem = 'cannot be read') {
  return filterFault(
    'INPUT_INVALID',
    `The filter ${problem} at position ${at + 1}.`,
    "Write it as Graph's $filter: department eq 'Sales' and startsWith(displayName,'A'). Text stands in single quotes, a quote in it is doubled.",
    { position: at + 1 },
  );
}
