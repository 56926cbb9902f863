/** One line of the report. `reach` is the number to stay within. */
export interface Line {
  readonly what: string;
  readonly measured: number;
  readonly reach: number;
  readonly unit: string;
  /** What it was measured against, in the same run. */
  readonly against: string;
}

/** The middle value. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which a share of all lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** A number with as many digits as tell something. */
export function figure(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return String(Math.round(value));
  return value.toPrecision(3);
}
