import type { Clock } from '../../contract/index.ts';
import type { BudgetLedger, Outcome } from '../budget/ledger.ts';
import { TransportFailure } from '../failure.ts';
import { type GraphResponse, headerText, type Interceptor } from '../request.ts';
import { retryAfterMs } from '../retry-after.ts';
import type { UsageCounter } from '../usage.ts';

interface BudgetPorts {
  readonly ledger: BudgetLedger;
  readonly clock: Clock;
  readonly usage: UsageCounter;
}

/**
 * Lets every attempt wait for its turn, and tells the ledger what came of it. Writes of a batch wait for each other
 * first, once: whoever comes again comes alone.
 */
export function budget({ ledger, clock, usage }: BudgetPorts): Interceptor {
  return async (request, next) => {
    const { cost, lane, signal, deadlineAt, attempt, member, waits } = request;
    const again = attempt > 1;
    const chunk = again ? undefined : await member?.arrive(signal);
    const lease = await ledger.acquire({ cost, lane, signal, deadlineAt, again, chunk });
    usage.waited(lease.waitedMs);
    waits.add(lease.waitedMs, lease.why);
    let response: GraphResponse;
    try {
      response = await next(again ? { ...request, together: false } : request);
    } catch (error) {
      lease.settle({ kind: error instanceof TransportFailure && error.sent ? 'lost' : 'unsent' });
      throw error;
    }
    usage.answer(response);
    lease.settle(outcomeOf(response, clock.now()));
    return response;
  };
}

/** [learn.microsoft.com/graph/throttling-limits] */
function outcomeOf({ status, headers }: GraphResponse, now: number): Outcome {
  const pressure = positive(headerText(headers, 'x-ms-throttle-limit-percentage'));
  if (status === 429) {
    const ofBoth = /\/ReadWrite(?:\/|$)/i.test(headerText(headers, 'x-ms-throttle-scope') ?? '');
    return { kind: 'refused', pressure, retryAfterMs: retryAfterMs(headers, now), ofBoth };
  }
  const units = positive(headerText(headers, 'x-ms-resource-unit'));
  return { kind: status >= 500 ? 'lost' : 'answered', units, pressure };
}

function positive(text: string | undefined): number | undefined {
  const value = Number(text);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
