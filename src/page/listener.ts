import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ErrorCode, type Log, ToolError } from '../contract/index.ts';
import { jsonOf } from './body.ts';
import { pageCsp, pageHtml } from './document.ts';
import { commonHeaders } from './headers.ts';
import { apiRoot, backRoot, isReturn, ledHere, redirectUriOf, refusalOf } from './request-check.ts';
import type { PageService } from './service.ts';
import type { Session } from './sessions.ts';
import type { Failure } from './wire.ts';

interface Asked {
  readonly service: PageService;
  readonly session: Session;
  readonly token: string;
  /** What the path names. */
  readonly id: string;
  readonly redirectUri: string;
  body(): Promise<unknown>;
}

/** What needs a session: `<method> <path>`, with `:id` for 32 hexadecimal digits. */
const routes: Readonly<Record<string, (asked: Asked) => unknown>> = {
  'GET /api/plans': ({ service }) => service.board(),
  'GET /api/plans/:id': ({ service, id, session }) => service.plan(id, session),
  'POST /api/plans/:id': async ({ service, id, session, body }) => service.decide(id, await body(), session),
  'POST /api/decisions/:id': async ({ service, id, body, session, redirectUri }) =>
    service.beginDecision(id, await body(), session, redirectUri),
  'POST /api/handoffs/:id': async ({ service, id, body }) => service.reveal(id, await body()),
  'POST /api/session/active': async ({ body }) => void (await body()),
  'POST /api/session/end': async ({ service, token, body }) => {
    await body();
    service.end(token);
  },
};

type Beginning = Pick<Asked, 'service' | 'redirectUri' | 'body'> & { readonly token: string | undefined };

/** What needs none. */
const beginnings: Readonly<Record<string, (asked: Beginning) => unknown>> = {
  'GET /api/way': ({ service }) => service.way(),
  'POST /api/session': async ({ service, body }) => service.begin(await body()),
  'POST /api/sign-in': async ({ service, redirectUri, body }) => {
    await body();
    return service.beginSignIn(redirectUri);
  },
  'POST /api/sign-in/end': async ({ service, token, body }) => service.endSignIn(await body(), token),
};

/** Said to who comes back from Entra and is not waited for: too late, twice, or by a link of somebody else. */
const signInOver =
  'Nobody waits for this sign-in: it took more than five minutes, or was not begun here. Nothing was decided. Begin again on the page.';

const statuses: Partial<Record<ErrorCode, number>> = {
  INPUT_INVALID: 400,
  AUTH_REQUIRED: 401,
  NOT_PERMITTED: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  PLAN_EXPIRED: 410,
  LIMIT_REACHED: 429,
  THROTTLED: 503,
  UPSTREAM: 502,
  APPROVAL_UNAVAILABLE: 503,
};

/** Answers requests of the page at `origin()`, which is known once it listens. */
export function pageListener(service: PageService, origin: () => string, log: Log) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    answer(request, response, { service, origin: origin() }).catch((error: unknown) => {
      log.error({ err: error }, 'approval page');
      send(response, 500, failure(new ToolError('INTERNAL', { message: 'It failed here.', fix: 'See the log.' })));
    });
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { service, origin }: { service: PageService; origin: string },
): Promise<void> {
  const { method = '', url = '', headers, rawHeaders } = request;
  const facts = { method, url, headers, rawHeaders };
  const redirectUri = redirectUriOf(origin);
  if (isReturn(facts, redirectUri)) {
    const code = await service.arrive(new URL(url, redirectUri).searchParams, redirectUri);
    return code === undefined ? sendText(response, 403, signInOver) : sendOn(response, `${origin}${backRoot}${code}`);
  }
  const refusal = refusalOf(facts, origin);
  if (refusal !== undefined) return sendText(response, refusal.status, refusal.message);
  if (url.startsWith(backRoot)) {
    // Who comes from Entra comes by a link; anybody else who does, is sent away.
    return service.hasArrived(url.slice(backRoot.length)) ? sendPage(response) : sendText(response, 403, ledHere);
  }
  if (!url.startsWith(apiRoot)) return url === '/' ? sendPage(response) : sendText(response, 404, 'Nothing is here.');
  try {
    send(response, 200, await asked(request, service, redirectUri));
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    send(response, statuses[error.code] ?? 500, failure(error));
  }
}

async function asked(request: IncomingMessage, service: PageService, redirectUri: string): Promise<unknown> {
  const { method = '', url = '' } = request;
  const body = () => jsonOf(request);
  const token = /^Bearer ([\w-]{1,100})$/.exec(request.headers.authorization ?? '')?.[1];
  const beginning = beginnings[`${method} ${url}`];
  if (beginning !== undefined) return beginning({ service, token, redirectUri, body });
  // Whatever is asked for, without a session there is one answer.
  const session = service.session(token);
  const [, path = '', id = ''] = /^(.*?)(?:\/([0-9a-f]{32}))?$/.exec(url) ?? [];
  const route = routes[`${method} ${path}${id === '' ? '' : '/:id'}`];
  if (route === undefined) throw new ToolError('NOT_FOUND', { message: 'Nothing is here.', fix: 'Reload the page.' });
  // What the page asks by itself keeps no session open; what a person does is sent by POST.
  if (method === 'POST') service.touch(session);
  return route({ service, session, token: token ?? '', id, redirectUri, body });
}

function failure({ code, message, fix, retryAfterMs }: ToolError): Failure {
  return { error: { code, message, fix, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } };
}

function sendPage(response: ServerResponse): void {
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': pageCsp };
  response.writeHead(200, { ...commonHeaders, ...headers }).end(pageHtml);
}

function sendOn(response: ServerResponse, location: string): void {
  response.writeHead(303, { ...commonHeaders, location }).end();
}

function sendText(response: ServerResponse, status: number, text: string): void {
  // What is left of a request that was refused is not read.
  const headers = { 'content-type': 'text/plain; charset=utf-8', connection: 'close' };
  response.writeHead(status, { ...commonHeaders, ...headers }).end(`${text}\n`);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent) return void response.end();
  const rest = status === 200 ? {} : { connection: 'close' };
  const headers = { 'content-type': 'application/json; charset=utf-8', ...rest };
  response.writeHead(status, { ...commonHeaders, ...headers }).end(JSON.stringify(body ?? {}));
}
