import { createHash } from 'node:crypto';
import { canonicalJson } from '../contract/index.ts';

/** SHA-256, in hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** Hash of a value's canonical JSON. */
export function hashOf(value: unknown): string {
  return sha256(canonicalJson(value));
}
