import type { DirectoryChange } from '../contract/index.ts';
import { mostChangeBytes, sizeInAnswer } from './answer-size.ts';

/** A page of the feed while it is filled. One change always fits. */
export class FeedPage {
  readonly items: DirectoryChange[] = [];
  readonly #limit: number;
  #bytes = 0;
  #isCut = false;

  /** @param limit changes at most */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many more could come. */
  get room(): number {
    return this.#limit - this.items.length;
  }

  /** Ended by its size, before its limit. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** False where it does not fit: the page is full then. */
  add(change: DirectoryChange): boolean {
    if (this.room <= 0) return false;
    const bytes = sizeInAnswer(change);
    this.#isCut = this.items.length > 0 && this.#bytes + bytes > mostChangeBytes;
    if (this.#isCut) return false;
    this.items.push(change);
    this.#bytes += bytes;
    return true;
  }
}
