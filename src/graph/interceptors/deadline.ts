import type { Clock } from '../../contract/index.ts';
import { Stopped, stoppedBy } from '../failure.ts';
import type { Interceptor } from '../request.ts';

/**
 * Gives the rest of the chain a signal that aborts when the caller cancels or the deadline passes, whichever comes
 * first. Everything below waits on that signal only, so an abort is heard wherever the request stands.
 */
export function deadline(clock: Clock): Interceptor {
  return async (request, next) => {
    const { signal: caller, deadlineAt } = request;
    if (caller.aborted) throw stoppedBy(caller, false);
    const controller = new AbortController();
    const cancel = () => controller.abort(new Stopped('cancelled'));
    caller.addEventListener('abort', cancel, { once: true });
    const finished = new AbortController();
    if (deadlineAt !== undefined) {
      clock.sleep(Math.max(0, deadlineAt - clock.now()), finished.signal).then(
        () => controller.abort(new Stopped('deadline')),
        () => undefined,
      );
    }
    try {
      return await next({ ...request, signal: controller.signal });
    } finally {
      caller.removeEventListener('abort', cancel);
      finished.abort(over);
    }
  };
}

const over = new Error('The request is over');
