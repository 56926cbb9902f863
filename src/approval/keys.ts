import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  scrypt,
  sign,
  verify,
} from 'node:crypto';
import { z } from 'zod';
import { ToolError } from '../contract/index.ts';
import { sha256 } from './canonical.ts';

const wrapped = z.object({ publicKey: z.string(), iv: z.string(), ciphertext: z.string(), tag: z.string() });

/**
 * An approver's keys as they lie on disk: Ed25519 signs approvals, X25519 opens handoffs. The private halves are
 * encrypted with a key that scrypt derives from the PIN; the PIN itself is kept nowhere.
 */
export const approverKeys = z.object({
  version: z.literal(1),
  keyId: z.string(),
  kdf: z.object({ salt: z.string(), n: z.number(), r: z.number(), p: z.number() }),
  signing: wrapped,
  sealing: wrapped,
});
export type ApproverKeys = z.output<typeof approverKeys>;

/** The private halves, for the moment in which a human uses them. PKCS#8 DER. */
export interface UnlockedKeys {
  readonly keyId: string;
  readonly signing: Buffer;
  readonly sealing: Buffer;
}

/** scrypt at N = 2^17 takes about a third of a second and 128 MB. */
const kdfCost: KdfCost = { n: 2 ** 17, r: 8, p: 1 };

interface KdfCost {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

/** Makes an approver's keys under a PIN. Only tests take another cost. */
export async function createKeys(pin: string, cost: KdfCost = kdfCost): Promise<ApproverKeys> {
  const signing = generateKeyPairSync('ed25519');
  const sealing = generateKeyPairSync('x25519');
  const pairs = [signing, sealing].map((pair) => ({
    publicKey: pair.publicKey.export({ format: 'der', type: 'spki' }),
    privateKey: pair.privateKey.export({ format: 'der', type: 'pkcs8' }),
  }));
  const [signer, sealer] = pairs;
  if (signer === undefined || sealer === undefined) throw new Error('Key generation failed');
  return wrapKeys(pin, signer, sealer, cost);
}

interface KeyPair {
  readonly publicKey: Buffer;
  readonly privateKey: Buffer;
}

async function wrapKeys(pin: string, signing: KeyPair, sealing: KeyPair, cost = kdfCost): Promise<ApproverKeys> {
  const salt = randomBytes(16);
  const kdf = { salt: salt.toString('base64'), ...cost };
  const key = await deriveKey(pin, kdf);
  return {
    version: 1,
    keyId: sha256(signing.publicKey.toString('base64')).slice(0, 16),
    kdf,
    signing: wrap(signing, key),
    sealing: wrap(sealing, key),
  };
}

/** The same keys under another PIN. @throws ToolError NOT_PERMITTED for a wrong old PIN. */
export async function changePin(keys: ApproverKeys, oldPin: string, newPin: string): Promise<ApproverKeys> {
  const open = await unlock(keys, oldPin);
  const publicHalf = (of: { publicKey: string }) => Buffer.from(of.publicKey, 'base64');
  return wrapKeys(
    newPin,
    { publicKey: publicHalf(keys.signing), privateKey: open.signing },
    { publicKey: publicHalf(keys.sealing), privateKey: open.sealing },
  );
}

/** Opens the private halves. @throws ToolError NOT_PERMITTED for a wrong PIN. */
export async function unlock(keys: ApproverKeys, pin: string): Promise<UnlockedKeys> {
  const key = await deriveKey(pin, keys.kdf);
  try {
    return { keyId: keys.keyId, signing: unwrap(keys.signing, key), sealing: unwrap(keys.sealing, key) };
  } catch {
    throw new ToolError('NOT_PERMITTED', {
      message: 'Wrong approver PIN.',
      fix: 'Try again. If the PIN is lost, the owner of the state folder can reset it: entra-mcp approver set-pin --reset.',
    });
  }
}

/** Ed25519 signature over a text, base64. */
export function signText(text: string, keys: UnlockedKeys): string {
  const key = createPrivateKey({ key: keys.signing, format: 'der', type: 'pkcs8' });
  return sign(null, Buffer.from(text, 'utf8'), key).toString('base64');
}

/** True where the approver of these keys signed exactly this text. */
export function verifyText(text: string, signature: string, keys: Pick<ApproverKeys, 'signing'>): boolean {
  const key = createPublicKey({ key: Buffer.from(keys.signing.publicKey, 'base64'), format: 'der', type: 'spki' });
  return verify(null, Buffer.from(text, 'utf8'), key, Buffer.from(signature, 'base64'));
}

function deriveKey(pin: string, kdf: ApproverKeys['kdf']): Promise<Buffer> {
  const cost = { N: kdf.n, r: kdf.r, p: kdf.p, maxmem: 256 * kdf.n * kdf.r };
  return new Promise((resolve, reject) => {
    scrypt(pin.normalize('NFKC'), Buffer.from(kdf.salt, 'base64'), 32, cost, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

function wrap(pair: KeyPair, key: Buffer): z.output<typeof wrapped> {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  // The public half is bound, so that nobody can pair it with another private half.
  cipher.setAAD(pair.publicKey);
  const ciphertext = Buffer.concat([cipher.update(pair.privateKey), cipher.final()]);
  return {
    publicKey: pair.publicKey.toString('base64'),
    iv: iv.toString('base64'),
    ciphertext: ciphertext.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
  };
}

function unwrap(from: z.output<typeof wrapped>, key: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(from.iv, 'base64'));
  decipher.setAAD(Buffer.from(from.publicKey, 'base64'));
  decipher.setAuthTag(Buffer.from(from.tag, 'base64'));
  return Buffer.concat([decipher.update(Buffer.from(from.ciphertext, 'base64')), decipher.final()]);
}
