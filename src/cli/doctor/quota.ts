import type { Checkup } from './checkup.ts';
import type { Finding } from './finding.ts';

const meanings: Readonly<Record<string, string>> = {
  auto: 'it learns the size of the tenant from the answers',
  S: 'paced for a tenant of under 50 users',
  M: 'paced for a tenant of 50 to 500 users',
  L: 'paced for a tenant of more than 500 users',
  strict: 'it also keeps to 10,000 requests in 10 minutes',
};

/** The setting, and what this check itself has used. */
export function quotaFinding({ config, graph }: Checkup): Finding {
  const check = 'quota';
  const { requests, attempts, throttled, waitedMs, resourceUnits } = graph.usage();
  const setting = config.graphQuota;
  const detail = { requests, attempts, throttled, waitedMs, resourceUnits };
  const message = `ENTRA_MCP_GRAPH_QUOTA is ${setting}: ${meanings[setting] ?? 'as set'}.`;
  if (throttled === 0) return { check, status: 'ok', message, detail };
  return {
    check,
    status: 'warning',
    message: `${message} Graph has asked even this check to slow down.`,
    fix: 'Other programs use up the quota of this app or tenant: give this server an app registration of its own.',
    detail,
  };
}
