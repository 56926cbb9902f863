import { ToolError } from '../../contract/index.ts';
import { Stopped, stoppedBy } from '../failure.ts';

/** The error of a request that was not sent since no turn comes within its deadline. */
export function noTurn(soonestMs: number): ToolError {
  return new ToolError('THROTTLED', {
    message: 'The Graph quota of this app in this tenant is used up for longer than this call may wait.',
    fix: 'Call again after retryAfterMs. Nothing was sent.',
    retryAfterMs: Math.max(1000, Math.ceil(soonestMs)),
  });
}

/** The error of a request that stopped waiting for its turn. */
export function stoppedInQueue(signal: AbortSignal, soonestMs: number): Error {
  const late = signal.reason instanceof Stopped && signal.reason.by === 'deadline';
  return late ? noTurn(soonestMs) : stoppedBy(signal, false);
}
