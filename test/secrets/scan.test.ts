import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { judge, newRecording } from './recording.ts';
import { formsOf, scan } from './scan.ts';

// What finds nothing is worth nothing unless it would have found something.

let folder: string;
beforeEach(() => {
  folder = newRecording();
});
afterEach(() => rmSync(folder, { recursive: true }));

const secret = Buffer.from('pass "word" / ünlike + any\n');

function record(kind: string, value: Buffer, text: string | Buffer, where = 'log'): void {
  writeFileSync(join(folder, 'secrets', '1'), `${JSON.stringify([kind, value.toString('base64')])}\n`);
  writeFileSync(join(folder, 'outputs', '1'), text);
  writeFileSync(join(folder, 'outputs', '1.from'), JSON.stringify({ where, from: 'a.test.ts > a test' }));
}

describe('a secret is found', () => {
  test.each<[string, (text: Buffer) => string | Buffer]>([
    ['as it is', (bytes) => bytes],
    ['in base64', (bytes) => bytes.toString('base64')],
    ['in base64, after one byte more', (bytes) => Buffer.concat([Buffer.from(':'), bytes]).toString('base64')],
    ['in base64, after two', (bytes) => Buffer.concat([Buffer.from('a:'), bytes]).toString('base64')],
    ['in base64url', (bytes) => Buffer.concat([Buffer.from('a:'), bytes]).toString('base64url')],
    ['in hex', (bytes) => bytes.toString('hex')],
    ['in HEX', (bytes) => bytes.toString('hex').toUpperCase()],
    ['in a URL', (bytes) => encodeURIComponent(bytes.toString())],
    ['in a form', (bytes) => new URLSearchParams({ a: bytes.toString() }).toString()],
    ['in JSON', (bytes) => JSON.stringify(bytes.toString())],
    ['in JSON in JSON', (bytes) => JSON.stringify({ body: JSON.stringify({ it: bytes.toString() }) })],
  ])('%s', (_, write) => {
    const encoded = Buffer.from(write(secret));
    record('password', secret, Buffer.concat([randomBytes(1000), encoded, Buffer.from('\n')]));
    expect(scan(folder).leaks.map(({ kind }) => kind)).toContain('password');
    record('password', secret, Buffer.concat([randomBytes(1000), encoded.subarray(encoded.length / 2)]));
    expect(scan(folder).leaks).toEqual([]);
  });
});

test('the failure names the kind, the place and the test, and not the secret', () => {
  record('password', secret, `before ${secret} after`);
  let said = '';
  try {
    judge(folder);
  } catch (error) {
    said = String(error);
  }
  expect(said).toMatch(/password \(plain\) in log\s+of a\.test\.ts > a test/);
  for (const form of formsOf(secret).values()) expect(said).not.toContain(form.toString());
});

test('what is short, or one character again and again, is not looked for; a token of the mirror not in the mirror', () => {
  record('PIN', Buffer.from('demo'), 'serve --demo');
  expect(scan(folder).leaks).toEqual([]);
  record('code_verifier', Buffer.alloc(43, 'a'), 'a'.repeat(99));
  expect(scan(folder).leaks).toEqual([]);
  record('deltatoken', secret, secret, 'file directory.db');
  expect(scan(folder).leaks).toEqual([]);
  record('deltatoken', secret, secret, 'file state.db');
  expect(scan(folder).leaks).toHaveLength(1);
});

test('every kind of secret is seen where it is made or used, and found in every kind of output', async () => {
  const here = import.meta.dirname;
  const env = { PATH: process.env['PATH'], SECRET_RECORDING: folder };
  const args = [`--import=${join(here, 'recorder.js')}`, join(here, 'leaking.js')];
  await promisify(execFile)(process.execPath, args, { env });
  const found = new Map<string, string[]>();
  for (const { where, kind } of scan(folder).leaks) {
    const place = where.replace(/ of .*/s, '');
    found.set(place, [...new Set([...(found.get(place) ?? []), kind])].sort());
  }
  const everywhere = [
    'AZURE_CLIENT_CERTIFICATE_PASSWORD',
    'AZURE_CLIENT_SECRET',
    'ENTRA_MCP_NOTIFY_URL',
    'ENTRA_MCP_SYNC_SECRET',
    'PIN',
    'access_token',
    'assertion',
    'bearer token',
    'clientState',
    'client_assertion',
    'client_secret',
    'code',
    'code_verifier',
    'deltatoken',
    'device_code',
    'id_token',
    'password',
    'private key',
    'refresh_token',
    'sealed secret',
    'sealing key',
    'secretText',
    'signing secret',
    'skiptoken',
    'temporaryAccessPass',
  ];
  const places = ['stdout', 'stderr', 'answer', 'log', 'command', 'error', 'page'];
  const without = (kinds: RegExp) => everywhere.filter((kind) => !kinds.test(kind));
  expect(Object.fromEntries(found)).toEqual({
    ...Object.fromEntries([...places, 'file trail.ndjson'].map((place) => [place, everywhere])),
    // Evidence of a sign-in.
    'file state.db': without(/^id_token$/),
    'file state.db-wal': without(/^id_token$/),
    'file directory.db': without(/^(?:delta|skip)token$/),
  });
});
