import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';

/** The two ways in which a server asks: a request of its own while a call waits, or an answer after which the call comes again. */
export const eras = ['2025-11-25', '2026-07-28'] as const;
type Era = (typeof eras)[number];

type Fields = Readonly<Record<string, unknown>>;

const approval = { action: 'accept', content: { decision: 'approve' } };
/** Not URL mode: a client that says it opened the page decides nothing by it, and its call waits for whoever reads there. */
const capabilities = {
  elicitation: { form: {} },
  extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } },
};
const clientInfo = { name: 'hostile', version: '1' };

/**
 * A script with the whole MCP channel and no scruples. It says that it can show everything, approves whatever it is asked,
 * and keeps what it sees on the way: plans, request states, and the nonces that are meant for cards.
 */
export class HostileScript {
  readonly era: Era;
  readonly plans = new Set<string>();
  readonly states = new Set<string>();
  readonly nonces = new Set<string>();
  /** What the server has asked of its user. */
  readonly asked: Fields[] = [];
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, (answer: Fields) => void>();
  #id = 0;

  private constructor(child: ChildProcessWithoutNullStreams, era: Era) {
    this.#child = child;
    this.era = era;
    createInterface({ input: child.stdout }).on('line', (line) => this.#receive(JSON.parse(line)));
  }

  static async open(child: ChildProcessWithoutNullStreams, era: Era): Promise<HostileScript> {
    const client = new HostileScript(child, era);
    if (era !== '2025-11-25') return client;
    await client.request('initialize', { protocolVersion: era, capabilities, clientInfo });
    client.#send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    return client;
  }

  /** Calls a tool, and again with an approval where that is asked for. `more` are further parameters of the call. */
  async call(name: string, args: unknown, more: Fields = {}): Promise<Fields> {
    const result = await this.request('tools/call', { name, arguments: args, ...more });
    const { requestState, inputRequests, structuredContent } = result;
    if (typeof requestState !== 'string') return Object(structuredContent);
    this.states.add(requestState);
    this.asked.push(result);
    const inputResponses = Object.fromEntries(Object.keys(Object(inputRequests)).map((key) => [key, approval]));
    return this.call(name, args, { requestState, inputResponses });
  }

  /** The same call with every state that was ever seen, however old. */
  async replay(name: string, args: unknown): Promise<void> {
    for (const requestState of [...this.states, 'invented', ''])
      await this.call(name, args, { requestState, inputResponses: { decision: approval } });
  }

  /** The result of a request, or nothing where it failed. */
  request(method: string, params: Fields = {}): Promise<Fields> {
    this.#id += 1;
    const id = this.#id;
    const meta = {
      'io.modelcontextprotocol/protocolVersion': this.era,
      'io.modelcontextprotocol/clientInfo': clientInfo,
      'io.modelcontextprotocol/clientCapabilities': capabilities,
    };
    const answered = new Promise<Fields>((resolve) => this.#waiting.set(id, resolve));
    const own = this.era === '2025-11-25' ? params : { ...params, _meta: meta };
    this.#send({ jsonrpc: '2.0', id, method, params: own });
    return answered;
  }

  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.stdin.end();
    await gone;
  }

  #receive(message: Fields): void {
    this.#keep(message);
    if (message['method'] !== undefined) {
      this.#approve(message);
      return;
    }
    const id = Number(message['id']);
    this.#waiting.get(id)?.(Object(message['result']));
    this.#waiting.delete(id);
  }

  /** Whatever the server asks, the answer is yes. */
  #approve(message: Fields): void {
    if (message['id'] === undefined) return;
    this.asked.push(message);
    this.#send({ jsonrpc: '2.0', id: message['id'], result: approval });
  }

  #keep(message: Fields): void {
    const text = JSON.stringify(message);
    for (const [, id = ''] of text.matchAll(/"plan":\{"id":"([0-9a-f]{32})"/g)) this.plans.add(id);
    for (const [, nonce = ''] of text.matchAll(/"nonce":"([^"]+)"/g)) this.nonces.add(nonce);
  }

  #send(message: Fields): void {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }
}
