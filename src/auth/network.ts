import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { type Clock, pauseAskedFor } from '../contract/index.ts';
import type { Fault } from './failure.ts';

const attempts = 3;
const timeoutMs = 15_000;
const longestPauseMs = 10_000;
const largestAnswer = 1_000_000;

/** Losses on the way that may not happen again. Asking for a token twice does no harm. */
const passing = new Set(['ECONNRESET', 'EPIPE', 'EAI_AGAIN', 'ETIMEDOUT', 'UND_ERR_SOCKET']);

const failure = z.object({
  error: z
    .string()
    .regex(/^[a-z_]{1,60}$/)
    .optional()
    .catch(undefined),
  error_codes: z.array(z.number().int()).optional().catch(undefined),
  error_description: z.string().optional().catch(undefined),
  trace_id: z.guid().optional().catch(undefined),
});

/** MSAL's way to the network, which remembers how the last exchange failed. */
export interface LoginNetwork extends INetworkModule {
  /** The last failure since `forget`; undefined when there was none. */
  readonly fault: Fault | undefined;
  forget(): void;
}

/**
 * MSAL's own client knows neither proxies nor timeouts nor retries; this one honors HTTPS_PROXY, NO_PROXY and (through
 * Node) NODE_EXTRA_CA_CERTS, and follows no redirect. 429 and 5xx are tried again after the pause asked for, and then
 * thrown, not returned: MSAL would keep them and answer the next call from memory.
 * `direct` bypasses proxies: a managed identity's endpoint is on the machine or its link.
 */
export function loginNetwork(options: { clock: Clock; direct?: boolean }): LoginNetwork {
  let fault: Fault | undefined;
  let dispatcher: Promise<Dispatcher> | undefined;

  async function send<T>(method: 'GET' | 'POST', url: string, options?: NetworkRequestOptions) {
    dispatcher ??= dispatcherFor(direct);
    const { host } = new URL(url);
    for (let attempt = 1; ; attempt += 1) {
      const answer = await exchange(await dispatcher, method, url, options);
      fault = faultOf(host, answer, clock.now());
      if (!('network' in answer) && answer.json !== undefined && !isBusy(answer.status)) return responseOf<T>(answer);
      const pauseMs = fault?.retryAfterMs ?? 1000 * attempt;
      const again = 'network' in answer ? passing.has(answer.network) : isBusy(answer.status);
      if (!again || attempt === attempts || pauseMs > longestPauseMs) throw new Error('no answer from the login host');
      await clock.sleep(pauseMs);
    }
  }

  const { clock, direct = false } = options;
  return {
    get fault() {
      return fault;
    },
    forget() {
      fault = undefined;
    },
    sendGetRequestAsync: <T>(url: string, options?: NetworkRequestOptions) => send<T>('GET', url, options),
    sendPostRequestAsync: <T>(url: string, options?: NetworkRequestOptions) => send<T>('POST', url, options),
  };
}

function isBusy(status: number): boolean {
  return status === 429 || status >= 500;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The text of the body where it is JSON. */
  readonly json: string | undefined;
}

async function dispatcherFor(direct: boolean): Promise<Dispatcher> {
  const { Agent, EnvHttpProxyAgent } = await import('undici');
  const options = { connect: { timeout: timeoutMs }, headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
  return direct ? new Agent(options) : new EnvHttpProxyAgent(options);
}

async function exchange(
  dispatcher: Dispatcher,
  method: 'GET' | 'POST',
  url: string,
  options: NetworkRequestOptions | undefined,
): Promise<Answer | { network: string }> {
  const { request } = await import('undici');
  try {
    const headers = { accept: 'application/json', ...options?.headers };
    const body = method === 'POST' ? (options?.body ?? '') : null;
    const response = await request(url, { dispatcher, method, headers, body });
    return { status: response.statusCode, headers: plain(response.headers), json: await jsonOf(response.body) };
  } catch (error) {
    return { network: networkCode(error) };
  }
}

async function jsonOf(body: AsyncIterable<Buffer>): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > largestAnswer) return undefined;
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? text : undefined;
  } catch {
    return undefined;
  }
}

/** The code that tells most: undici wraps the socket's error, and happy eyeballs wraps one for each address. */
function networkCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return networkCode(error.errors[0]);
  if (!(error instanceof Error)) return 'UNKNOWN';
  if (error.cause instanceof Error) return networkCode(error.cause);
  const code = 'code' in error ? String(error.code) : error.name;
  return /^[A-Z][A-Za-z0-9_]{1,60}$/.test(code) ? code : 'UNKNOWN';
}

/** Undefined where nothing failed: waiting for a person to enter a device code is no failure. */
function faultOf(host: string, answer: Answer | { network: string }, now: number): Fault | undefined {
  if ('network' in answer) return { host, network: answer.network };
  const { status, headers, json } = answer;
  if (json === undefined) return { host, status, ...retryAfter(headers, now) };
  if (status < 300) return undefined;
  const found = failure.safeParse(JSON.parse(json));
  const { error, error_codes, error_description, trace_id } = found.success ? found.data : {};
  if (error === 'authorization_pending' || error === 'slow_down') return undefined;
  const aadsts = error_codes?.[0] ?? Number(/AADSTS(\d{5,8})\b/.exec(error_description ?? '')?.[1]);
  return {
    host,
    status,
    ...(error === undefined ? {} : { error }),
    ...(aadsts > 0 ? { aadsts } : {}),
    ...(trace_id === undefined ? {} : { traceId: trace_id }),
    ...retryAfter(headers, now),
  };
}

function retryAfter(headers: Answer['headers'], now: number): { retryAfterMs?: number } {
  const retryAfterMs = pauseAskedFor(headers['retry-after'], headers['date'], now);
  return retryAfterMs === undefined ? {} : { retryAfterMs };
}

function plain(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : value,
  ]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** Without Retry-After, which MSAL would turn into a memory of its own. */
function responseOf<T>({ status, headers, json }: Answer): NetworkResponse<T> {
  const { 'retry-after': _, ...kept } = headers;
  return { status, headers: kept, body: JSON.parse(json ?? 'null') };
}
