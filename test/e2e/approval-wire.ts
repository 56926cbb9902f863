import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { isRead } from './approval-world.ts';

/** A request that changes the tenant, on its way. */
export interface PassingWrite {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  /** 1 for the first that came this way. */
  readonly nth: number;
}

/** What becomes of a write. `lost`: the connection breaks, on the way there or on the way back. `refused`: 403, before the tenant gets it. */
export type Fate = 'passes' | 'lost' | 'refused';

/** A wire between a server and its tenant, which can hold, lose or delay what changes the tenant. */
export class ApprovalWire {
  /** The root to give to the server in place of the tenant's own. */
  readonly url: string;
  /** Asked when a write has come in full, before the tenant gets it. */
  onTheWay: (write: PassingWrite) => Promise<Fate> | Fate = () => 'passes';
  /** Asked when the tenant has done it, before its answer goes back. */
  onTheWayBack: (write: PassingWrite) => Promise<Fate> | Fate = () => 'passes';
  /** Asked for everything else. */
  onRead: (path: string) => Promise<void> | void = () => {};
  readonly writes: PassingWrite[] = [];
  readonly #target: URL;
  readonly #server: Server;
  readonly #agent = new Agent({ keepAlive: true });

  private constructor(target: URL, server: Server, url: string) {
    this.#target = target;
    this.#server = server;
    this.url = url;
    server.on('request', (incoming, outgoing) => {
      this.#carry(incoming, outgoing).catch(() => outgoing.destroy());
    });
  }

  static async open(target: string): Promise<ApprovalWire> {
    const server = createServer({ keepAliveTimeout: 30_000 });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new TypeError('Not TCP');
    return new ApprovalWire(new URL(target), server, `http://127.0.0.1:${address.port}`);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #carry(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await whole(incoming);
    const { method = 'GET', url: path = '/' } = incoming;
    const sent: unknown = body.length === 0 ? undefined : JSON.parse(body.toString());
    const reads = isRead({ method, path }) && !hasWrites(sent);
    const write = { method, path, body: sent, nth: this.writes.length + 1 };
    if (reads) await this.onRead(path);
    else {
      this.writes.push(write);
      const fate = await this.onTheWay(write);
      if (fate === 'lost') return void outgoing.destroy();
      if (fate === 'refused') return refuse(outgoing);
    }
    const answer = await this.#forwarded(incoming, body);
    const text = await whole(answer);
    if (!reads && (await this.onTheWayBack(write)) === 'lost') return void outgoing.destroy();
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers).end(text);
  }

  #forwarded({ method, url: path, headers }: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    const { hostname, port } = this.#target;
    return new Promise((resolve, reject) => {
      const ahead = request({ hostname, port, method, path, headers, agent: this.#agent }, resolve);
      ahead.on('error', reject).end(body);
    });
  }
}

/** A $batch with something in it that is no GET. */
function hasWrites(body: unknown): boolean {
  const requests: unknown = Object(body).requests;
  return (
    Array.isArray(requests) &&
    requests.some((one) => Object(one).method !== 'GET' && !readPost.test(String(Object(one).url)))
  );
}

const readPost = /\/(?:getMember(?:Groups|Objects)|checkMember(?:Groups|Objects)|getByIds|isMemberOf)$/;

/** As Graph says that a permission is missing. [learn.microsoft.com/graph/errors] */
function refuse(outgoing: ServerResponse): void {
  const error = { code: 'Authorization_RequestDenied', message: 'Insufficient privileges to complete the operation.' };
  outgoing.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
}

async function whole(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** A moment that a test waits for, or lets come. */
export function moment(): { readonly comes: Promise<void>; come(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { comes: promise, come: resolve };
}
