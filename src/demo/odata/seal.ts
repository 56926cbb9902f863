import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** Makes tokens that say nothing and cannot be guessed, and reads them again. Each purpose has its own key. */
export class Seal {
  readonly #key: Buffer;

  constructor(purpose: string) {
    this.#key = createHash('sha256').update(purpose).digest().subarray(0, 16);
  }

  close(value: unknown): string {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-128-gcm', this.#key, iv);
    const sealed = Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** undefined for what this seal did not close. */
  open(token: string): unknown {
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
