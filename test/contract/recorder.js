/**
 * Writes down what this process sends to Graph: one JSON line per request, before it is sent, in a file of its own in the
 * folder that GRAPH_RECORDING names. Loaded into every test worker (vitest's setupFiles) and, with `--import`, into every
 * Node that a test starts, and that starts another. Told apart from the tests' own requests, and from those of other
 * clients, by the user agent: `entra-mcp/…` is the product's transport alone. JavaScript, since a Node that strips types
 * first takes three times as long to start.
 */
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { followChildren } from '../followed-children.js';

const folder = process.env.GRAPH_RECORDING;
const kept = ['consistencylevel', 'content-type', 'prefer'];

/** @param {Record<string, unknown>} line */
function write(line) {
  const from = process.env.GRAPH_RECORDING_FROM ?? '';
  appendFileSync(join(String(folder), `${process.pid}-${threadId}.ndjson`), `${JSON.stringify({ from, ...line })}\n`);
}

/** @param {{ method: string, path: string, headers: string[] | string, body: unknown }} request of undici, npm's or Node's own */
function take({ method, path, headers, body }) {
  const named = headersOf(headers);
  if (!named.get('user-agent')?.startsWith('entra-mcp/')) return;
  const text = body === null || body === undefined ? undefined : String(body);
  write({ method, path, headers: Object.fromEntries(kept.map((name) => [name, named.get(name)])), text });
}

/** @param {string[] | string} headers */
function headersOf(headers) {
  const flat = typeof headers === 'string' ? headers.split(/: |\r\n/) : headers;
  const named = new Map();
  for (let i = 0; i + 1 < flat.length; i += 2) named.set(String(flat[i]).toLowerCase(), String(flat[i + 1]));
  return named;
}

if (folder !== undefined) {
  subscribe('undici:request:create', ({ request }) => take(request));
  subscribe('entra-mcp:fake-graph', (line) => write(line));
  followChildren(import.meta.url, ['GRAPH_RECORDING', 'GRAPH_RECORDING_FROM']);
}
