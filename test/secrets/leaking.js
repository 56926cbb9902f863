/**
 * A program that keeps no secret, for the test of the recorder: makes or uses one of each kind, and puts all of them out
 * in every way there is. Run with recorder.js loaded and SECRET_RECORDING set.
 */
import { spawn } from 'node:child_process';
import { createCipheriv, createHmac, createPrivateKey, generateKeyPairSync, randomBytes, scrypt } from 'node:crypto';
import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made = [];
/** A secret that no other is like. */
function secret() {
  made.push(`${randomBytes(12).toString('hex')}"/+ä`);
  return made.at(-1);
}
/** One that can stand in a header. */
function token() {
  made.push(randomBytes(24).toString('base64'));
  return made.at(-1);
}
/** The bytes of a key. */
function key() {
  const bytes = randomBytes(32);
  made.push(bytes.toString('hex'));
  return bytes;
}

// A PIN, a sealing key and what it seals, a signing secret, a private key.
await new Promise((resolve) => scrypt(secret(), 'salt', 16, { N: 2 }, resolve));
createCipheriv('aes-256-gcm', key(), randomBytes(12)).update(secret());
createHmac('sha256', key());
const { privateKey } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
createPrivateKey(privateKey);
made.push(privateKey.split('\n')[1]);

// What a tenant and a login server are sent, and answer. `/api/plans` is what the approval page answers.
const answers = {
  '/login': () => ({ access_token: secret(), refresh_token: secret(), id_token: secret(), device_code: secret() }),
  '/users': () => ({ temporaryAccessPass: secret(), secretText: secret() }),
  '/page': () => ({ next: `?$skiptoken=${encodeURIComponent(token())}`, delta: `?$deltatoken=${token()}` }),
  '/api/plans': () => made,
};
const server = createServer((request, response) => {
  const [, answer] = Object.entries(answers).find(([path]) => request.url.startsWith(path)) ?? [];
  response.end(JSON.stringify(answer()));
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const url = `http://127.0.0.1:${server.address().port}`;
/** Sends a body to the server, and reads all that it answers. */
async function post(path, body, headers = {}) {
  await (await fetch(`${url}${path}`, { method: 'POST', body, headers })).text();
}
const form = ['client_secret', 'client_assertion', 'code_verifier', 'assertion', 'code'].map((name) => [
  name,
  secret(),
]);
await post('/login', new URLSearchParams(form).toString());
await post('/users', JSON.stringify({ passwordProfile: { password: secret() }, clientState: secret() }));
await post('/page', '', { authorization: `Bearer ${token()}` });

// Settings of a child; and all of the secrets in what it writes.
const names = [
  'AZURE_CLIENT_SECRET',
  'AZURE_CLIENT_CERTIFICATE_PASSWORD',
  'ENTRA_MCP_NOTIFY_URL',
  'ENTRA_MCP_SYNC_SECRET',
];
const env = Object.fromEntries(names.map((name) => [name, secret()]));
const says = (name) => `process.${name}.write(process.env.SAID)`;
for (const name of ['stdout', 'stderr']) {
  const child = spawn(process.execPath, ['-e', says(name)], { env: { ...env, SAID: JSON.stringify(made) } });
  for (const stream of [child.stdout, child.stderr]) stream.resume();
  await once(child, 'close');
}

// Every encoding in one kind of output, and all of the secrets in every other.
for (const where of ['answer', 'log', 'command', 'error'])
  channel('entra-mcp:output').publish({ where, text: made.join(' ') });
await post('/api/plans', '');
const folder = mkdtempSync(join(tmpdir(), 'entra-mcp-leaking-'));
for (const name of ['state.db', 'state.db-wal', 'directory.db', 'trail.ndjson'])
  writeFileSync(join(folder, name), made.join(' '));
rmSync(folder, { recursive: true });
server.close();
