import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCertificate } from '../../src/auth/certificate.ts';
import { clientCertificate, type Issued } from '../fixtures/private-ca.ts';
import { errorOf } from './setting.ts';

const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
let plain: Issued;
let locked: Issued;
let other: Issued;

beforeAll(async () => {
  [plain, locked, other] = await Promise.all([
    clientCertificate(),
    clientCertificate({ passphrase: 'correct horse' }),
    clientCertificate(),
  ]);
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(...parts: string[]): string {
  const path = join(folder, `${crypto.randomUUID()}.pem`);
  writeFileSync(path, parts.join('\n'));
  return path;
}

function read(path: string, passphrase?: string, now = Date.now()) {
  return readCertificate(path, passphrase, now);
}

describe('a PEM file', () => {
  it('gives the key and the SHA-256 thumbprint of its certificate', async () => {
    const read1 = await read(file(plain.key, plain.cert));
    expect(read1.thumbprintSha256).toBe(new X509Certificate(plain.cert).fingerprint256.replaceAll(':', ''));
    expect(read1.privateKey).toContain('BEGIN PRIVATE KEY');
    expect(await read(file(plain.cert, plain.key))).toEqual(read1);
  });

  it('may hold a chain: the certificate of the key counts', async () => {
    const { thumbprintSha256 } = await read(file(other.cert, plain.cert, plain.key));
    expect(thumbprintSha256).toBe(new X509Certificate(plain.cert).fingerprint256.replaceAll(':', ''));
  });

  it('may have a passphrase', async () => {
    const { privateKey } = await read(file(locked.key, locked.cert), 'correct horse');
    expect(privateKey).not.toContain('ENCRYPTED');
  });

  it('may hold the older forms of a key, locked or not', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const old = privateKey.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'p' }).toString();
    expect(old).toContain('Proc-Type: 4,ENCRYPTED');
    expect((await errorOf(read(file(old, plain.cert)))).message).toContain('has a passphrase');
    expect((await errorOf(read(file(old, plain.cert), 'p'))).message).toContain('does not belong');
  });
});

describe('a file that cannot be used is named by its fault', () => {
  const day = 86_400_000;
  it.each([
    ['it does not exist', () => join(folder, 'none.pem'), undefined],
    ['it cannot be read', () => folder, undefined],
    ['it holds no private key', () => file(plain.cert), undefined],
    ['it holds no private key', () => file('\u0030\u0082binary pfx'), undefined],
    ['it holds no certificate', () => file(plain.key), undefined],
    ['its private key has a passphrase', () => file(locked.key, locked.cert), undefined],
    ['the passphrase does not open its private key', () => file(locked.key, locked.cert), 'wrong horse'],
    ['its certificate does not belong to its private key', () => file(plain.key, other.cert), undefined],
    ['its private key is damaged', () => file(plain.key.replace(/\n.{20}/, '\n'), plain.cert), undefined],
    ['its certificate is damaged', () => file(plain.key, plain.cert.replace(/\n.{20}/, '\n')), undefined],
  ])('%s', async (what, path, passphrase) => {
    const error = await errorOf(read(path(), passphrase));
    expect(error).toMatchObject({ code: 'AUTH_REQUIRED', detail: { setting: 'AZURE_CLIENT_CERTIFICATE_PATH' } });
    expect(error.message).toContain(what);
    expect(error.cause).toBeUndefined();
  });

  it('it has expired, or is not valid yet', async () => {
    const path = file(plain.key, plain.cert);
    expect((await errorOf(read(path, undefined, Date.now() + 31 * day))).message).toContain('has expired');
    expect((await errorOf(read(path, undefined, Date.now() - 2 * day))).fix).toContain('clock');
  });

  it('its key is not RSA', async () => {
    const { key, cert } = await clientCertificate({ ec: true });
    expect((await errorOf(read(file(key, cert)))).message).toContain('RSA keys of 2048 bits');
  });
});
