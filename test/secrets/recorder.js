/**
 * Writes down every secret that this process makes, uses or is given, and everything that it puts out, in the folder that
 * SECRET_RECORDING names; scan.ts looks for the first in the second when the run ends. Nothing of the product takes part:
 * secrets and outputs are taken where they pass Node itself. Loaded into every test worker and every Node that a test
 * starts, as test/contract/recorder.js is, and JavaScript for the same reason.
 */
import childProcess from 'node:child_process';
import crypto from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import fs from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { followChildren } from '../followed-children.js';

const folder = process.env.SECRET_RECORDING ?? '';
const own = `${process.pid}-${threadId}`;
const { appendFileSync, copyFileSync, readFileSync, readdirSync, writeFileSync } = fs;

const known = new Set();

/** @param {string} kind what the secret is; @param {unknown} value text or bytes */
function secret(kind, value) {
  if (typeof value !== 'string' && !ArrayBuffer.isView(value)) return;
  const bytes = Buffer.from(value).toString('base64');
  if (bytes === '' || known.has(bytes)) return;
  known.add(bytes);
  appendFileSync(join(folder, 'secrets', own), `${JSON.stringify([kind, bytes])}\n`);
}

const streams = new Map();

/** The file of a new output; `where` says what it is. */
function opened(where) {
  const file = join(folder, 'outputs', `${own}-${streams.size}`);
  const from = process.env.SECRET_RECORDING_FROM ?? '';
  streams.set(file, where);
  writeFileSync(`${file}.from`, JSON.stringify({ where, from }));
  return file;
}

/** One file for each kind of output of each test. */
function output(where, text) {
  const key = `${process.env.SECRET_RECORDING_FROM} ${where}`;
  if (!streams.has(key)) streams.set(key, opened(where));
  appendFileSync(streams.get(key), `${text}\n`);
}

// ---- Secrets

/** Fields whose values are secrets, in requests and answers, as JSON or as a form. */
const fields =
  'access_token|refresh_token|id_token|client_secret|client_assertion|code_verifier|device_code|assertion|password|temporaryAccessPass|secretText|clientState|pin';
