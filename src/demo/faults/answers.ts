import { GraphFault } from '../errors.ts';
import type { Answer, GraphRequest } from '../request.ts';
import { tooManyRequests } from '../throttle.ts';
import type { FaultRule } from './rule.ts';

/** Where links lead that lead away. `.example` names are never registered. */
const elsewhere = 'https://graph.attacker.example';

/** What a service answers that does not carry a request out, or says so. `nowMs` dates it. */
export function faultAnswer(rule: FaultRule, request: GraphRequest, nowMs: number): Answer {
  const seconds = (rule.waitMs ?? 1000) / 1000;
  switch (rule.kind) {
    case '429':
      return throttledFor(String(seconds), request, nowMs);
    case '429-date':
      // HTTP dates have whole seconds: rounded up, so that nobody comes early.
      return throttledFor(new Date(Math.ceil((nowMs + seconds * 1000) / 1000) * 1000).toUTCString(), request, nowMs);
    case '429-bare':
      return tooManyRequests(request, nowMs, {});
    case '503':
    case '503-after':
      return failure(request, nowMs, 503, 'serviceNotAvailable', 'The service is temporarily unavailable.', {
        ...(rule.waitMs === undefined ? {} : { 'retry-after': String(seconds) }),
      });
    case '504':
    case '504-after':
      return failure(request, nowMs, 504, 'UnknownError', 'The gateway did not receive a timely response.');
    case '409':
      return failure(request, nowMs, 409, 'Directory_ConcurrencyViolation', 'Another change is under way; try again.');
    case '410':
      return failure(request, nowMs, 410, 'resyncRequired', 'The delta token is no longer valid.', {
        location: `${request.root}${request.path.split('?')[0] ?? ''}?$deltatoken=`,
      });
    case 'page-token':
      return failure(
        request,
        nowMs,
        400,
        'Directory_ExpiredPageToken',
        'The specified page token value has expired and can no longer be included in your request.',
      );
    case '401-expired':
      return unauthorized(request, nowMs, 'Lifetime validation failed, the token is expired.', plainChallenge);
    case '401-claims':
      return unauthorized(request, nowMs, claimsMessage, claimsChallenge(nowMs));
    case '401-claims-many':
      return unauthorized(request, nowMs, claimsMessage, [
        'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"',
        claimsChallenge(nowMs),
        'PoP realm="", error="invalid_token"',
      ]);
    case 'redirect':
      return {
        status: rule.status ?? 302,
        headers: { location: `${rule.to ?? elsewhere}${request.path}` },
      };
    case 'empty-page':
      return { status: 200, body: { '@odata.nextLink': `${request.root}${request.path}`, value: [] } };
    default:
      return failure(request, nowMs, 500, 'InternalServerError', 'An unexpected error occurred.');
  }
}

/** The answer to a list, with a next link that leads to a foreign host. */
export function withForeignNextLink(answer: Answer, { to }: FaultRule, request: GraphRequest): Answer {
  const { body } = answer;
  if (typeof body !== 'object' || body === null || !Array.isArray(Reflect.get(body, 'value'))) return answer;
  return { ...answer, body: { ...body, '@odata.nextLink': `${to ?? elsewhere}${request.path}` } };
}

function throttledFor(retryAfter: string, request: GraphRequest, nowMs: number): Answer {
  return tooManyRequests(request, nowMs, {
    'retry-after': retryAfter,
    'x-ms-throttle-information': 'CPULimitExceeded',
  });
}

function failure(
  { requestId, clientRequestId }: GraphRequest,
  nowMs: number,
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const date = new Date(nowMs).toISOString().slice(0, 19);
  return {
    status,
    headers,
    body: new GraphFault(status, code, message).toBody({ date, requestId, clientRequestId }),
  };
}

const claimsMessage =
  'Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenCreatedWithOutdatedPolicies';
const plainChallenge =
  'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="invalid_token"';

/** `nbf` is the time from which a new token must be (GRAPH.md J4). */
function claimsChallenge(nowMs: number): string {
  const claims = { access_token: { nbf: { essential: true, value: String(Math.floor(nowMs / 1000)) } } };
  const encoded = Buffer.from(JSON.stringify(claims)).toString('base64');
  return `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="${encoded}"`;
}

function unauthorized(
  request: GraphRequest,
  nowMs: number,
  message: string,
  challenge: string | readonly string[],
): Answer {
  return {
    ...failure(request, nowMs, 401, 'InvalidAuthenticationToken', message),
    headers: { 'www-authenticate': challenge },
  };
}
