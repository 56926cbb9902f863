import type { Dispatcher } from 'undici';
import { type Clock, pauseAskedFor, ToolError } from '../../contract/index.ts';
import { deliveryHeader, signatureHeader, signatureOf } from './signature.ts';
import { type Batch, type Sink, Undelivered } from './sink.ts';
import type { Target } from './target.ts';

const timeoutMs = 30_000;
/** What is read of an answer, so that its connection can be used again. Nobody looks at it. */
const answerBytes = 64 * 1024;

export interface WebhookParts {
  readonly tenantId: string;
  readonly secret: string;
  readonly clock: Clock;
}

/**
 * A web address that gets each batch as a signed POST. A receiver that keeps `entra-mcp-delivery` can drop repeats. The
 * feed's pages keep a request under 256 KB, unless a single change is larger. Redirects are not followed.
 */
export class Webhook implements Sink {
  readonly name: string;
  readonly identity: string;
  readonly most = 100;
  readonly #url: string;
  readonly #parts: WebhookParts;
  #opened: Promise<Dispatcher> | undefined;

  constructor({ name, identity, url }: Extract<Target, { readonly kind: 'webhook' }>, parts: WebhookParts) {
    this.name = name;
    this.identity = identity;
    this.#url = url;
    this.#parts = parts;
  }

  async deliver({ mirror, from, to, changes }: Batch, signal: AbortSignal): Promise<void> {
    const { tenantId, secret, clock } = this.#parts;
    const body = JSON.stringify({ tenantId, mirror, from, to, changes });
    const { status, retryAfter, date } = await this.#post(body, signal, {
      'content-type': 'application/json',
      'user-agent': 'entra-mcp-sync',
      [signatureHeader]: signatureOf(body, secret, clock.now()),
      [deliveryHeader]: `${mirror}.${to}`,
    });
    if (status >= 200 && status < 300) return;
    if (!isPassing(status)) throw this.#stopped(status);
    throw new Undelivered(`answered ${status}`, { retryAfterMs: pauseAskedFor(retryAfter, date, clock.now()) });
  }

  async close(): Promise<void> {
    await (await this.#opened)?.destroy();
  }

  async #post(body: string, signal: AbortSignal, headers: Readonly<Record<string, string>>): Promise<Answer> {
    signal.throwIfAborted();
    const { request } = await import('undici');
    this.#opened ??= open(this.#url);
    const dispatcher = await this.#opened;
    const late = new AbortController();
    const done = new AbortController();
    this.#parts.clock.sleep(timeoutMs, done.signal).then(
      () => late.abort(),
      () => undefined,
    );
    try {
      const response = await request(this.#url, {
        ...{ dispatcher, method: 'POST', headers, body },
        signal: AbortSignal.any([signal, late.signal]),
      });
      await response.body.dump({ limit: answerBytes }).catch(() => undefined);
      const { 'retry-after': retryAfter, date } = response.headers;
      return { status: response.statusCode, retryAfter: first(retryAfter), date: first(date) };
    } catch (cause) {
      signal.throwIfAborted();
      if (late.signal.aborted) throw new Undelivered('did not answer within 30 seconds', { cause });
      throw new Undelivered(`cannot be reached (${networkCode(cause)})`, { cause });
    } finally {
      done.abort();
    }
  }

  #stopped(status: number): ToolError {
    return new ToolError('UPSTREAM', {
      message: `${this.name} answered ${status} to a delivery, and gets no more.`,
      fix:
        status < 400
          ? 'Redirects are not followed: name the address that it leads to. Delivery goes on where it stood.'
          : 'Make the receiver take it, then start again. Delivery goes on where it stood.',
    });
  }
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly date: string | undefined;
}

function isPassing(status: number): boolean {
  return [408, 425, 429].includes(status) || status >= 500;
}

/** HTTPS_PROXY and NO_PROXY are honored for https; http is loopback, and never goes through a proxy. */
async function open(url: string): Promise<Dispatcher> {
  const { Agent, EnvHttpProxyAgent } = await import('undici');
  const options = { connect: { timeout: timeoutMs }, headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
  return url.startsWith('https:') ? new EnvHttpProxyAgent(options) : new Agent(options);
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

/** The code that tells most: undici wraps the socket's error, and happy eyeballs wraps one for each address. */
function networkCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return networkCode(error.errors[0]);
  if (!(error instanceof Error)) return 'UNKNOWN';
  if (error.cause instanceof Error) return networkCode(error.cause);
  const code = 'code' in error ? String(error.code) : error.name;
  return /^[A-Z][A-Za-z0-9_]{1,60}$/.test(code) ? code : 'UNKNOWN';
}
