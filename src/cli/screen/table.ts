import type { Ink, Piece } from './screen.ts';
import { padded, widthOf, wrapped } from './width.ts';

/** A column; an empty title for none. */
export interface Column {
  readonly title: string;
  readonly ink?: Ink;
}

const gap = '  ';
/** A last column narrower than this goes under its row instead. */
const narrowest = 24;

/**
 * The lines of a table. The last column is wrapped into what the others leave; where that is too little, it stands
 * under its row.
 */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): Piece[][] {
  const fronts = columns.slice(0, -1).map((column, i) => {
    return Math.max(widthOf(column.title), ...rows.map((row) => widthOf(row[i] ?? '')));
  });
  const used = fronts.reduce((sum, columns) => sum + columns + gap.length, 0);
  const last = rows.map((row) => row[columns.length - 1] ?? '');
  const widest = Math.max(0, ...last.map(widthOf));
  const isBelow = used + widest > width && width - used < narrowest;
  const titled = columns.some(({ title }) => title !== '');
  const titles = columns.map(({ title }) => title);
  const layout: Layout = { columns, fronts, used, isBelow, width };
  return [...(titled ? headLines(titles, layout) : []), ...rows.flatMap((row) => rowLines(row, layout))];
}

interface Layout {
  readonly columns: readonly Column[];
  readonly fronts: readonly number[];
  /** Columns that all but the last take, gaps included. */
  readonly used: number;
  readonly isBelow: boolean;
  readonly width: number;
}

function headLines(titles: readonly string[], layout: Layout): Piece[][] {
  const shown = layout.isBelow ? titles.slice(0, -1) : titles;
  const text = shown.map((title, i) => (i < shown.length - 1 ? padded(title, layout.fronts[i] ?? 0) : title));
  return [[{ text: text.join(gap), ink: 'dim' }]];
}

function rowLines(row: readonly string[], { columns, fronts, used, isBelow, width }: Layout): Piece[][] {
  const inked = (text: string, column: number): Piece => {
    const ink = columns[column]?.ink;
    return ink === undefined ? text : { text, ink };
  };
  const end = columns.length - 1;
  const front = fronts.flatMap((room, i): Piece[] => [inked(padded(row[i] ?? '', room), i), gap]);
  const margin = isBelow ? 4 : used;
  const [first = '', ...more] = wrapped(row[end] ?? '', width - margin);
  const rest = more.map((text): Piece[] => [' '.repeat(margin), inked(text, end)]);
  if (!isBelow) return [[...front, inked(first, end)], ...rest];
  return [front.slice(0, -1), [' '.repeat(margin), inked(first, end)], ...rest];
}
