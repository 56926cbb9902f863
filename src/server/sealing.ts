import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { canonicalJson } from '../contract/canonical.ts';

/** Text that a client carries for us and can neither read nor change: compressed, AES-256-GCM, base64url. */
export interface Seal {
  /** `binding` is not carried: it must be the same value again for `open` to succeed. */
  close(payload: unknown, binding: unknown): string;
  /** The payload, or undefined for anything that this seal did not close under the same binding. */
  open(sealed: string, binding: unknown): unknown;
}

const nonceLength = 12;
const tagLength = 16;

/** Makes a seal for one purpose, so that what was sealed for another does not open. `key`: 32 random bytes. */
export function sealOf(key: Uint8Array, purpose: string): Seal {
  const own = new Uint8Array(hkdfSync('sha256', key, '', `entra-mcp ${purpose}`, 32));
  return {
    close(payload, binding) {
      const nonce = randomBytes(nonceLength);
      const cipher = createCipheriv('aes-256-gcm', own, nonce);
      cipher.setAAD(digestOf(binding));
      const text = Buffer.concat([
        cipher.update(deflateRawSync(JSON.stringify(payload), { memLevel: 4, windowBits: 12 })),
        cipher.final(),
      ]);
      return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url');
    },
    open(sealed, binding) {
      const bytes = Buffer.from(sealed, 'base64url');
      // base64url ignores characters that are not its own: only the text that we wrote is ours.
      if (bytes.length < nonceLength + tagLength || bytes.toString('base64url') !== sealed) return undefined;
      const cipher = createDecipheriv('aes-256-gcm', own, bytes.subarray(0, nonceLength));
      cipher.setAAD(digestOf(binding));
      cipher.setAuthTag(bytes.subarray(nonceLength, nonceLength + tagLength));
      try {
        const text = Buffer.concat([cipher.update(bytes.subarray(nonceLength + tagLength)), cipher.final()]);
        return JSON.parse(inflateRawSync(text).toString('utf8'));
      } catch {
        return undefined;
      }
    },
  };
}

function digestOf(binding: unknown): Buffer {
  return createHash('sha256').update(canonicalJson(binding), 'utf8').digest();
}
