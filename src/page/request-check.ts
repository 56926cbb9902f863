import type { IncomingHttpHeaders } from 'node:http';

/** What is looked at before anything of a request is believed. */
export interface RequestFacts {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
}

/** Why a request is not served. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** Said to whoever followed a link. */
export const ledHere = 'A link led here. Type the address into the browser instead.';

/** Below this one the page is served to a browser that comes back from a sign-in, with the code of its arrival. */
export const backRoot = '/back/';

/** The paths below this one need a session; the others are static. */
export const apiRoot = '/api/';

/**
 * The first thing that is wrong with a request, whoever sent it. `origin` is the page's own, `http://127.0.0.1:<port>`.
 * - A foreign Host is a name that somebody pointed at this machine (DNS rebinding).
 * - A foreign Origin or Sec-Fetch-Site is another page that speaks through the approver's browser. Every browser that runs the
 *   page sends both [w3.org/TR/fetch-metadata]; what does not is none, and has nothing to ask here.
 * - Where the browser would show the page inside another one, it gets none.
 */
export function refusalOf(request: RequestFacts, origin: string): Refusal | undefined {
  return (
    wrongTarget(request) ??
    wrongHost(request, origin) ??
    wrongMethod(request) ??
    wrongOrigin(request, origin) ??
    wrongSite(request) ??
    wrongBody(request)
  );
}

/**
 * Where Entra sends a browser back to: `http://localhost` is registered, and the port is not looked at.
 * [learn.microsoft.com/entra/identity-platform/reply-url]
 */
export function redirectUriOf(origin: string): string {
  return `http://localhost:${new URL(origin).port}`;
}

/** True where a browser comes back from Entra, on a page of its own. All that it brings is looked at elsewhere. */
export function isReturn({ method, url, headers, rawHeaders }: RequestFacts, redirectUri: string): boolean {
  const isHere = hostsIn(rawHeaders) === 1 && `http://${headers.host}` === redirectUri;
  const isNavigation = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return method === 'GET' && url.startsWith('/?') && isHere && isNavigation;
}

function wrongTarget({ url }: RequestFacts): Refusal | undefined {
  return /^\/[\w/.-]*$/.test(url) && !url.includes('//') ? undefined : { status: 400, message: 'Not an address here.' };
}

function wrongHost({ rawHeaders, headers }: RequestFacts, origin: string): Refusal | undefined {
  if (hostsIn(rawHeaders) === 1 && `http://${headers.host}` === origin) return undefined;
  return { status: 403, message: `This page is at ${origin} only.` };
}

function hostsIn(rawHeaders: readonly string[]): number {
  return rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length;
}

function wrongMethod({ method, url }: RequestFacts): Refusal | undefined {
  const allowed = url.startsWith(apiRoot) ? ['GET', 'POST'] : ['GET'];
  return allowed.includes(method) ? undefined : { status: 405, message: 'Not done here.' };
}

function wrongOrigin({ method, headers }: RequestFacts, origin: string): Refusal | undefined {
  const said = headers.origin;
  if (said === origin || (said === undefined && method === 'GET')) return undefined;
  return { status: 403, message: 'Another page may not ask.' };
}

function wrongSite({ url, headers }: RequestFacts): Refusal | undefined {
  const site = headers['sec-fetch-site'];
  const dest = headers['sec-fetch-dest'];
  if (url.startsWith(apiRoot)) {
    if (site === 'same-origin' && (dest === undefined || dest === 'empty')) return undefined;
    return { status: 403, message: 'Another page may not ask.' };
  }
  const typed = site === undefined || site === 'none' || site === 'same-origin' || url.startsWith(backRoot);
  if (!typed) return { status: 403, message: ledHere };
  if (dest === undefined || dest === 'document' || dest === 'empty') return undefined;
  return { status: 403, message: 'This page is not shown inside another one.' };
}

function wrongBody({ method, headers }: RequestFacts): Refusal | undefined {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
  if (method !== 'POST') return hasBody ? { status: 400, message: 'No body belongs here.' } : undefined;
  if (/^application\/json(?:; ?charset=utf-8)?$/i.test(headers['content-type'] ?? '')) return undefined;
  return { status: 415, message: 'Only JSON is read here.' };
}
