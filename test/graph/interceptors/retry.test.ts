import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TransportFailure } from '../../../src/graph/failure.ts';
import { maxAttempts, retry } from '../../../src/graph/interceptors/retry.ts';
import type { GraphRequest, GraphResponse } from '../../../src/graph/request.ts';
import { UsageCounter } from '../../../src/graph/usage.ts';
import { errorBody, FakeNext, requestOf, responseOf } from '../requests.ts';
import { CountingRandom, KeptLog } from '../setting.ts';
import { VirtualClock } from '../virtual-clock.ts';

const ok = responseOf(200);
const busy = (retryAfter?: string) => responseOf(429, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
const reset = new TransportFailure('reset', { sent: true });
const refused = new TransportFailure('connect', { sent: false, reason: 'ECONNREFUSED' });
const create = { method: 'POST', template: '/users', values: [], repeat: 'once' } as const;
const disable = { method: 'PATCH', repeat: 'repeatable' } as const;

function run(answers: readonly (GraphResponse | Error)[], request: Partial<GraphRequest> = {}) {
  const clock = new VirtualClock({ skips: true });
  const fake = new FakeNext(...answers);
  const link = retry({ clock, random: new CountingRandom(), usage: new UsageCounter(), log: new KeptLog() });
  const outcome = link(requestOf(request), fake.next);
  return { clock, fake, outcome };
}

describe('retry', () => {
  it.each<[string, GraphResponse | Error]>([
    ['429', busy()],
    ['502', responseOf(502)],
    ['503', responseOf(503)],
    ['504', responseOf(504)],
    ['a reset', reset],
    ['silence', new TransportFailure('timeout', { sent: true })],
    ['a connection refused', refused],
  ])('sends a read again after %s', async (_, answer) => {
    const { fake, outcome } = run([answer, ok]);
    expect((await outcome).status).toBe(200);
    expect(fake.seen.map((seen) => seen.attempt)).toEqual([1, 2]);
  });

  it('treats a POST that only reads as a read', async () => {
    const { outcome } = run([responseOf(504), ok], { method: 'POST', template: '/users/{}/getMemberGroups' });
    expect((await outcome).status).toBe(200);
  });

  it.each([400, 401, 403, 404, 409, 412, 500, 501])('answers %d at once', async (status) => {
    const { fake, outcome } = run([responseOf(status)]);
    expect((await outcome).status).toBe(status);
    expect(fake.seen).toHaveLength(1);
  });

  it('stops after a handful of attempts and answers the last', async () => {
    const { fake, outcome } = run([busy('1')]);
    expect((await outcome).status).toBe(429);
    expect(fake.seen).toHaveLength(maxAttempts);
  });

  it('waits as long as Retry-After says, past a minute too', async () => {
    const { clock, outcome } = run([busy('2.5'), busy('300'), busy('Sun, 22 Nov 2026 12:06:02 GMT'), ok]);
    await outcome;
    expect(clock.waits).toEqual([2500, 300_000, 59_500]);
  });

  it('waits longer each time where Graph does not say, with chance in it', async () => {
    const { clock, outcome } = run([busy()]);
    await outcome;
    const ceilings = [500, 1000, 2000, 4000, 8000];
    expect(clock.waits).toHaveLength(ceilings.length);
    for (const [i, ceiling] of ceilings.entries()) {
      expect(clock.waits[i]).toBeGreaterThanOrEqual(ceiling / 2);
      expect(clock.waits[i]).toBeLessThanOrEqual(ceiling);
    }
  });

  it('does not come back at once when told to wait no time', async () => {
    const { clock, outcome } = run([busy('0'), ok]);
    await outcome;
    expect(clock.waits[0]).toBeGreaterThan(0);
  });

  it('answers at once when the wait ends after the deadline', async () => {
    const deadlineAt = new VirtualClock().now() + 30_000;
    const { clock, fake, outcome } = run([busy('30'), ok], { deadlineAt });
    expect((await outcome).status).toBe(429);
    expect(fake.seen).toHaveLength(1);
    expect(clock.waits).toEqual([]);
    expect((await run([busy('29'), ok], { deadlineAt }).outcome).status).toBe(200);
  });

  it('stops waiting when the caller does', async () => {
    const controller = new AbortController();
    const clock = new VirtualClock();
    const fake = new FakeNext(busy('60'), ok);
    const link = retry({ clock, random: new CountingRandom(), usage: new UsageCounter(), log: new KeptLog() });
    const outcome = link(requestOf({ signal: controller.signal }), fake.next);
    await clock.advance(10);
    controller.abort();
    await expect(outcome).rejects.toMatchObject({ kind: 'cancelled', sent: false });
    expect(fake.seen).toHaveLength(1);
    expect(clock.sleeping).toBe(0);
  });

  it.each(['ENOTFOUND', 'SELF_SIGNED_CERT_IN_CHAIN', 'UND_ERR_ABORTED'])(
    'does not knock again after %s',
    async (reason) => {
      const { fake, outcome } = run([new TransportFailure('connect', { sent: false, reason })]);
      await expect(outcome).rejects.toMatchObject({ kind: 'connect' });
      expect(fake.seen).toHaveLength(1);
    },
  );
});

describe('retry of a write that may be sent once', () => {
  it.each<[string, GraphResponse | Error]>([
    ['429, which is a refusal', busy('1')],
    ['a connection that was never made', refused],
  ])('sends it again after %s', async (_, answer) => {
    const { fake, outcome } = run([answer, ok], create);
    expect((await outcome).status).toBe(200);
    expect(fake.seen).toHaveLength(2);
  });

  it('is never sent again after it may have arrived, whatever else comes', async () => {
    const mayHaveArrived = fc.constantFrom<GraphResponse | TransportFailure>(
      reset,
      new TransportFailure('timeout', { sent: true }),
      ...[500, 502, 503, 504].map((status) => responseOf(status, { 'retry-after': '1' })),
    );
    const harmless = fc.constantFrom<GraphResponse | TransportFailure>(busy('1'), busy(), refused);
    await fc.assert(
      fc.asyncProperty(fc.array(harmless, { maxLength: 2 }), mayHaveArrived, async (before, lost) => {
        const { fake, outcome } = run([...before, lost, ok], create);
        await outcome.catch(() => undefined);
        expect(fake.seen).toHaveLength(before.length + 1);
      }),
    );
  });
});

describe('retry of a repeatable write', () => {
  it.each<[string, GraphResponse | Error]>([
    ['503', responseOf(503)],
    ['504', responseOf(504)],
    ['a reset', reset],
    ['a concurrency violation', responseOf(409, {}, errorBody('Directory_ConcurrencyViolation'))],
  ])('sends it again after %s', async (_, answer) => {
    expect((await run([answer, ok], disable).outcome).status).toBe(200);
  });

  it('does not after any other conflict', async () => {
    const { fake, outcome } = run([responseOf(409, {}, errorBody('Request_Conflict'))], disable);
    expect((await outcome).status).toBe(409);
    expect(fake.seen).toHaveLength(1);
  });

  it('remembers a lost answer when the end does not tell', async () => {
    expect(await run([responseOf(504), busy('1')], disable).outcome).toMatchObject({
      status: 429,
      afterLostAnswer: true,
    });
    await expect(run([reset, refused], disable).outcome).rejects.toMatchObject({ kind: 'connect', sent: true });
    const noToken = run([reset, new Error('no token')], disable).outcome;
    await expect(noToken).rejects.toMatchObject({ sent: true });
  });
});
