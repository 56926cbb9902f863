import { randomBytes } from 'node:crypto';

/** Puts text of the tenant between markers with a nonce that nobody could have written into it beforehand. */
export function fenced(text: string): string {
  let nonce = randomBytes(8).toString('hex');
  while (text.includes(nonce)) nonce = randomBytes(8).toString('hex');
  return `<<tenant-data ${nonce}>>\n${text}\n<<end ${nonce}>>`;
}
