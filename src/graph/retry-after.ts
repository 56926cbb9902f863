import { pauseAskedFor } from '../contract/index.ts';
import { type Headers, headerText } from './request.ts';

/** What `Retry-After` asks for, in milliseconds. */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  return pauseAskedFor(headerText(headers, 'retry-after'), headerText(headers, 'date'), now);
}
