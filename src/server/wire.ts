import type { Readable, Writable } from 'node:stream';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/server';

/** A longer message ends the connection, as it does in the SDK's own transport. */
const longestMessage = 10 * 1024 * 1024;
const lineFeed = 10;

/** A transport that lets what it has read be taken in before it closes. */
export interface Wire extends Transport {
  /** Awaited when the client has closed its end, before the wire closes. */
  beforeClose?: () => Promise<unknown>;
}

/** MCP's stdio: a JSON-RPC message a line. Closes when the client closes its end, or reads no more. */
export class StdioWire implements Wire {
  onmessage?: NonNullable<Transport['onmessage']>;
  onerror?: (error: Error) => void;
  onclose?: () => void;
  beforeClose?: () => Promise<unknown>;
  readonly #input: Readable;
  readonly #output: Writable;
  #parts: Buffer[] = [];
  #length = 0;
  #isClosed = false;

  /** This process's own ends, unless told otherwise. */
  constructor({ stdin, stdout }: { readonly stdin: Readable; readonly stdout: Writable } = process) {
    this.#input = stdin;
    this.#output = stdout;
  }

  async start(): Promise<void> {
    const ended = async () => {
      await this.beforeClose?.();
      await this.close();
    };
    this.#input.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#input.on('error', (error) => this.onerror?.(error));
    this.#input.on('end', ended);
    this.#input.on('close', ended);
    // The client is gone when it no longer reads: EPIPE.
    this.#output.on('error', () => this.close());
  }

  send(message: JSONRPCMessage): Promise<void> {
    if (this.#isClosed) return Promise.reject(new Error('The connection is closed'));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#output.write(`${JSON.stringify(message)}\n`, (error) => (error ? reject(error) : resolve()));
    return promise;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#parts = [];
    this.#input.pause();
    this.onclose?.();
  }

  #take(chunk: Buffer): void {
    let rest = chunk;
    for (let at = rest.indexOf(lineFeed); at >= 0 && !this.#isClosed; at = rest.indexOf(lineFeed)) {
      this.#keep(rest.subarray(0, at));
      rest = rest.subarray(at + 1);
      this.#read();
    }
    this.#keep(rest);
  }

  #keep(part: Buffer): void {
    this.#length += part.length;
    if (this.#isClosed || part.length === 0) return;
    if (this.#length > longestMessage) {
      this.onerror?.(new Error(`A message is longer than ${longestMessage} bytes`));
      void this.close();
      return;
    }
    this.#parts.push(part);
  }

  /** A line is whole. What is no JSON object is passed over: it has no id to answer to. */
  #read(): void {
    const line = Buffer.concat(this.#parts).toString('utf8').trim();
    this.#parts = [];
    this.#length = 0;
    if (line === '' || this.#isClosed) return;
    try {
      const message: unknown = JSON.parse(line);
      if (!isMessage(message)) throw new TypeError('A line is not a JSON-RPC message');
      this.onmessage?.(message);
    } catch (error) {
      this.onerror?.(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

/** Enough to be passed on: the SDK checks the rest. */
function isMessage(value: unknown): value is JSONRPCMessage {
  return typeof value === 'object' && value !== null && 'jsonrpc' in value && value.jsonrpc === '2.0';
}
