import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../src/graph/retry-after.ts';

const now = Date.parse('Sun, 22 Nov 2026 12:00:00 GMT');

describe('Retry-After', () => {
  it.each([
    ['7', 7000],
    ['0', 0],
    ['0.25', 250],
    ['1.0004', 1001],
    [' 300 ', 300_000],
    ['86400000', 86_400_000],
    ['Sun, 22 Nov 2026 12:02:30 GMT', 150_000],
    ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
  ])('%s is %d ms', (text, ms) => {
    expect(retryAfterMs({ 'retry-after': text }, now)).toBe(ms);
  });

  it.each(['', 'soon', '-3', '1e9', 'NaN', 'Infinity', '3 s'])('%s is nothing', (text) => {
    expect(retryAfterMs({ 'retry-after': text }, now)).toBeUndefined();
  });

  it('measures a date against the Date of the answer, not against a clock that is wrong', () => {
    const headers = { 'retry-after': 'Sun, 22 Nov 2026 12:00:10 GMT', date: 'Sun, 22 Nov 2026 12:00:00 GMT' };
    expect(retryAfterMs(headers, now + 3_600_000)).toBe(10_000);
  });

  it('takes the first of several', () => {
    expect(retryAfterMs({ 'retry-after': ['4', '9'] }, now)).toBe(4000);
  });
});
