// A wait longer than this is a mistake of something in between, not a plan of the other side.
const longestMs = 24 * 3_600_000;

/**
 * What a `Retry-After` asks for, in milliseconds: seconds, decimals of seconds, or an HTTP date, which is measured against
 * the answer's own `Date` where it has one, so that a wrong clock here does no harm. [RFC 9110, 10.2.3]
 */
export function pauseAskedFor(
  retryAfter: string | undefined,
  date: string | undefined,
  now: number,
): number | undefined {
  const text = retryAfter?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+(?:\.\d*)?$/.test(text)) return Math.min(Math.ceil(Number(text) * 1000), longestMs);
  const at = httpDate(text);
  if (at === undefined) return undefined;
  const from = httpDate(date) ?? now;
  return Math.min(Math.max(0, at - from), longestMs);
}

function httpDate(text: string | undefined): number | undefined {
  if (text === undefined || !/^[A-Z][a-z]{2,8},? /.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}
