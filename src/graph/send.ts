import type { Dispatcher } from 'undici';
import { maxBodyBytes, readResponse } from './body.ts';
import { stoppedBy, TransportFailure } from './failure.ts';
import type { GraphRequest, GraphResponse, Headers, Next } from './request.ts';

// Undici watches these itself, for callers without a deadline: silence before the headers, and within the body.
const headersTimeoutMs = 120_000;
const bodyTimeoutMs = 60_000;
// Short of what gateways allow, so that a write seldom meets a connection the other side is closing.
const keepAliveMs = 15_000;
const maxConnections = 64;

/** Where requests leave the process. */
export interface Sender {
  readonly send: Next;
  /** Waits for what is under way, then closes the connections. Later requests fail. */
  close(): Promise<void>;
}

/**
 * Sends over undici, which is loaded by the first request. HTTPS_PROXY and NO_PROXY are honored for https; http is
 * loopback, and never goes through a proxy. Redirects are not followed.
 */
export function senderTo(origin: string, userAgent: string): Sender {
  let opened: Promise<Dispatcher> | undefined;
  let closing: Promise<void> | undefined;
  let freed: Promise<void> | undefined;
  const common = { 'user-agent': userAgent, accept: 'application/json', 'accept-encoding': 'gzip' };
  return {
    async send(request) {
      if (closing !== undefined) throw new TransportFailure('closed', { sent: false });
      opened ??= open(origin);
      const dispatcher = await opened;
      // Undici hands out a connection again one turn of the event loop after its answer; before that it opens another.
      if (freed !== undefined) await freed;
      try {
        return await new Exchange(request).run(dispatcher, origin, common);
      } finally {
        freed ??= nextTurn().then(() => {
          freed = undefined;
        });
      }
    },
    close() {
      closing ??= opened?.then((dispatcher) => dispatcher.close()) ?? Promise.resolve();
      return closing;
    },
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function open(origin: string): Promise<Dispatcher> {
  const { Agent, EnvHttpProxyAgent } = await import('undici');
  const options = {
    connections: maxConnections,
    keepAliveTimeout: keepAliveMs,
    headersTimeout: headersTimeoutMs,
    bodyTimeout: bodyTimeoutMs,
  };
  return origin.startsWith('https:') ? new EnvHttpProxyAgent(options) : new Agent(options);
}

/** One attempt on the wire. Knows whether any of it may have reached the other side. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: GraphRequest;
  readonly #done = Promise.withResolvers<GraphResponse>();
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: Headers = {};
  #size = 0;

  constructor(request: GraphRequest) {
    this.#request = request;
  }

  async run(dispatcher: Dispatcher, origin: string, common: Readonly<Record<string, string>>): Promise<GraphResponse> {
    const { signal, method, target: path, body, headers } = this.#request;
    if (signal.aborted) throw stoppedBy(signal, false);
    const stop = () => this.#fail(stoppedBy(signal, this.#controller !== undefined));
    signal.addEventListener('abort', stop, { once: true });
    const json = body === undefined ? undefined : JSON.stringify(body);
    const all = { ...common, ...headers, ...(json === undefined ? {} : { 'content-type': 'application/json' }) };
    try {
      dispatcher.dispatch({ origin, path, method, headers: all, body: json ?? null }, this);
      return await this.#done.promise;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Stopped while it waited for a connection: undici has not written anything yet, and does not after this.
    if (this.#request.signal.aborted) controller.abort(stoppedBy(this.#request.signal, false));
    else this.#controller = controller;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Headers): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > maxBodyBytes) this.#fail(new TransportFailure('too-large', { sent: true }));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const received = { status: this.#status, headers: this.#headers, chunks: this.#chunks };
    readResponse(received, this.#request.raw).then(this.#done.resolve, this.#done.reject);
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#done.reject(this.#failureOf(error));
  }

  /** Ends the attempt and destroys its connection: the other side sees it close. */
  #fail(failure: TransportFailure): void {
    this.#done.reject(failure);
    this.#controller?.abort(failure);
  }

  #failureOf(error: Error): TransportFailure {
    if (error instanceof TransportFailure) return error;
    const sent = this.#controller !== undefined;
    const reason = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
    const kind = !sent ? 'connect' : /TIMEOUT$/.test(reason ?? '') ? 'timeout' : 'reset';
    return new TransportFailure(/^UND_ERR_(?:CLOSED|DESTROYED)$/.test(reason ?? '') ? 'closed' : kind, {
      sent,
      reason,
      cause: error,
    });
  }
}
