import { visible } from '../../contract/index.ts';
import { type Column, tableLines } from './table.ts';
import { wrapped } from './width.ts';

const inks = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** How a piece of text is drawn. */
export type Ink = keyof typeof inks;

/** A piece of a line: text alone, or text and its ink. */
export type Piece = string | { readonly text: string; readonly ink: Ink };

/** What stands in front of the first and of the other lines of a paragraph. */
export interface Margin {
  readonly first?: string;
  readonly rest?: string;
  readonly ink?: Ink;
}

/** How a stream is written to. */
export interface Sheet {
  /** Columns of a line. */
  readonly width: number;
  readonly colour: boolean;
  /** Rows of a table stay on one line each: for programs that read them. */
  readonly wholeRows: boolean;
  /** It can show a page apart and take it away again. */
  readonly pages: boolean;
}

/**
 * Writes to a person. Every piece of text is made visible here, at the only door: no text from the tenant, from an
 * agent or from a command line can send the terminal an escape code, break a line or reorder one.
 */
export class Screen {
  readonly sheet: Sheet;
  readonly #stream: NodeJS.WritableStream;
  #hasRoom = true;

  constructor(stream: NodeJS.WritableStream, sheet: Sheet) {
    this.#stream = stream;
    this.sheet = sheet;
  }

  /** One line, however long. */
  line(...pieces: readonly Piece[]): void {
    this.#stream.write(`${pieces.map((piece) => this.#drawn(piece)).join('')}\n`);
  }

  /** A text over as many lines as it needs. */
  paragraph(text: string, { first = '', rest = first, ink }: Margin = {}): void {
    const room = this.sheet.width - Math.max(first.length, rest.length);
    for (const [index, line] of wrapped(visible(text), room).entries()) {
      const margin = index === 0 ? first : rest;
      this.line(margin, ink === undefined ? line : { text: line, ink });
    }
  }

  /** Lines of text of our own making, such as help: each is made visible. */
  lines(text: string): void {
    for (const line of text.replace(/\n$/, '').split('\n')) this.line(line);
  }

  table(columns: readonly Column[], rows: readonly (readonly string[])[], margin = ''): void {
    const safe = rows.map((row) => row.map((cell) => visible(cell)));
    const width = this.sheet.wholeRows ? Number.POSITIVE_INFINITY : this.sheet.width - margin.length;
    for (const pieces of tableLines(columns, safe, width)) this.line(margin, ...pieces);
  }

  /** JSON for programs: whole, and with every unseen character escaped, so that it is safe on a terminal too. */
  json(value: unknown, indent = 0): void {
    this.#hasRoom = this.#stream.write(`${escapedJson(value, indent)}\n`);
  }

  /** Resolves once the reader has caught up with what was written as JSON: for output that may be long. */
  async caughtUp(): Promise<void> {
    // A reader who has gone catches up with nothing.
    if (this.#hasRoom || ('destroyed' in this.#stream && this.#stream.destroyed === true)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const events = ['drain', 'close', 'error'];
    for (const event of events) this.#stream.once(event, resolve);
    await promise;
    for (const event of events) this.#stream.removeListener(event, resolve);
    this.#hasRoom = true;
  }

  /** A secret, alone and unchanged. */
  bare(text: string): void {
    this.#stream.write(`${text}\n`);
  }

  /** Draws on a page of its own, and takes it away again: nothing of it stays in the window's history. */
  async apart(draw: () => Promise<void>): Promise<void> {
    this.#stream.write('\u001B[?1049h\u001B[H');
    try {
      await draw();
    } finally {
      this.#stream.write('\u001B[2J\u001B[?1049l');
    }
  }

  #drawn(piece: Piece): string {
    if (typeof piece === 'string') return visible(piece);
    const text = visible(piece.text);
    return this.sheet.colour && text !== '' ? `\u001B[${inks[piece.ink]}m${text}\u001B[0m` : text;
  }
}

function escapedJson(value: unknown, indent: number): string {
  return (JSON.stringify(value, undefined, indent) ?? 'null')
    .split('\n')
    .map((line) => line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, escaped))
    .join('\n');
}

function escaped(char: string): string {
  return Array.from({ length: char.length }, (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`).join(
    '',
  );
}
