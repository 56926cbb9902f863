/** A place in the feed of a mirror, as callers hold it: good for as long as the mirror lives. */
export function changeCursor(mirrorId: string, sequence: number): string {
  return `c1.${mirrorId}.${sequence}`;
}
