import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';

/** What becomes of a write: an answer in the tenant's place, or a lost answer of what the tenant did. */
export type Fate =
  | 'lost'
  | { readonly status: number; readonly code: string; readonly headers?: Readonly<Record<string, string>> };

interface Passing {
  readonly method: string;
  /** Without the version. */
  readonly path: string;
}

const batchBody = z.object({
  requests: z.array(z.looseObject({ id: z.string(), method: z.string(), url: z.string() })),
});
const batchAnswer = z.looseObject({ responses: z.array(z.unknown()) });

/** Passes requests on to a tenant, and decides what becomes of writes, those inside of a $batch too. */
export class OffboardingFront {
  fateOf: (write: Passing) => Fate | undefined = () => undefined;
  /** Called before a write is passed on. */
  before: (write: Passing) => Promise<void> | void = () => {};
  readonly #upstream: string;
  readonly #server: Server;
  url = '';

  private constructor(upstream: string) {
    this.#upstream = upstream;
    this.#server = createServer((incoming, outgoing) => {
      this.#serve(incoming, outgoing).catch(() => outgoing.destroy());
    });
  }

  static async open(upstream: string): Promise<OffboardingFront> {
    const front = new OffboardingFront(upstream);
    await new Promise<void>((resolve) => front.#server.listen(0, '127.0.0.1', resolve));
    const address = front.#server.address();
    if (address === null || typeof address === 'string') throw new TypeError('The front listens on TCP');
    front.url = `http://127.0.0.1:${address.port}`;
    return front;
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks).toString('utf8');
    const method = incoming.method ?? 'GET';
    const path = (incoming.url ?? '/').replace('/v1.0', '');
    if (path === '/$batch') return this.#batch(body, incoming, outgoing);
    const fate = await this.#met({ method, path });
    if (fate !== undefined && fate !== 'lost') return answer(outgoing, fate.status, errorOf(fate), fate.headers);
    const passed = await this.#pass(incoming, body);
    if (fate === 'lost') outgoing.destroy();
    else answer(outgoing, passed.status, passed.text, passed.headers);
  }

  async #batch(body: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { requests } = batchBody.parse(JSON.parse(body));
    const fates = new Map<string, Fate>();
    for (const { id, method, url } of requests) {
      const fate = await this.#met({ method, path: url });
      if (fate !== undefined) fates.set(id, fate);
    }
    const passing = requests.filter(({ id }) => fates.get(id) === undefined || fates.get(id) === 'lost');
    const refused = [...fates].flatMap(([id, fate]) =>
      fate === 'lost'
        ? []
        : [{ id, status: fate.status, headers: fate.headers ?? {}, body: JSON.parse(errorOf(fate)) }],
    );
    const passed = passing.length === 0 ? undefined : await this.#pass(incoming, JSON.stringify({ requests: passing }));
    if ([...fates.values()].includes('lost')) return void outgoing.destroy();
    if (passed !== undefined && passed.status !== 200)
      return answer(outgoing, passed.status, passed.text, passed.headers);
    const { responses } = passed === undefined ? { responses: [] } : batchAnswer.parse(JSON.parse(passed.text));
    answer(outgoing, 200, JSON.stringify({ responses: [...responses, ...refused] }));
  }

  async #met(write: Passing): Promise<Fate | undefined> {
    if (write.method === 'GET' || write.path.endsWith('/getByIds')) return undefined;
    await this.before(write);
    return this.fateOf(write);
  }

  async #pass(incoming: IncomingMessage, body: string) {
    const headers = Object.entries(incoming.headers).flatMap(([name, value]): [string, string][] =>
      value === undefined || hopByHop.includes(name) ? [] : [[name, String(value)]],
    );
    const found = await sendTo(
      `${this.#upstream}${incoming.url}`,
      incoming.method ?? 'GET',
      body,
      Object.fromEntries(headers),
    );
    return { ...found, text: found.text.replaceAll(this.#upstream, this.url) };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const hopByHop: readonly string[] = ['host', 'connection', 'keep-alive', 'content-length', 'transfer-encoding'];

interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** One request that is not the server's own: `fetch` would count among those. */
export function sendTo(
  url: string,
  method: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: { ...headers, 'accept-encoding': 'identity' } }, (found) => {
      const chunks: Buffer[] = [];
      found.on('data', (chunk: Buffer) => chunks.push(chunk));
      found.on('end', () => {
        const kept = Object.entries(found.headers).filter(([name]) => !hopByHop.includes(name));
        resolve({
          status: found.statusCode ?? 502,
          headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
          text: Buffer.concat(chunks).toString('utf8'),
        });
      });
      found.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function errorOf({ code }: Exclude<Fate, 'lost'>): string {
  const innerError = { date: new Date().toISOString(), 'request-id': 'test', 'client-request-id': 'test' };
  return JSON.stringify({ error: { code, message: 'Refused by the front.', innerError } });
}

function answer(
  outgoing: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
) {
  outgoing.writeHead(status, { 'content-type': 'application/json', ...headers });
  outgoing.end(status === 204 ? undefined : text);
}
