import { visibleDeep } from '../contract/index.ts';

/** Bytes of changes that fit into an answer of 64 KB, beside what stands around them. */
export const mostChangeBytes = 62 * 1024;

/** Bytes of rows that do. */
export const mostRowBytes = 63 * 1024;

/** Bytes that an item of a list takes in an answer, where what hides in its texts is made visible. */
export function sizeInAnswer(item: unknown): number {
  return Buffer.byteLength(JSON.stringify(visibleDeep(item))) + 1;
}

/** As many of the first rows as fit into `bytes`. */
export function fitting<T>(rows: readonly T[], bytes: number): readonly T[] {
  let used = 2;
  const end = rows.findIndex((row) => {
    used += sizeInAnswer(row);
    return used > bytes;
  });
  return end === -1 ? rows : rows.slice(0, end);
}
