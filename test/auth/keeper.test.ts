import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeeper, type IssuedToken } from '../../src/auth/keeper.ts';
import { ToolError } from '../../src/contract/index.ts';
import { recordingLog } from './setting.ts';

const minute = 60_000;

interface Attempt {
  readonly claims: string | undefined;
  readonly quiet: boolean;
  issue(lifeMs?: number, refreshInMs?: number): Promise<void>;
  fail(error: Error): Promise<void>;
}

/** A keeper whose time and whose issuer the test moves by hand. */
function setting() {
  const attempts: Attempt[] = [];
  const log = recordingLog();
  let now = 1_000_000;
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  const keeper = createKeeper({
    clock: { now: () => now, sleep: () => Promise.reject(new Error('a keeper never sleeps')) },
    log,
    acquire: ({ claims, quiet }) => {
      const { promise, resolve, reject } = Promise.withResolvers<IssuedToken>();
      const name = `token ${attempts.length + 1}`;
      attempts.push({
        claims,
        quiet,
        issue(lifeMs = 60 * minute, refreshInMs) {
          const said = { kind: 'app', roles: [], scopes: [], directoryRoles: [] } as const;
          const refreshAt = refreshInMs === undefined ? undefined : now + refreshInMs;
          resolve({ token: name, expiresAt: now + lifeMs, refreshAt, claims: said });
          return settled();
        },
        fail(error) {
          reject(error);
          return settled();
        },
      });
      return promise;
    },
  });
  async function held(lifeMs?: number, refreshInMs?: number) {
    const first = keeper.token();
    await settled();
    await attempts[0]?.issue(lifeMs, refreshInMs);
    await first;
  }
  const pass = (ms: number) => {
    now += ms;
  };
  return { keeper, attempts, log, held, pass, settled };
}

const throttled = (retryAfterMs: number) => new ToolError('THROTTLED', { message: 'm', fix: 'f', retryAfterMs });
const refused = new ToolError('AUTH_REQUIRED', { message: 'm', fix: 'f' });

