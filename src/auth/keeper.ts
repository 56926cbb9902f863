import { type AccessToken, type Clock, type Log, ToolError } from '../contract/index.ts';

/** A token as it was issued. */
export interface IssuedToken extends AccessToken {
  /** When the issuer would like it renewed, in milliseconds since the epoch; long-lived tokens say so. */
  readonly refreshAt?: number | undefined;
}

/** One acquisition. `quiet`: in the background, so nobody may be asked for anything. */
export type Acquire = (options: { claims: string | undefined; quiet: boolean }) => Promise<IssuedToken>;

export interface Keeper {
  token(options?: { signal?: AbortSignal; claims?: string; refused?: string }): Promise<AccessToken>;
}

interface Held {
  readonly token: AccessToken;
  readonly since: number;
  /** From then on it is not given any more: it would expire on its way to Graph. */
  readonly goodUntil: number;
  readonly renewAt: number;
}

interface Flight {
  readonly claims: string | undefined;
  readonly quiet: boolean;
  readonly done: Promise<AccessToken>;
}

const earlyMs = 5 * 60_000;
const marginMs = 10_000;
const pauseAfterFailureMs = 30_000;
const sameChallengeMs = 60_000;
const newMs = 60_000;

/**
 * Keeps one token: callers share an acquisition, and none of them can cancel it for the others. A token in its last
 * five minutes is still given while the next one is fetched in the background; only an expired one makes callers wait.
 */
export function createKeeper(options: { acquire: Acquire; clock: Clock; log: Log }): Keeper {
  const { acquire, clock, log } = options;
  let held: Held | undefined;
  let flight: Flight | undefined;
  let answered: { claims: string; at: number } | undefined;
  let closedUntil = 0;
  let quietAgainAt = 0;

  /** One acquisition at a time: a challenge that arrives during one waits for its end. */
  async function run(before: Flight | undefined, claims: string | undefined, quiet: boolean): Promise<AccessToken> {
    await before?.done.catch(() => undefined);
    if (clock.now() < closedUntil) throw pause(closedUntil - clock.now());
    try {
      const issued = await acquire({ claims, quiet });
      held = holdOf(issued, clock.now());
      if (claims !== undefined) answered = { claims, at: clock.now() };
      return held.token;
    } catch (error) {
      if (error instanceof ToolError && error.code === 'THROTTLED')
        closedUntil = clock.now() + (error.retryAfterMs ?? 0);
      throw error;
    }
  }

  function start(claims: string | undefined, quiet: boolean): Promise<AccessToken> {
    const done = run(flight, claims, quiet).finally(() => {
      if (flight?.done === done) flight = undefined;
    });
    // Every waiter may have gone by the time it fails.
    done.catch(() => undefined);
    flight = { claims, quiet, done };
    return done;
  }

  function renewQuietly(): void {
    if (flight !== undefined || clock.now() < Math.max(quietAgainAt, closedUntil)) return;
    start(undefined, true).catch((error: unknown) => {
      quietAgainAt = clock.now() + pauseAfterFailureMs;
      const { code, detail } = error instanceof ToolError ? error : { code: 'INTERNAL', detail: undefined };
      log.warn({ code, ...detail }, 'the Graph token could not be renewed early; the old one is used while it lasts');
    });
  }

  /** Many requests may be refused with one challenge: the first gets a new token, and the others share it. */
  function afterChallenge(claims: string): Promise<AccessToken> {
    if (flight?.claims === claims) return flight.done;
    const isAnswered = answered?.claims === claims && clock.now() - answered.at < sameChallengeMs;
    if (isAnswered && held !== undefined) return Promise.resolve(held.token);
    held = undefined;
    return start(claims, false);
  }

  async function current(): Promise<AccessToken> {
    if (held !== undefined && clock.now() < held.goodUntil) {
      if (clock.now() >= held.renewAt) renewQuietly();
      return held.token;
    }
    if (flight === undefined) return start(undefined, false);
    // What asks nobody may fail where asking helps.
    return flight.quiet ? flight.done.catch(() => start(undefined, false)) : flight.done;
  }

  /** A token that was just issued and is refused already would be refused again: then the fault is not its age. */
  function forget(refused: string): void {
    if (held?.token.token === refused && clock.now() - held.since >= newMs) held = undefined;
  }

  return {
    async token({ signal, claims, refused } = {}) {
      signal?.throwIfAborted();
      if (refused !== undefined) forget(refused);
      return unlessAborted(claims === undefined ? current() : afterChallenge(claims), signal);
    },
  };
}

/** Short-lived tokens are renewed at half their life. */
function holdOf({ refreshAt, ...token }: IssuedToken, now: number): Held {
  const lifeMs = token.expiresAt - now;
  const renewAt = token.expiresAt - Math.min(earlyMs, lifeMs / 2);
  return {
    token,
    since: now,
    goodUntil: token.expiresAt - Math.min(marginMs, lifeMs / 10),
    renewAt: Math.min(renewAt, refreshAt ?? renewAt),
  };
}

function pause(retryAfterMs: number): ToolError {
  return new ToolError('THROTTLED', {
    message: 'The login service asked for a pause.',
    fix: 'Call again after the pause.',
    retryAfterMs,
  });
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
