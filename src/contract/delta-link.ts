/**
 * A `@odata.nextLink` or `@odata.deltaLink` of a delta query. Its token is a secret: whoever prints the link, or writes it
 * as JSON, gets a placeholder.
 */
export class DeltaLink {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** The link itself: to be sent to Graph, or kept in the mirror. */
  reveal(): string {
    return this.#url;
  }

  toString(): string {
    return '[delta link]';
  }

  toJSON(): string {
    return this.toString();
  }
}
