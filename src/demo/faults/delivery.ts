import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { FaultRule } from './rule.ts';

/** An answer as it goes on the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly text: string | undefined;
}

const gatewayPage =
  '<!DOCTYPE html>\n<html><head><title>Sign in to the network</title></head><body><h1>Welcome</h1></body></html>\n';
const bombBytes = 256 * 1024 ** 2;
const pieceBytes = 64;
const pauseMs = 50;

/** Sends an answer whole, or as badly as the fault says. */
export function deliver(outgoing: ServerResponse, answer: WireAnswer, fault: FaultRule | undefined): void {
  switch (fault?.kind) {
    case 'reset':
    case 'lost-write':
      outgoing.socket?.resetAndDestroy();
      return;
    case 'reset-mid':
      breakOff(outgoing, answer);
      return;
    case 'truncated':
      sendWhole(outgoing, { ...answer, text: answer.text?.slice(0, Math.floor(answer.text.length / 2)) });
      return;
    case 'html':
      sendWhole(outgoing, {
        status: fault.status ?? 200,
        headers: { 'content-type': 'text/html; charset=utf-8' },
        text: gatewayPage,
      });
      return;
    case 'gzip-bomb':
      sendBomb(outgoing, fault.bytes ?? bombBytes);
      return;
    case 'trickle':
      void trickle(outgoing, answer, fault.waitMs ?? pauseMs);
      return;
    default:
      sendWhole(outgoing, answer);
  }
}

/** Waits, or less where the client gives up. */
export function held(outgoing: ServerResponse, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      outgoing.off('close', done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(ms, 2 ** 31 - 1));
    outgoing.on('close', done);
  });
}

function sendWhole(outgoing: ServerResponse, { text, ...answer }: WireAnswer): void {
  writeHead(outgoing, { ...answer, text });
  outgoing.end(text);
}

function writeHead(outgoing: ServerResponse, { status, headers, text }: WireAnswer): void {
  for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value);
  if (text !== undefined) outgoing.setHeader('content-length', Buffer.byteLength(text));
  outgoing.writeHead(status);
}

/** Half of the body arrives, and then the connection ends. An answer without a body never arrives. */
function breakOff(outgoing: ServerResponse, answer: WireAnswer): void {
  const { text } = answer;
  if (text === undefined || text.length < 2) {
    outgoing.socket?.resetAndDestroy();
    return;
  }
  writeHead(outgoing, answer);
  outgoing.write(text.slice(0, Math.floor(text.length / 2)), () => outgoing.destroy());
}

async function trickle(outgoing: ServerResponse, answer: WireAnswer, ms: number): Promise<void> {
  writeHead(outgoing, answer);
  const bytes = Buffer.from(answer.text ?? '');
  for (let from = 0; from < bytes.length && !outgoing.destroyed; from += pieceBytes) {
    outgoing.write(bytes.subarray(from, from + pieceBytes));
    await held(outgoing, ms);
  }
  outgoing.end();
}

/** JSON that begins like a list and goes on with blanks, a thousand times smaller on the wire than unpacked. */
function sendBomb(outgoing: ServerResponse, bytes: number): void {
  outgoing.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
  outgoing.write(gzipSync('{"value":['));
  const block = 4 * 1024 ** 2;
  // A gzip stream may consist of several members: the same block again and again.
  const packed = gzipSync(Buffer.alloc(block, ' '));
  let left = bytes;
  const pump = (): void => {
    while (left > 0 && !outgoing.destroyed) {
      left -= block;
      if (!outgoing.write(packed)) {
        outgoing.once('drain', pump);
        return;
      }
    }
    outgoing.end(gzipSync(']}'));
  };
  pump();
}
