import type { DirectoryChange } from '../contract/index.ts';

/** Bytes of JSON that a page may have. */
const mostBytes = 64 * 1024;

/** A page of the feed while it is filled. One change always fits. */
export class FeedPage {
  readonly items: DirectoryChange[] = [];
  readonly #limit: number;
  #bytes = 0;

  /** @param limit changes at most */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many more could come. */
  get room(): number {
    return this.#limit - this.items.length;
  }

  /** False where it does not fit: the page is full then. */
  add(change: DirectoryChange): boolean {
    const bytes = Buffer.byteLength(JSON.stringify(change)) + 1;
    if (this.room <= 0 || (this.items.length > 0 && this.#bytes + bytes > mostBytes)) return false;
    this.items.push(change);
    this.#bytes += bytes;
    return true;
  }
}
