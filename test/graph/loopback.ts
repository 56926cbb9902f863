import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A request as the server saw it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  readonly socket: Socket;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
}

export type Handler = (seen: Seen, response: ServerResponse, count: number) => void;

/** A real HTTP server on loopback, in place of Graph. */
export class Loopback {
  readonly seen: Seen[] = [];
  readonly #server: Server;
  readonly #waiting: ((seen: Seen) => void)[] = [];
  handler: Handler;

  private constructor(handler: Handler) {
    this.handler = handler;
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('error', () => undefined);
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const { method = '', url = '', headers, socket } = request;
        const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
        const body: unknown = text === '' ? undefined : JSON.parse(text);
        const seen = { method, url, headers, body, socket, closed };
        this.seen.push(seen);
        this.#waiting.shift()?.(seen);
        this.handler(seen, response, this.seen.length);
      });
    });
  }

  static async start(handler: Handler): Promise<Loopback> {
    const loopback = new Loopback(handler);
    await new Promise<void>((resolve) => loopback.#server.listen(0, '127.0.0.1', resolve));
    return loopback;
  }

  get url(): string {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
  }

  /** The next request to come. */
  next(): Promise<Seen> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Answers JSON. */
export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'r-1', ...headers });
  response.end(JSON.stringify(body));
}

/** Answers Graph's error object. */
export function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  more: { message?: string; details?: unknown[]; headers?: Record<string, string> } = {},
): void {
  const { message = 'words of Graph', details, headers } = more;
  json(response, status, { error: { code, message, ...(details === undefined ? {} : { details }) } }, headers);
}
