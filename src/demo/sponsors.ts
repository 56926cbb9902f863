import type { DirectoryObject } from './directory-object.ts';
import type { Groups } from './groups/groups.ts';

/** Who answers for whom: mostly employees for guests. */
export class Sponsors {
  readonly #groups: Groups;
  readonly #sponsors = new Map<string, Set<string>>();

  constructor(groups: Groups) {
    this.#groups = groups;
  }

  /** Ids of the people and groups that sponsor someone. */
  of(personId: string): readonly string[] {
    return [...(this.#sponsors.get(personId) ?? [])];
  }

  add(personId: string, sponsorId: string): void {
    this.#sponsors.set(personId, (this.#sponsors.get(personId) ?? new Set()).add(sponsorId));
  }

  /** Whether it was one. */
  remove(personId: string, sponsorId: string): boolean {
    return this.#sponsors.get(personId)?.delete(sponsorId) ?? false;
  }

  /** Ids of whom someone sponsors, also through a group that they are in. [learn.microsoft.com/graph/api/user-list-sponsorof] */
  sponsoredBy(sponsor: DirectoryObject): string[] {
    const sponsors = [sponsor, ...this.#groups.holding(sponsor)];
    return [...this.#sponsors].filter(([, ids]) => sponsors.some(({ id }) => ids.has(id))).map(([id]) => id);
  }

  forget(id: string): void {
    this.#sponsors.delete(id);
    for (const ids of this.#sponsors.values()) ids.delete(id);
  }
}
