import type { Random } from '../contract/index.ts';

/** A version 4 UUID. [RFC 9562, 5.4] */
export function uuid(random: Random): string {
  const hex = Buffer.from(random.bytes(16)).toString('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