const inJson = new RegExp(`"(${fields})"\\s*:\\s*("(?:[^"\\\\]|\\\\.)*")`, 'g');
// An authorization code alone: Graph's errors have a code too, in JSON.
const inForm = new RegExp(`(?:^|[?&])(${fields}|code)=([^&\\s"]+)`, 'g');
const inLinks = /\$(skiptoken|deltatoken)(?:=|%3[dD])([^&"\\\s]+)/g;

/** @param {unknown} body a request's or an answer's, or a part of one */
function secretsIn(body) {
  const text = textOf(body);
  for (const [, kind, value] of text.matchAll(inJson)) secret(kind, JSON.parse(value));
  for (const [, kind, value] of text.matchAll(inForm)) secret(kind, decodeURIComponent(value.replaceAll('+', ' ')));
}

/** A token of a list or a sync is one only if a tenant gave it. */
function tokensIn(body) {
  for (const [, kind, value] of textOf(body).matchAll(inLinks)) secret(kind, decodeURIComponent(value));
}

/** @param {unknown} body text or bytes */
function textOf(body) {
  return ArrayBuffer.isView(body) ? Buffer.from(body).toString('utf8') : String(body);
}

/** @param {unknown} value of an Authorization header */
function bearer(value) {
  const [, token] = /^Bearer (.+)$/i.exec(String(value)) ?? [];
  if (token !== undefined) secret('bearer token', token);
}

function watchRequests() {
  subscribe('undici:request:create', ({ request: { path, headers, body } }) => {
    for (const part of Array.isArray(headers) ? headers : String(headers).split(/: |\r\n/)) bearer(part);
    secretsIn(path);
    if (typeof body === 'string' || ArrayBuffer.isView(body)) secretsIn(body);
  });
  subscribe('undici:request:bodyChunkSent', ({ chunk }) => secretsIn(chunk));
  subscribe('undici:request:bodyChunkReceived', ({ chunk }) => {
    secretsIn(chunk);
    tokensIn(chunk);
  });
  subscribe('http.server.request.start', ({ request: { headers, url } }) => {
    bearer(headers.authorization);
    secretsIn(url);
  });
  subscribe('entra-mcp:fake-graph', ({ text }) => secretsIn(text ?? ''));
  subscribe('entra-mcp:sent', ({ text }) => secretsIn(text));
}

/** The lines of a private key in PEM. */
function privateKey(text) {
  const [, lines = ''] = /PRIVATE KEY-----([^-]+)-----END/.exec(String(text)) ?? [];
  for (const line of lines.split(/\s+/)) secret('private key', line);
}

/** PINs meet scrypt, passwords and keys AES-256-GCM, signing secrets an HMAC. */
function watchCryptography() {
  const { scrypt, createCipheriv, createDecipheriv, createHmac, createPrivateKey, hkdfSync } = crypto;
  crypto.scrypt = (pin, ...rest) => {
    secret('PIN', pin);
    return scrypt(pin, ...rest);
  };
  crypto.createCipheriv = (algorithm, key, ...rest) => {
    const cipher = createCipheriv(algorithm, key, ...rest);
    if (algorithm !== 'aes-256-gcm') return cipher;
    secret('sealing key', key);
    const update = cipher.update.bind(cipher);
    cipher.update = (text, ...more) => {
      secret('sealed secret', text);
      return update(text, ...more);
    };
    return cipher;
  };
  crypto.createDecipheriv = (algorithm, key, ...rest) => {
    const decipher = createDecipheriv(algorithm, key, ...rest);
    if (algorithm !== 'aes-256-gcm') return decipher;
    secret('sealing key', key);
    const update = decipher.update.bind(decipher);
    decipher.update = (...sealed) => {
      const text = update(...sealed);
      secret('sealed secret', text);
      return text;
    };
    return decipher;
  };
  crypto.createHmac = (algorithm, key, ...rest) => {
    secret('signing secret', key);
    return createHmac(algorithm, key, ...rest);
  };
  crypto.createPrivateKey = (from) => {
    privateKey(from?.key ?? from);
    secret('passphrase', from?.passphrase);
    return createPrivateKey(from);
  };
  crypto.hkdfSync = (digest, key, ...rest) => {
    secret('sealing key', key);
    return hkdfSync(digest, key, ...rest);
  };
}

/** Settings that are secrets, and those that name a file with one. */
const secretSettings = [
  'AZURE_CLIENT_SECRET',
  'AZURE_CLIENT_CERTIFICATE_PASSWORD',
  'ENTRA_MCP_NOTIFY_URL',
  'ENTRA_MCP_DATABASE_URL',
  'ENTRA_MCP_SYNC_SECRET',
  'IDENTITY_HEADER',
];

/** @param {Readonly<Record<string, string | undefined>>} env */
function settingsOf(env) {
  // `${user_config.x}` is what a host leaves of a setting that nobody filled in.
  for (const name of secretSettings) if (!env[name]?.startsWith('${')) secret(name, env[name]);
  const read = (file) =>
    file !== undefined && fs.statSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file) : '';
  secret('federated token', String(read(env.AZURE_FEDERATED_TOKEN_FILE)).trim());
  privateKey(read(env.AZURE_CLIENT_CERTIFICATE_PATH));
}

// ---- Outputs

/** What a process writes: MCP messages, logs, and the words of commands. What `reveal` prints is for a person alone. */
function watchProcesses() {
  const { spawn } = childProcess;
  childProcess.spawn = (command, args, options) => {
    const child = spawn(command, args, options);
    const words = Array.isArray(args) ? args : [];
    settingsOf(options?.env ?? {});
    for (const name of ['stdout', 'stderr']) {
      const stream = child[name];
      if (!stream || words.includes('reveal')) continue;
      let file;
      const { push } = stream;
      stream.push = (chunk, ...rest) => {
        if (chunk)
          file ??= opened(
            `${name} of ${words
              .slice(0, 4)
              .map((word) => basename(String(word)))
              .join(' ')}`,
          );
        if (chunk) appendFileSync(file, chunk);
        return push.call(stream, chunk, ...rest);
      };
    }
    return child;
  };
}

/** Files that the product writes, taken as they are when their folder is removed: databases, trails, feeds, keys. */
const written = /\.(?:db|db-wal|ndjson|jsonl|json|log)$/;

function watchFolders() {
  const { rmSync } = fs;
  const { rm } = fs.promises;
  fs.rmSync = (path, ...rest) => {
    keepFiles(String(path));
    return rmSync(path, ...rest);
  };
  fs.promises.rm = (path, ...rest) => {
    keepFiles(String(path));
    return rm(path, ...rest);
  };
}

function keepFiles(path) {
  if (!path.startsWith(tmpdir()) || path.startsWith(folder)) return;
  if (fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (entry.isDirectory() && entry.name !== 'package' && entry.name !== 'node_modules') keepFiles(inner);
    if (entry.isFile() && written.test(entry.name)) copyFileSync(inner, opened(`file ${entry.name}`));
  }
}

/** What the approval page answers, but for a session's own token and a password that a person opens. */
function watchPage() {
  const { ServerResponse } = http;
  const { end } = ServerResponse.prototype;
  ServerResponse.prototype.end = function (chunk, ...rest) {
    const [path = ''] = String(this.req?.url).split('?');
    const isPage = path === '/' || path.startsWith('/api/');
    const isOwn = path === '/api/session' || path.startsWith('/api/handoffs/') || path.startsWith('/api/sign-in');
    if (isPage && !isOwn && (typeof chunk === 'string' || ArrayBuffer.isView(chunk))) output('page', String(chunk));
    return end.call(this, chunk, ...rest);
  };
}

if (folder !== '') {
  settingsOf(process.env);
  watchRequests();
  watchCryptography();
  watchProcesses();
  watchFolders();
  watchPage();
  // Tests that call the product inside their own process say what it answered.
  subscribe('entra-mcp:output', ({ where, text }) => output(where, text));
  followChildren(import.meta.url, ['SECRET_RECORDING', 'SECRET_RECORDING_FROM']);
}
