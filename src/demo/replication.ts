/**
 * What was just written and does not show yet: other parts of the directory hear of it later (GRAPH.md B20).
 * Only the write that made it, and checks that a name is free, see it at once.
 */
export class Replication {
  readonly #delayMs: number;
  readonly #now: () => number;
  /** By place, when it shows. */
  readonly #shownAt = new Map<number, number>();

  constructor(delayMs: number, now: () => number) {
    if (!(delayMs >= 0)) throw new RangeError('replicationDelayMs must be 0 or more');
    this.#delayMs = delayMs;
    this.#now = now;
  }

  begin(ordinal: number): void {
    if (this.#delayMs > 0) this.#shownAt.set(ordinal, this.#now() + this.#delayMs);
  }

  hides(ordinal: number): boolean {
    const shownAt = this.#shownAt.get(ordinal);
    if (shownAt === undefined) return false;
    if (this.#now() < shownAt) return true;
    this.#shownAt.delete(ordinal);
    return false;
  }

  /** How many are hidden now. */
  get hidden(): number {
    for (const ordinal of [...this.#shownAt.keys()]) this.hides(ordinal);
    return this.#shownAt.size;
  }
}
