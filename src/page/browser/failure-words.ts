import { Refused } from './connection.ts';
import { clockTime } from './moments.ts';

/** What went wrong, for a person. */
export function failureText(error: unknown, now: number): string {
  if (!(error instanceof Refused)) {
    return 'The server does not answer: it ends with the client that started it. Approve in a terminal: entra-mcp plans';
  }
  const again = error.retryAfterMs === undefined ? '' : ` It ends at ${clockTime(now + error.retryAfterMs)}.`;
  return `${error.message}${again} ${error.fix}`;
}
