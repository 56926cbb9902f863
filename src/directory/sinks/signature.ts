import { createHmac } from 'node:crypto';

/** Names of the headers that a delivery carries beside its body. */
export const signatureHeader = 'entra-mcp-signature';
export const deliveryHeader = 'entra-mcp-delivery';

/** Proves who sent a body, and when: `t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`. docs/sync.md has the other side. */
export function signatureOf(body: string, secret: string, now: number): string {
  const seconds = Math.floor(now / 1000);
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}
