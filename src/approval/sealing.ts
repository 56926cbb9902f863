import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { z } from 'zod';

/** A secret that only the holder of the approver's sealing key can open: X25519, HKDF-SHA-256, AES-256-GCM. */
export const sealedBox = z.object({
  /** The sender's one-time public key, SPKI, base64. */
  ephemeral: z.string(),
  iv: z.string(),
  ciphertext: z.string(),
  tag: z.string(),
});
export type SealedBox = z.output<typeof sealedBox>;

/** Whom a secret is sealed to. */
export interface SealingKey {
  readonly keyId: string;
  /** X25519, SPKI, base64. */
  readonly publicKey: string;
}

/** The key of ENTRA_MCP_HANDOFF_KEY, in the audit trail. */
export const handoffKeyId = 'ENTRA_MCP_HANDOFF_KEY';

/** SPKI of the 32 bytes of a public key, as settings hold them. */
export function spkiOf(bytes: string): string {
  const x = Buffer.from(bytes, 'base64').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
  return key.export({ format: 'der', type: 'spki' }).toString('base64');
}

/** The private half of a handoff key out of a PEM file, as PKCS#8 DER; `undefined` where the text is no such key. */
export function handoffPrivateKey(pem: string): Buffer | undefined {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === 'x25519' ? key.export({ format: 'der', type: 'pkcs8' }) : undefined;
  } catch {
    return undefined;
  }
}

/** Seals `secret` to a public key (X25519, SPKI, base64). `context` is bound: it must be the same to open it. */
export function seal(secret: string, publicKey: string, context: string): SealedBox {
  const recipient = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
  const sender = generateKeyPairSync('x25519');
  const ephemeral = sender.publicKey.export({ format: 'der', type: 'spki' });
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', sharedKey(sender.privateKey, recipient, ephemeral), iv);
  cipher.setAAD(Buffer.from(context, 'utf8'));
  const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return {
    ephemeral: ephemeral.toString('base64'),
    iv: iv.toString('base64'),
    ciphertext: ciphertext.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
  };
}

/** Opens what `seal` closed. `privateKey` is PKCS#8 DER. Throws where the key, the box or the context is another. */
export function unseal(box: SealedBox, privateKey: Buffer, context: string): string {
  const ephemeral = Buffer.from(box.ephemeral, 'base64');
  const key = sharedKey(
    createPrivateKey({ key: privateKey, format: 'der', type: 'pkcs8' }),
    createPublicKey({ key: ephemeral, format: 'der', type: 'spki' }),
    ephemeral,
  );
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(box.iv, 'base64'));
  decipher.setAAD(Buffer.from(context, 'utf8'));
  decipher.setAuthTag(Buffer.from(box.tag, 'base64'));
  return Buffer.concat([decipher.update(Buffer.from(box.ciphertext, 'base64')), decipher.final()]).toString('utf8');
}

function sharedKey(privateKey: KeyObject, publicKey: KeyObject, ephemeral: Buffer): Buffer {
  const secret = diffieHellman({ privateKey, publicKey });
  return Buffer.from(hkdfSync('sha256', secret, ephemeral, 'entra-mcp handoff v1', 32));
}
