import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/server';
import type { Greeter } from './greeting.ts';
import type { Wire } from './wire.ts';

/** What a reception needs. */
export interface ReceptionParts {
  readonly greet: Greeter;
  /** Loads the SDK and puts it on the inner transport. */
  connect(inner: Transport): Promise<void>;
  report(error: Error): void;
}

/**
 * Stands between the wire and the SDK: answers what `greet` can, and with the first message that it cannot, loads the SDK and
 * hands it everything, in order. Resolves when the wire is closed; rejects when the SDK cannot be loaded.
 */
export async function received(wire: Wire, { greet, connect, report }: ReceptionParts): Promise<void> {
  const gone = Promise.withResolvers<void>();
  const kept: JSONRPCMessage[] = [];
  const inner = new InnerTransport(wire);
  let state: 'greeting' | 'connecting' | 'connected' = 'greeting';
  let connected: Promise<void> | undefined;

  const handOver = async () => {
    state = 'connecting';
    await connect(inner);
    state = 'connected';
    for (const message of kept.splice(0)) inner.onmessage?.(message);
    // What the SDK answers by itself is answered by then, also to a client that closes its end at once.
    await new Promise(setImmediate);
  };
  wire.onmessage = (message) => {
    if (state === 'connected') return inner.onmessage?.(message);
    const greeted = state === 'greeting' ? greet(message) : undefined;
    if (greeted?.isReplayed !== false) kept.push(message);
    if (greeted === undefined && state === 'greeting') {
      connected = handOver();
      connected.catch(gone.reject);
    }
    if (greeted?.reply === undefined) return;
    if (greeted.isReplayed) inner.drop(message);
    wire.send(greeted.reply).catch(report);
  };
  wire.onerror = (error) => (inner.onerror ?? report)(error);
  wire.beforeClose = async () => connected?.catch(() => {});
  wire.onclose = () => {
    inner.onclose?.();
    gone.resolve();
  };
  await wire.start();
  await gone.promise;
}

/** The transport that the SDK gets: the wire, less the replies that were already given. */
class InnerTransport implements Transport {
  onmessage?: NonNullable<Transport['onmessage']>;
  onerror?: (error: Error) => void;
  onclose?: () => void;
  readonly #wire: Transport;
  readonly #dropped = new Set<unknown>();

  constructor(wire: Transport) {
    this.#wire = wire;
  }

  /** The reply to this request was given before. */
  drop(request: JSONRPCMessage): void {
    if ('id' in request) this.#dropped.add(request.id);
  }

  async start(): Promise<void> {}

  async send(message: JSONRPCMessage): Promise<void> {
    const isReply = 'result' in message || 'error' in message;
    if (isReply && this.#dropped.delete(message.id)) return;
    await this.#wire.send(message);
  }

  close(): Promise<void> {
    return this.#wire.close();
  }
}
