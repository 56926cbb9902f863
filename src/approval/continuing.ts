import { neededApproval } from './approval-need.ts';
import { hashOf } from './canonical.ts';
import { hasUnseenPrivilege } from './observing.ts';
import type { GateParts } from './parts.ts';
import type { Drafted } from './planning.ts';
import { type PlanRow, viewOf } from './plans.ts';
import type { Subject } from './subjects.ts';

/** An approval covers what goes on with its plan for this long. */
const coveredMs = 24 * 60 * 60 * 1000;

/**
 * The earlier plan whose approval covers this draft too, if it names one: it was approved not long ago, asks for no
 * other risk, and needs no stricter channel than it was approved through. What counts as shown is what that plan showed.
 * `approvedAt` tells when a human approved a plan, as far as it can be proven.
 */
export async function coveringPlan(
  parts: GateParts,
  { draft, risk, verdict, subjects }: Drafted,
  requester: string,
  approvedAt: (row: PlanRow) => Promise<number | undefined>,
): Promise<PlanRow | undefined> {
  const { continues } = draft;
  if (continues === undefined) return undefined;
  const row = await parts.store
    .selectFrom('plans')
    .selectAll()
    .where('tenant_id', '=', parts.tenant.id)
    .where('id', '=', continues.planId)
    .where('requester', '=', requester)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  if (hasUnseenPrivilege(viewOf(row).observations ?? [], draft.observations ?? [])) return undefined;
  if (subjects.some((subject) => hasChanged(subject, JSON.parse(row.subjects)))) return undefined;
  const approved: readonly string[] = JSON.parse(row.risk);
  const isStricter = risk.some((member) => member !== 'write' && !approved.includes(member));
  if (isStricter || (verdict.stepUp && row.step_up === 0)) return undefined;
  if (!neededApproval(parts, row)) return row;
  const at = await approvedAt(row);
  if (at === undefined) return undefined;
  return Math.max(at + coveredMs, continues.until ?? 0) > parts.clock.now() ? row : undefined;
}

/**
 * True where an account is no longer what the approver judged. Whoever loses access is expected to be disabled by now, so of
 * them only power that they have gained counts; of everyone else, a successor say, any difference does.
 */
function hasChanged({ judged }: Subject, approved: readonly Subject['judged'][]): boolean {
  const before = approved.find(({ id }) => id === judged.id);
  if (before === undefined) return false;
  if (judged.privileged !== 'no' && before.privileged === 'no') return true;
  return before.touch === 'change' && judged.kind === 'user' && hashOf(before) !== hashOf(judged);
}
