import type { GraphReader } from '../contract/index.ts';
import type { StateStore } from '../store/index.ts';
import { Comparing, type Comparison } from './comparison.ts';
import { type EntraIdentity, entraActivities, oldestActivity } from './entra-log.ts';
import { recordedWrites } from './recorded-writes.ts';

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Entra keeps its audit log for 7 days, with P1 or P2 for 30.
 * [learn.microsoft.com/entra/identity/monitoring-health/reference-reports-data-retention]
 */
const keptAtLeastMs = 7 * dayMs;
const keptAtMostMs = 30 * dayMs;

/** The outcome of `compareWithEntra`. */
export interface EntraVerdict extends Comparison {
  /** From when on both logs were compared, in milliseconds since the epoch; undefined for an empty trail. */
  readonly since: number | undefined;
  /** Writes of ours from before that: Entra no longer has their rows. */
  readonly older: number;
}

/**
 * Holds a trail against Entra's own audit log of the same identity, both ways, from the first row of the trail on as far
 * as Entra's log goes back.
 * @throws ToolError NOT_PERMITTED without AuditLog.Read.All, and what reading throws.
 */
export async function compareWithEntra(
  of: { readonly store: StateStore; readonly tenantId: string; readonly identity: EntraIdentity },
  graph: GraphReader,
  now: number,
): Promise<EntraVerdict> {
  const { writes, beginsAt } = await recordedWrites(of.store, of.tenantId);
  if (beginsAt === undefined) {
    return { writes: 0, found: 0, pending: [], missing: [], unrecorded: [], since: undefined, older: 0 };
  }
  const oldest = Math.max((await oldestActivity(graph)) ?? now, now - keptAtMostMs);
  // A quiet tenant's log may begin late and yet be whole.
  const since = Math.max(beginsAt, Math.min(oldest, now - keptAtLeastMs));
  const comparing = new Comparing(writes);
  for await (const activities of entraActivities(graph, of.identity, since)) comparing.add(activities);
  const older = writes.filter(({ at }) => at < since).length;
  return { ...comparing.result(now, since), since, older };
}
