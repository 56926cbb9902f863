import { describe, expect, it } from 'vitest';
import { TransportFailure, unlessStopped } from '../../../src/graph/failure.ts';
import { deadline } from '../../../src/graph/interceptors/deadline.ts';
import type { GraphRequest, Next } from '../../../src/graph/request.ts';
import { FakeNext, requestOf, responseOf } from '../requests.ts';
import { VirtualClock } from '../virtual-clock.ts';

/** Waits until it is stopped. */
const never: Next = (request: GraphRequest) => unlessStopped(new Promise<never>(() => undefined), request.signal);

describe('deadline', () => {
  it('stops what is under way when the time is over, not before', async () => {
    const clock = new VirtualClock();
    let ended: unknown;
    const request = requestOf({ deadlineAt: clock.now() + 1000 });
    const running = deadline(clock)(request, never).catch((error: unknown) => {
      ended = error;
    });
    await clock.advance(999);
    expect(ended).toBeUndefined();
    await clock.advance(1);
    await running;
    expect(ended).toMatchObject({ kind: 'deadline', sent: false });
  });

  it('stops what is under way when the caller cancels', async () => {
    const controller = new AbortController();
    const request = requestOf({ signal: controller.signal });
    const running = deadline(new VirtualClock())(request, never);
    controller.abort();
    await expect(running).rejects.toMatchObject({ kind: 'cancelled' });
  });

  it('sends nothing for a caller who has already gone', async () => {
    const fake = new FakeNext(responseOf(200));
    const running = deadline(new VirtualClock())(requestOf({ signal: AbortSignal.abort() }), fake.next);
    await expect(running).rejects.toBeInstanceOf(TransportFailure);
    expect(fake.seen).toEqual([]);
  });

  it('leaves no timer behind, whatever the end', async () => {
    const clock = new VirtualClock();
    const request = requestOf({ deadlineAt: clock.now() + 1000 });
    await deadline(clock)(request, new FakeNext(responseOf(200)).next);
    await deadline(clock)(request, new FakeNext(new Error('x')).next).catch(() => undefined);
    expect(clock.sleeping).toBe(0);
  });

  it('sets no timer where there is no deadline', async () => {
    const clock = new VirtualClock();
    await deadline(clock)(requestOf(), new FakeNext(responseOf(200)).next);
    expect(clock.waits).toEqual([]);
  });
});
