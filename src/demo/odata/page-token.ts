import { z } from 'zod';
import { badRequest } from '../errors.ts';
import { Seal } from './seal.ts';

const position = z.object({
  /** The last object of the page before. */
  ordinal: z.number(),
  /** The sort key of that object, in an ordered list. */
  key: z.string().exactOptional(),
  /** Whether the list began as an advanced query: then each page needs the header. */
  advanced: z.boolean(),
  /** Names the list (path and options), so that a token cannot be taken to another. */
  list: z.string(),
});

/** Where a list goes on. */
type PagePosition = Readonly<z.infer<typeof position>>;

/** Makes and reads the `$skiptoken` values of lists. */
export class PageTokens {
  readonly #seal: Seal;

  constructor(tenantId: string) {
    this.#seal = new Seal(`page token of ${tenantId}`);
  }

  seal(at: PagePosition): string {
    return this.#seal.close(at);
  }

  /** Throws Request_BadRequest for a token that this tenant did not make for this list. */
  open(token: string, list: string): PagePosition {
    const opened = position.safeParse(this.#seal.open(token));
    if (opened.data?.list !== list) throw badRequest('The specified page token value is not valid.');
    return opened.data;
  }
}
