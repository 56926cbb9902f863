import { Refused } from './connection.ts';
import { clockTime } from './moments.ts';

/** What went wrong, for a person. */
export function failureText(error: unknown, now: number): string {
  if (!(error instanceof Refused)) {
    return 'The server does not answer: it ends with the client that started it. Approve in a terminal: entra-mcp plans';
  }
  const words = error.code === 'LIMIT_REACHED' ? 'It ends at' : 'Try again at';
  const again = error.retryAfterMs === undefined ? '' : ` ${words} ${clockTime(now + error.retryAfterMs)}.`;
  return `${error.message}${again} ${error.fix}`;
}
