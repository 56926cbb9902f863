/** `ENTRA_MCP_GRAPH_QUOTA`: the size of the tenant where it is known; `strict` also holds to 10,000 requests in ten minutes. */
export type GraphQuota = 'auto' | 'S' | 'M' | 'L' | 'strict';

/** At most so much in any so many milliseconds. */
export interface Quota {
  readonly limit: number;
  readonly windowMs: number;
}

/**
 * What one app may ask in one tenant, as published for the identity service, read 2026-02-06.
 * [learn.microsoft.com/graph/throttling-limits]
 */
export const quotas = {
  /** Resource units, by the size of the tenant: below 50 users, to 500, above. */
  units: {
    S: { limit: 3500, windowMs: 10_000 },
    M: { limit: 5000, windowMs: 10_000 },
    L: { limit: 8000, windowMs: 10_000 },
  },
  writes: { limit: 3000, windowMs: 150_000 },
  /** Audit, sign-in and provisioning logs, and usage reports, in requests. */
  reports: { limit: 5, windowMs: 10_000 },
  /** Identity Protection and Conditional Access, in requests. Their refusals carry no Retry-After. */
  protection: { limit: 1, windowMs: 1000 },
  /** Reads of users with signInActivity, in requests. */
  signInActivity: { limit: 10, windowMs: 60_000 },
  /** With `strict` only: every request of the app in the tenant. */
  strict: { limit: 10_000, windowMs: 600_000 },
} as const satisfies Record<string, Quota | Record<string, Quota>>;

/** A $batch of writes may leave at once after a pause. */
export const writeBurst = 20;

/** Writes a second, so that with the burst no window ever holds more than the quota, and a few are left over. */
export const writesPerSecond = ((quotas.writes.limit - writeBurst - 5) * 1000) / quotas.writes.windowMs;

/** What a setting says of the size of the tenant. Unknown: begins with the smallest and may grow to the largest. */
export function unitQuota(quota: GraphQuota): { readonly first: Quota; readonly most: Quota } {
  const { S, L } = quotas.units;
  if (quota === 'auto' || quota === 'strict') return { first: S, most: L };
  return { first: quotas.units[quota], most: quotas.units[quota] };
}