describe('one acquisition', () => {
  it('is shared by all who ask meanwhile, and its token by all who ask later', async () => {
    const { keeper, attempts, settled } = setting();
    const asked = [keeper.token(), keeper.token(), keeper.token()];
    await settled();
    await attempts[0]?.issue();
    const tokens = await Promise.all([...asked, keeper.token()]);
    expect(tokens.map(({ token }) => token)).toEqual(['token 1', 'token 1', 'token 1', 'token 1']);
    expect(attempts).toHaveLength(1);
  });

  it('goes on for the others when one of them gives up', async () => {
    const { keeper, attempts, settled } = setting();
    const impatient = new AbortController();
    const [gone, waiting] = [keeper.token({ signal: impatient.signal }), keeper.token()];
    impatient.abort(new Error('enough'));
    await expect(gone).rejects.toThrow('enough');
    await settled();
    await attempts[0]?.issue();
    expect((await waiting).token).toBe('token 1');
  });

  it('is of use to the next caller when the only one has given up', async () => {
    const { keeper, attempts, settled } = setting();
    const impatient = new AbortController();
    const gone = keeper.token({ signal: impatient.signal });
    await settled();
    impatient.abort();
    await expect(gone).rejects.toThrow();
    await attempts[0]?.issue();
    expect((await keeper.token()).token).toBe('token 1');
  });

  it('is not even started for a caller who had given up before', async () => {
    const { keeper, attempts } = setting();
    await expect(keeper.token({ signal: AbortSignal.abort() })).rejects.toThrow();
    expect(attempts).toHaveLength(0);
  });

  it('that fails fails all its waiters once, and the next call tries again', async () => {
    const { keeper, attempts, settled } = setting();
    const asked = Promise.allSettled([keeper.token(), keeper.token()]);
    await settled();
    await attempts[0]?.fail(refused);
    expect((await asked).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const again = keeper.token();
    await settled();
    await attempts[1]?.issue();
    expect((await again).token).toBe('token 2');
  });
});

describe('renewal', () => {
  it('begins in the background in the last five minutes, while the old token is given', async () => {
    const { keeper, attempts, held, pass, settled } = setting();
    await held();
    pass(54 * minute);
    expect((await keeper.token()).token).toBe('token 1');
    expect(attempts).toHaveLength(1);
    pass(2 * minute);
    expect((await keeper.token()).token).toBe('token 1');
    expect((await keeper.token()).token).toBe('token 1');
    await settled();
    expect(attempts.map(({ quiet }) => quiet)).toEqual([false, true]);
    await attempts[1]?.issue();
    expect((await keeper.token()).token).toBe('token 2');
  });

  it('comes when the issuer would like it, for tokens that live a day', async () => {
    const { keeper, attempts, held, pass, settled } = setting();
    await held(24 * 60 * minute, 12 * 60 * minute);
    pass(12 * 60 * minute);
    expect((await keeper.token()).token).toBe('token 1');
    await settled();
    expect(attempts).toHaveLength(2);
  });

  it('makes callers wait only once the token has expired', async () => {
    const { keeper, attempts, held, pass, settled } = setting();
    await held();
    pass(60 * minute);
    const asked = keeper.token();
    await settled();
    await attempts[1]?.issue();
    expect((await asked).token).toBe('token 2');
    expect(attempts.map(({ quiet }) => quiet)).toEqual([false, false]);
  });

  it('that fails early is logged, tried again after half a minute, and hurts nobody', async () => {
    const { keeper, attempts, held, pass, settled, log } = setting();
    await held();
    pass(56 * minute);
    await keeper.token();
    await settled();
    await attempts[1]?.fail(refused);
    expect(log.lines.join()).toContain('could not be renewed early');
    expect((await keeper.token()).token).toBe('token 1');
    await settled();
    expect(attempts).toHaveLength(2);
    pass(31_000);
    await keeper.token();
    await settled();
    expect(attempts).toHaveLength(3);
  });

  it('in the background that fails after the token expired is tried again aloud for those who wait', async () => {
    const { keeper, attempts, held, pass, settled } = setting();
    await held();
    pass(56 * minute);
    await keeper.token();
    await settled();
    pass(10 * minute);
    const asked = keeper.token();
    await attempts[1]?.fail(refused);
    await settled();
    await attempts[2]?.issue();
    expect((await asked).token).toBe('token 3');
    expect(attempts[2]?.quiet).toBe(false);
  });

  it('of short-lived tokens does not happen at every call', async () => {
    const { keeper, attempts, held, pass } = setting();
    await held(2 * minute);
    pass(50_000);
    await keeper.token();
    expect(attempts).toHaveLength(1);
  });
});

describe('a claims challenge', () => {
  it('drops the token: the new one is asked for with the claims, and the others wait for it', async () => {
    const { keeper, attempts, held, settled } = setting();
    await held();
    const [challenged, plain] = [keeper.token({ claims: 'c' }), keeper.token()];
    await settled();
    expect(attempts[1]).toMatchObject({ claims: 'c', quiet: false });
    await attempts[1]?.issue();
    expect((await challenged).token).toBe('token 2');
    expect((await plain).token).toBe('token 2');
  });

  it('that met many requests is answered once', async () => {
    const { keeper, attempts, held, settled } = setting();
    await held();
    const asked = [keeper.token({ claims: 'c' }), keeper.token({ claims: 'c' })];
    await settled();
    await attempts[1]?.issue();
    await Promise.all(asked);
    expect((await keeper.token({ claims: 'c' })).token).toBe('token 2');
    expect(attempts).toHaveLength(2);
  });

  it('is answered anew when it comes again later, or is another one', async () => {
    const { keeper, attempts, held, pass, settled } = setting();
    await held();
    for (const [count, claims] of [
      [1, 'c'],
      [2, 'd'],
      [3, 'd'],
    ] as const) {
      pass(2 * minute);
      const asked = keeper.token({ claims });
      await settled();
      await attempts[count]?.issue();
      await asked;
    }
    expect(attempts.map(({ claims }) => claims)).toEqual([undefined, 'c', 'd', 'd']);
  });

  it('waits for an acquisition under way: there is one at a time', async () => {
    const { keeper, attempts, settled } = setting();
    const plain = keeper.token();
    await settled();
    const challenged = keeper.token({ claims: 'c' });
    await settled();
    expect(attempts).toHaveLength(1);
    await attempts[0]?.issue();
    await attempts[1]?.issue();
    expect((await plain).token).toBe('token 1');
    expect((await challenged).token).toBe('token 2');
    expect((await keeper.token()).token).toBe('token 2');
  });
});

describe('a pause that the service asked for', () => {
  it('is kept: calls fail at once with what is left of it', async () => {
    const { keeper, attempts, pass, settled } = setting();
    const asked = keeper.token();
    await settled();
    await Promise.all([attempts[0]?.fail(throttled(60_000)), expect(asked).rejects.toThrow()]);
    pass(20_000);
    await expect(keeper.token()).rejects.toMatchObject({ code: 'THROTTLED', retryAfterMs: 40_000 });
    expect(attempts).toHaveLength(1);
    pass(40_000);
    const again = keeper.token();
    await settled();
    await attempts[1]?.issue();
    expect((await again).token).toBe('token 2');
  });
});

it('never gives an expired token, nor runs two acquisitions at a time, whatever happens in which order', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('ask' as const), claims: fc.constantFrom(undefined, 'c', 'd') }),
    fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 70 * minute }) }),
    fc.record({ do: fc.constant('issue' as const), ms: fc.integer({ min: 1000, max: 90 * minute }) }),
    fc.record({ do: fc.constant('fail' as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      let now = 0;
      let running = 0;
      let finish: { issue(ms: number): void; fail(): void } | undefined;
      const keeper = createKeeper({
        clock: { now: () => now, sleep: async () => undefined },
        log: recordingLog(),
        acquire: async () => {
          running += 1;
          expect(running).toBe(1);
          const { promise, resolve, reject } = Promise.withResolvers<IssuedToken>();
          const claims = { kind: 'app', roles: [], scopes: [], directoryRoles: [] } as const;
          finish = {
            issue: (ms) => resolve({ token: 't', expiresAt: now + ms, claims }),
            fail: () => reject(refused),
          };
          return promise.finally(() => {
            running -= 1;
          });
        },
      });
      for (const each of steps) {
        if (each.do === 'pass') now += each.ms;
        if (each.do === 'issue') finish?.issue(each.ms);
        if (each.do === 'fail') finish?.fail();
        if (each.do === 'ask') {
          const asked = keeper.token(each.claims === undefined ? {} : { claims: each.claims });
          asked.then(
            (token) => expect(token.expiresAt).toBeGreaterThan(now),
            (error) => expect(error).toBe(refused),
          );
        }
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    }),
    { numRuns: 60 },
  );
});

describe('a token that Graph refuses without a challenge', () => {
  it('is not given again, and is given again where it was issued a moment ago', async () => {
    const { keeper, attempts, held, pass, settled } = setting();
    await held();
    expect((await keeper.token({ refused: 'token 1' }))?.token).toBe('token 1');
    pass(minute);
    const next = keeper.token({ refused: 'token 1' });
    await settled();
    await attempts[1]?.issue();
    expect((await next).token).toBe('token 2');
    expect((await keeper.token({ refused: 'token 1' })).token).toBe('token 2');
    expect(attempts).toHaveLength(2);
  });
});
