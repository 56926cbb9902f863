import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { badRequest } from '../errors.ts';

/** Where a list goes on. */
interface PagePosition {
  /** The last object of the page before. */
  readonly ordinal: number;
  /** The sort key of that object, in an ordered list. */
  readonly key?: string;
  /** Whether the list began as an advanced query: then each page needs the header. */
  readonly advanced: boolean;
  /** Names the list (path and options), so that a token cannot be taken to another. */
  readonly list: string;
}

/** Makes and reads `$skiptoken` values: sealed, so that they say nothing and cannot be guessed. */
export class PageTokens {
  readonly #key: Buffer;

  constructor(tenantId: string) {
    this.#key = createHash('sha256').update(`page token of ${tenantId}`).digest().subarray(0, 16);
  }

  seal(position: PagePosition): string {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-128-gcm', this.#key, iv);
    const sealed = Buffer.concat([cipher.update(JSON.stringify(position)), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** Throws Request_BadRequest for a token that this tenant did not make for this list. */
  open(token: string, list: string): PagePosition {
    const position = this.#unseal(token);
    if (position?.list !== list) throw badRequest('The specified page token value is not valid.');
    return position;
  }

  #unseal(token: string): PagePosition | undefined {
    const bytes = Buffer.from(token, 'base64url');
    if (bytes.length < 30) return undefined;
    try {
      const decipher = createDecipheriv('aes-128-gcm', this.#key, bytes.subarray(0, 12));
      decipher.setAuthTag(bytes.subarray(12, 28));
      return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8'));
    } catch {
      return undefined;
    }
  }
}
