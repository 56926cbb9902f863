import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { runBatch } from './batch.ts';
import type { Dispatcher } from './dispatch.ts';
import { GraphFault, malformed } from './errors.ts';
import { deliver, held, type WireAnswer } from './faults/delivery.ts';
import { effectOf, type FaultRule } from './faults/rule.ts';
import type { Answer, GraphRequest } from './request.ts';

const longestBody = 4 * 1024 * 1024;
const loopback = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i;

/** Serves a tenant over HTTP. Only requests that call the server by a loopback name are answered. */
export function createGraphServer(dispatcher: Dispatcher): Server {
  return createServer({ keepAliveTimeout: 30_000 }, (incoming, outgoing) => {
    serve(dispatcher, incoming, outgoing).catch(() => outgoing.destroy());
  });
}

async function serve(dispatcher: Dispatcher, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const headers = headersOf(incoming);
  const request: GraphRequest = {
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers,
    body: undefined,
    root: `${headers['x-forwarded-proto'] === 'https' ? 'https' : 'http'}://${headers['host'] ?? '127.0.0.1'}`,
    requestId: randomUUID(),
    clientRequestId: headers['client-request-id'] ?? randomUUID(),
  };
  let whole = request;
  try {
    if (!loopback.test(headers['host'] ?? ''))
      throw new GraphFault(403, 'Forbidden', 'The demo tenant answers on loopback only.');
    whole = { ...request, body: await readBody(incoming) };
  } catch (error) {
    deliver(outgoing, onWire(dispatcher.fail(request, error)), undefined);
    return;
  }
  const struck = dispatcher.faults.onWire(whole);
  if (struck !== undefined && !effectOf(struck.kind).after) {
    dispatcher.note(whole, 0, struck);
    deliver(outgoing, onWire({ status: 200 }), struck);
    return;
  }
  const waitMs = dispatcher.faults.delayMs(whole);
  const answer = await answerOf(dispatcher, whole, struck);
  if (waitMs > 0) await held(outgoing, waitMs);
  if (!outgoing.destroyed) deliver(outgoing, onWire(answer), struck);
}

async function answerOf(dispatcher: Dispatcher, request: GraphRequest, struck: FaultRule | undefined): Promise<Answer> {
  if (request.method !== 'POST' || !/^\/v1\.0\/\$batch\/?$/.test(request.path))
    return dispatcher.answer(request, struck);
  try {
    const run = (): Promise<Answer> => runBatch(request, (inner) => dispatcher.answer(inner));
    return await dispatcher.wholeBatch(request, run, struck);
  } catch (error) {
    return dispatcher.fail(request, error, struck);
  }
}

function headersOf(incoming: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(incoming.headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}

/** The parsed JSON body; undefined where there is none, or where it is not declared as JSON. */
async function readBody(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > longestBody) throw new GraphFault(413, 'RequestEntityTooLarge', 'The request body is too large.');
    chunks.push(bytes);
  }
  if (size === 0 || !/^application\/json/i.test(incoming.headers['content-type'] ?? '')) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw malformed(
      'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
    );
  }
}

function onWire({ status, headers, body }: Answer): WireAnswer {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const type = 'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';
  return {
    status,
    text,
    headers: {
      ...(text === undefined ? {} : { 'content-type': type }),
      'odata-version': '4.0',
      'cache-control': 'no-cache',
      ...headers,
    },
  };
}
