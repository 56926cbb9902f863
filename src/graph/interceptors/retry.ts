import type { Clock, Log, Random } from '../../contract/index.ts';
import { stoppedBy, TransportFailure } from '../failure.ts';
import { graphErrorOf } from '../graph-error.ts';
import { type GraphRequest, type GraphResponse, type Interceptor, isRead, type Next } from '../request.ts';
import { retryAfterMs } from '../retry-after.ts';
import type { UsageCounter } from '../usage.ts';

/** Attempts of one request, the first included. */
export const maxAttempts = 6;

// A host that cannot be reached is seldom reachable a second later.
const maxConnectAttempts = 3;
const firstBackoffMs = 500;
const longestBackoffMs = 16_000;

interface RetryPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly usage: UsageCounter;
  readonly log: Log;
}

type Outcome = GraphResponse | TransportFailure;

/**
 * Sends again what may be sent again. 429 was refused, so it is safe for every request; any other trouble may hide that
 * a write took effect, so only reads and repeatable writes go again. `Retry-After` is honored in full; where it ends
 * after the deadline, the answer is returned at once.
 */
export function retry(ports: RetryPorts): Interceptor {
  return async (request, next) => {
    let lost = false;
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await outcomeOf(next, { ...request, attempt }, lost);
      const wait = mayGoAgain(request, outcome, attempt) ? waitMs(ports, request, outcome, attempt) : undefined;
      if (wait === undefined) return settled(outcome, lost);
      lost ||= isLost(outcome);
      report(ports.log, request, outcome, attempt, wait);
      await pause(ports, request, wait, lost);
      if (isThrottled(outcome)) request.waits.add(wait, 'throttled');
    }
  };
}

async function outcomeOf(next: Next, request: GraphRequest, lost: boolean): Promise<Outcome> {
  try {
    return await next(request);
  } catch (error) {
    if (error instanceof TransportFailure) return error;
    // No token for the second attempt does not tell what the first one did.
    if (lost) throw new TransportFailure('reset', { sent: true, cause: error });
    throw error;
  }
}

function settled(outcome: Outcome, lost: boolean): GraphResponse {
  if (!(outcome instanceof TransportFailure)) return lost ? { ...outcome, afterLostAnswer: true } : outcome;
  const { kind, sent, reason, cause } = outcome;
  throw lost && !sent ? new TransportFailure(kind, { sent: true, reason, cause }) : outcome;
}

function mayGoAgain(request: GraphRequest, outcome: Outcome, attempt: number): boolean {
  if (attempt >= maxAttempts) return false;
  const harmless = request.repeat === 'repeatable' || isRead(request);
  if (outcome instanceof TransportFailure) {
    if (outcome.kind === 'connect') return attempt < maxConnectAttempts && !isPermanent(outcome.reason);
    return harmless && (outcome.kind === 'reset' || outcome.kind === 'timeout');
  }
  if (outcome.status === 429) return true;
  if (!harmless) return false;
  if (outcome.status === 409) return graphErrorOf(outcome)?.code === 'Directory_ConcurrencyViolation';
  return outcome.status === 502 || outcome.status === 503 || outcome.status === 504;
}

/** A name that does not exist, a certificate that is not trusted, a proxy that refuses: asking again changes nothing. */
function isPermanent(reason: string | undefined): boolean {
  return (
    reason !== undefined && !/^(?:ECONN|EAI_AGAIN|EPIPE|ETIMEDOUT|EHOSTUNREACH|UND_ERR_(?:CONNECT|SOCKET))/.test(reason)
  );
}

function isThrottled(outcome: Outcome): boolean {
  return !(outcome instanceof TransportFailure) && (outcome.status === 429 || outcome.status === 503);
}

function isLost(outcome: Outcome): boolean {
  return outcome instanceof TransportFailure ? outcome.sent : outcome.status >= 500;
}

function waitMs(ports: RetryPorts, request: GraphRequest, outcome: Outcome, attempt: number): number | undefined {
  const now = ports.clock.now();
  const asked = outcome instanceof TransportFailure ? undefined : retryAfterMs(outcome.headers, now);
  const wait = asked === undefined || asked === 0 ? backoffMs(ports.random, attempt) : asked;
  return request.deadlineAt !== undefined && now + wait >= request.deadlineAt ? undefined : wait;
}

/** Doubles with each attempt; half of it is left to chance, so that many callers do not come back together. */
function backoffMs(random: Random, attempt: number): number {
  const ceiling = Math.min(longestBackoffMs, firstBackoffMs * 2 ** (attempt - 1));
  const [byte = 0] = random.bytes(1);
  return Math.round(ceiling / 2 + (ceiling / 2) * (byte / 255));
}

async function pause({ clock, usage }: RetryPorts, request: GraphRequest, wait: number, lost: boolean): Promise<void> {
  const from = clock.now();
  try {
    await clock.sleep(wait, request.signal);
  } catch (error) {
    throw request.signal.aborted ? stoppedBy(request.signal, lost) : error;
  } finally {
    usage.waited(clock.now() - from);
  }
}

function report(log: Log, request: GraphRequest, outcome: Outcome, attempt: number, wait: number): void {
  const { method, template, clientRequestId } = request;
  const why = outcome instanceof TransportFailure ? outcome.kind : outcome.status;
  log.info({ method, template, clientRequestId, attempt, why, waitMs: wait }, 'Graph request goes again');
}
