/** What changed about one object in one write. */
interface Entry {
  readonly sequence: number;
  readonly kind: 'user' | 'group';
  readonly id: string;
  readonly ordinal: number;
  /** Names of the properties; undefined: the object as a whole is new, or gone. */
  readonly properties: readonly string[] | undefined;
  /** Who came into the relation that is followed (members of a group, the manager of a user), and who left it. */
  readonly related: readonly Related[];
}

export interface Related {
  readonly id: string;
  /** The OData type without `#`. */
  readonly type: string;
  readonly removed: boolean;
}

/** Everything that happened to one object in a stretch of the feed. */
export interface ObjectChange {
  readonly id: string;
  readonly ordinal: number;
  /** Place of the latest entry. */
  readonly sequence: number;
  /** undefined: all of them. */
  readonly properties: ReadonlySet<string> | undefined;
  readonly related: readonly Related[];
}

const longest = 500_000;

/** Every change to users and groups in the order in which it was made: what delta queries are answered from. */
export class Feed {
  readonly #entries: Entry[] = [];
  #dropped = 0;
  #merged: { readonly key: string; readonly changes: readonly ObjectChange[] } | undefined;

  /** Place of the latest entry; 0 where nothing happened yet. */
  get latest(): number {
    return this.#dropped + this.#entries.length;
  }

  /** Whether everything after the place is still known. */
  reaches(since: number): boolean {
    return since >= this.#dropped && since <= this.latest;
  }

  note(
    kind: Entry['kind'],
    { id, ordinal }: { readonly id: string; readonly ordinal: number },
    properties: readonly string[] | undefined,
    related: readonly Related[] = [],
  ): void {
    this.#entries.push({ sequence: this.latest + 1, kind, id, ordinal, properties, related });
    if (this.#entries.length <= longest) return;
    const half = longest / 2;
    this.#entries.splice(0, half);
    this.#dropped += half;
  }

  /** The place before the first entry after `since` that the test holds for; the latest one where it holds for none. */
  before(since: number, holds: (ordinal: number) => boolean): number {
    for (let index = Math.max(0, since - this.#dropped); index < this.#entries.length; index += 1) {
      const entry = this.#entries[index];
      if (entry !== undefined && holds(entry.ordinal)) return entry.sequence - 1;
    }
    return this.latest;
  }

  /** What happened after `since`, up to and with `until`: each object once, in the order of their latest changes. */
  changes(kind: Entry['kind'], since: number, until: number): readonly ObjectChange[] {
    const key = `${kind} ${since} ${until}`;
    if (this.#merged?.key !== key) this.#merged = { key, changes: this.#merge(kind, since, until) };
    return this.#merged.changes;
  }

  #merge(kind: Entry['kind'], since: number, until: number): ObjectChange[] {
    const found = new Map<number, ObjectChange>();
    for (const entry of this.#entries.slice(since - this.#dropped, until - this.#dropped)) {
      if (entry.kind !== kind) continue;
      const before = found.get(entry.ordinal);
      const whole = entry.properties === undefined || (before !== undefined && before.properties === undefined);
      const related = new Map([...(before?.related ?? []), ...entry.related].map((other) => [other.id, other]));
      // Entered again at the end: a later change moves an object back.
      found.delete(entry.ordinal);
      found.set(entry.ordinal, {
        id: entry.id,
        ordinal: entry.ordinal,
        sequence: entry.sequence,
        properties: whole ? undefined : new Set([...(before?.properties ?? []), ...(entry.properties ?? [])]),
        related: [...related.values()],
      });
    }
    return [...found.values()];
  }
}
