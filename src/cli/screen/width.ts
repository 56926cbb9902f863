const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Marks that stand on the character before them. */
const marks = /^\p{M}+$/u;

/** What a terminal draws two columns wide: East Asian scripts and pictographs. [unicode.org/reports/tr11] */
const wide =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115E\u2E80-\u303E\u3041-\u4DBF\u4E00-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}])/u;

const plain = /^[ -~]*$/;

/** Columns that a text takes on a terminal. */
export function widthOf(text: string): number {
  if (plain.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) columns += columnsOf(segment);
  return columns;
}

function columnsOf(grapheme: string): number {
  if (marks.test(grapheme)) return 0;
  return wide.test(grapheme) ? 2 : 1;
}

/** The text with spaces behind it, `columns` wide; a longer one is left as it is. */
export function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

/** The text without its last visible character. */
export function withoutLast(text: string): string {
  return [...graphemes.segment(text)]
    .slice(0, -1)
    .map(({ segment }) => segment)
    .join('');
}

/** The lines of a text at this width: broken at spaces, and inside a word that is longer than a line. */
export function wrapped(text: string, columns: number): string[] {
  const room = Math.max(1, columns);
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.split(' ')) {
    const longer = line === undefined ? word : `${line} ${word}`;
    if (widthOf(longer) <= room) {
      line = longer;
      continue;
    }
    if (line !== undefined) lines.push(line);
    const [full, rest] = broken(word, room);
    lines.push(...full);
    line = rest;
  }
  return [...lines, line ?? ''];
}

/** A word as full lines, and what is left of it. */
function broken(word: string, room: number): [string[], string] {
  const full: string[] = [];
  let rest = word;
  while (widthOf(rest) > room) {
    const [head, tail] = cut(rest, room);
    full.push(head);
    rest = tail;
  }
  return [full, rest];
}

/** As many characters as fit, but at least one; and the others. */
function cut(text: string, columns: number): [string, string] {
  let end = 0;
  let used = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    used += columnsOf(segment);
    if (used > columns && end > 0) break;
    end = index + segment.length;
  }
  return [text.slice(0, end), text.slice(end)];
}
