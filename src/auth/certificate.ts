import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ToolError } from '../contract/index.ts';
import { authRequired } from './failure.ts';

/** What MSAL signs its assertion with. */
export interface ClientCertificate {
  /** PKCS #8 in PEM, without a passphrase. */
  readonly privateKey: string;
  /** SHA-256 over the certificate, in hex; Entra finds the certificate by it (`x5t#S256`). */
  readonly thumbprintSha256: string;
}

const setting = 'AZURE_CLIENT_CERTIFICATE_PATH';

/**
 * Reads key and certificate from one PEM file. With several certificates in it (a chain), the one that fits the key counts.
 * Throws `ToolError` AUTH_REQUIRED that says which part is missing or wrong.
 */
export async function readCertificate(
  path: string,
  passphrase: string | undefined,
  now: number,
): Promise<ClientCertificate> {
  const pem = await read(path);
  const key = privateKeyIn(pem, passphrase);
  const certificate = certificatesIn(pem).find((each) => each.checkPrivateKey(key));
  if (certificate === undefined) throw faulty('its certificate does not belong to its private key', 'pair');
  if (certificate.validToDate.getTime() <= now) throw faulty('its certificate has expired', 'expired');
  if (certificate.validFromDate.getTime() > now) throw faulty('its certificate is not valid yet', 'clock');
  return {
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    thumbprintSha256: certificate.fingerprint256.replaceAll(':', ''),
  };
}

const fixes = {
  path: `Set ${setting} to a PEM file that this user can read.`,
  pem: `Put the private key and the certificate, both in PEM, into one file. From a .pfx: \`openssl pkcs12 -in app.pfx -out app.pem -nodes\`.`,
  passphrase: 'Set AZURE_CLIENT_CERTIFICATE_PASSWORD to the passphrase of the private key.',
  pair: `Put the private key and its own certificate into the file of ${setting}.`,
  expired: 'Make a new certificate, upload it to the app registration, and put it into the file with its key.',
  clock: 'Check the clock of this machine, and the dates of the certificate.',
  rsa: 'Make a certificate with an RSA key of 2048 bits or more.',
} as const;

function faulty(what: string, fix: keyof typeof fixes): ToolError {
  return authRequired(`The file of ${setting} cannot be used: ${what}.`, fixes[fix], { setting });
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw faulty(absent ? 'it does not exist' : 'it cannot be read', 'path');
  }
}

function privateKeyIn(pem: string, passphrase: string | undefined): KeyObject {
  const [block] = /-----BEGIN ((?:[A-Z]+ )?PRIVATE KEY)-----[\s\S]+?-----END \1-----/.exec(pem) ?? [];
  if (block === undefined) throw faulty('it holds no private key', 'pem');
  const key = open(block, passphrase);
  if (key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048) {
    throw faulty('Entra takes RSA keys of 2048 bits or more only', 'rsa');
  }
  return key;
}

function open(block: string, passphrase: string | undefined): KeyObject {
  const locked = block.includes('ENCRYPTED');
  if (locked && passphrase === undefined) throw faulty('its private key has a passphrase', 'passphrase');
  try {
    return createPrivateKey({ key: block, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    if (locked) throw faulty('the passphrase does not open its private key', 'passphrase');
    throw faulty('its private key is damaged', 'pem');
  }
}

function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g);
  if (blocks === null) throw faulty('it holds no certificate', 'pem');
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    throw faulty('its certificate is damaged', 'pem');
  }
}
