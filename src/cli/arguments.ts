import { InvalidArgumentError } from 'commander';
import { duration } from '../config/values.ts';

/** A whole number in a range, as a parser of an option. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** A time such as `5m`, in milliseconds. */
export function timeSpan(leastMs: number, mostMs: number): (text: string) => number {
  const type = duration(leastMs, mostMs);
  return (text) => {
    const { data } = type.safeParse(text);
    if (data !== undefined) return data;
    throw new InvalidArgumentError('It must be a number with s, m, h or d, from 30s to 1d.');
  };
}

/** A head of the audit trail: SHA-256 in hexadecimal. */
export function trailHead(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text;
  throw new InvalidArgumentError('A head has 64 hexadecimal digits.');
}

/** The arguments of a tool call: JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('The arguments of a tool are JSON, such as \'{"user":"maya@contoso.example"}\'.');
  }
}
