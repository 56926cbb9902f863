import type { Failure } from '../wire.ts';

const tokenName = 'entra-mcp-session';

/** What the server refused, in its words. */
export class Refused extends Error {
  readonly code: string;
  readonly fix: string;
  readonly retryAfterMs: number | undefined;

  constructor({ code, message, fix, retryAfterMs }: Failure['error']) {
    super(message);
    this.code = code;
    this.fix = fix;
    this.retryAfterMs = retryAfterMs;
  }
}

/** True while this tab holds a session. It lives in the tab alone, and travels in a header: no other page can send it. */
export function hasSession(): boolean {
  return sessionStorage.getItem(tokenName) !== null;
}

export function keepSession(token: string): void {
  sessionStorage.setItem(tokenName, token);
}

export function dropSession(): void {
  sessionStorage.removeItem(tokenName);
}

/** Asks the server. @throws Refused; TypeError where it is gone. */
export async function ask<T>(path: string, body?: object): Promise<T> {
  const token = sessionStorage.getItem(tokenName);
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  const sent = body === undefined ? { method: 'GET' } : { method: 'POST', body: JSON.stringify(body) };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const response = await fetch(path, { ...sent, headers, credentials: 'omit', cache: 'no-store', redirect: 'error' });
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  const answer = isJson ? await response.json() : undefined;
  if (response.ok) return answer;
  const fallback = { code: 'INTERNAL', message: `The server answered ${response.status}.`, fix: 'Reload the page.' };
  throw new Refused(answer?.error ?? fallback);
}
