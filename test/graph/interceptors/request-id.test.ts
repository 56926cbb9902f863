import { describe, expect, it } from 'vitest';
import { TransportFailure } from '../../../src/graph/failure.ts';
import { requestId } from '../../../src/graph/interceptors/request-id.ts';
import { UsageCounter } from '../../../src/graph/usage.ts';
import { FakeNext, quietBudget, requestOf, responseOf } from '../requests.ts';
import { KeptLog } from '../setting.ts';
import { VirtualClock } from '../virtual-clock.ts';

function linkWith() {
  const log = new KeptLog();
  const usage = new UsageCounter();
  return { log, usage, link: requestId({ clock: new VirtualClock(), log, usage }) };
}

describe('request id and log', () => {
  it('names the attempt and logs what came, with what is not secret', async () => {
    const { link, log } = linkWith();
    const fake = new FakeNext(responseOf(200, { 'request-id': 'r-9' }));
    await link(requestOf({ headers: { authorization: 'Bearer secret' }, attempt: 3 }), fake.next);
    expect(fake.seen[0]?.headers['client-request-id']).toBe('c-1');
    expect(log.lines).toEqual([
      {
        level: 'debug',
        message: 'Graph answered',
        fields: {
          method: 'GET',
          template: '/users/{}',
          clientRequestId: 'c-1',
          requestId: 'r-9',
          attempt: 3,
          lane: 'interactive',
          status: 200,
          durationMs: 0,
          units: 1,
        },
      },
    ]);
  });

  it('tells trouble louder than success', async () => {
    const { link, log } = linkWith();
    await link(requestOf(), new FakeNext(responseOf(503)).next);
    await link(requestOf(), new FakeNext(responseOf(404)).next);
    const lost = new TransportFailure('reset', { sent: true, reason: 'ECONNRESET' });
    await link(requestOf(), new FakeNext(lost).next).catch(() => undefined);
    expect(log.lines.map(({ level, fields }) => [level, fields['status'] ?? fields['failure']])).toEqual([
      ['info', 503],
      ['debug', 404],
      ['info', 'reset'],
    ]);
  });

  it('counts attempts that got no answer too', async () => {
    const { link, usage } = linkWith();
    await link(requestOf(), new FakeNext(new Error('x')).next).catch(() => undefined);
    await link(requestOf(), new FakeNext(responseOf(429)).next);
    expect(usage.report(quietBudget)).toMatchObject({ attempts: 2 });
  });
});
