import type { Clock, Log } from '../../contract/index.ts';
import { TransportFailure } from '../failure.ts';
import { type GraphResponse, headerText, type Interceptor } from '../request.ts';
import type { UsageCounter } from '../usage.ts';

/**
 * Names each attempt with `client-request-id`, counts it and logs it: address by template, never a value, a body or a
 * token. [learn.microsoft.com/graph/best-practices-concept]
 */
export function requestId({ clock, log, usage }: { clock: Clock; log: Log; usage: UsageCounter }): Interceptor {
  return async (request, next) => {
    const { method, template, clientRequestId, attempt, lane, cost } = request;
    const from = clock.now();
    const fields = () => ({ method, template, clientRequestId, attempt, lane, durationMs: clock.now() - from });
    usage.attempt();
    let response: GraphResponse;
    try {
      response = await next({ ...request, headers: { ...request.headers, 'client-request-id': clientRequestId } });
    } catch (failure) {
      const known = failure instanceof TransportFailure ? { failure: failure.kind, reason: failure.reason } : {};
      log.info({ ...fields(), ...known }, 'Graph gave no answer');
      throw failure;
    }
    const { status, headers } = response;
    const seen = { ...fields(), status, requestId: headerText(headers, 'request-id'), units: cost.units };
    if (status < 400 || status === 404) log.debug(seen, 'Graph answered');
    else log.info(seen, 'Graph answered');
    return response;
  };
}
