/** A step did not show what it should. */
export class NotShown extends Error {
  override readonly name = 'NotShown';
}

/** Holds the tour to its word: what it says must be what happened. @throws NotShown */
export function mustShow(isShown: boolean, what: string): asserts isShown {
  if (!isShown) throw new NotShown(what);
}
