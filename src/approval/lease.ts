import { leaseMs } from '../store/index.ts';
import { trailOf } from './ending.ts';
import { uncount } from './limits.ts';
import type { GateParts } from './parts.ts';
import { expireIfDue, movePlan, type PlanRow } from './plans.ts';

/** Renews the lease until told to stop. */
export function heartbeat(parts: GateParts, row: PlanRow): () => void {
  const stop = new AbortController();
  const beat = async () => {
    while (!stop.signal.aborted) {
      await parts.clock.sleep(leaseMs / 3, stop.signal);
      const lease = { lease_until: parts.clock.now() + leaseMs };
      await movePlan(parts.store, row, ['applying'], 'applying', lease, row.lease_owner);
    }
  };
  // Ends by its abort; a store that fails shows in the run itself.
  beat().catch(() => undefined);
  return () => stop.abort();
}

type PlanLease = Pick<PlanRow, 'state' | 'lease_owner' | 'lease_until'>;

/** Takes a dead process's plan: `applying` where something had left, else back where it was. Of two callers one gets it. */
export async function claim(
  parts: GateParts,
  row: PlanRow,
  { owner, isApproved }: { owner: string; isApproved: boolean },
): Promise<PlanRow | undefined> {
  const now = parts.clock.now();
  return parts.store.transaction().execute(async (tx) => {
    const { sent } = await trailOf(tx, row);
    const back: PlanLease = { state: isApproved ? 'approved' : 'pending', lease_owner: null, lease_until: null };
    const then: PlanLease = sent ? { state: 'applying', lease_owner: owner, lease_until: now + leaseMs } : back;
    const claimed = await tx
      .updateTable('plans')
      .set(then)
      .where('tenant_id', '=', row.tenant_id)
      .where('id', '=', row.id)
      .where('state', '=', 'applying')
      .where('lease_owner', 'is', row.lease_owner)
      .where('lease_until', 'is', row.lease_until)
      .executeTakeFirst();
    if (claimed.numUpdatedRows !== 1n) return undefined;
    if (!sent) await uncount(tx, row);
    return expireIfDue(tx, { ...row, ...then }, now);
  });
}
