import { type ErrorCode, ToolError } from '../contract/index.ts';
import { isGone } from '../store/index.ts';
import { answerOf, runIdOf } from './answers.ts';
import type { DecisionRecord } from './decision-record.ts';
import { endInterrupted, endUnknown } from './ending.ts';
import type { GateAnswer } from './gate.ts';
import { claim } from './lease.ts';
import type { GateParts } from './parts.ts';
import { findPlan, movePlan, type PlanRow } from './plans.ts';

/** How a process goes on with what another one left. */
interface Heir {
  /** This process, as leases name it. */
  readonly owner: string;
  readonly decisions: DecisionRecord;
  /** Nothing had left: it is as if nobody had begun. */
  asBefore(row: PlanRow): Promise<GateAnswer | 'wait'>;
  /** Something may have left, and all of it may be sent again. */
  again(row: PlanRow): Promise<GateAnswer | 'wait'>;
}

/** Errors of planning again that no waiting mends. */
const noMore: readonly ErrorCode[] = ['NOT_FOUND', 'CONFLICT', 'INPUT_INVALID', 'PROTECTED_TARGET', 'POLICY_DENIED'];

/** A plan that another process applies: wait while that process lives, else see to what it left. */
export async function takeOver(parts: GateParts, row: PlanRow, heir: Heir): Promise<GateAnswer | 'wait'> {
  const { owner, decisions } = heir;
  const alive = (row.lease_until ?? 0) > parts.clock.now() && !isGone(row.lease_owner, owner);
  if (alive) return 'wait';
  const isApproved = (await decisions.on(row)) === 'approve';
  const claimed = await claim(parts, row, { owner, isApproved });
  if (claimed === undefined) return 'wait';
  if (claimed.state !== 'applying') return heir.asBefore(claimed);
  const tool = await parts.tool(row.tool);
  const runId = tool?.durable === true ? await runIdOf(parts, claimed) : undefined;
  if (runId !== undefined) return answerOf(await endInterrupted(parts, claimed, runId), claimed);
  if (tool === undefined || !tool.idempotent) return answerOf(await endUnknown(parts, claimed), claimed);
  try {
    return await heir.again(claimed);
  } catch (error) {
    const { state } = await findPlan(parts.store, row.tenant_id, row.id);
    if (state !== 'applying') throw error;
    if (error instanceof ToolError && noMore.includes(error.code))
      return answerOf(await endUnknown(parts, claimed), row);
    await movePlan(parts.store, row, ['applying'], 'applying', { lease_until: null }, owner);
    throw error;
  }
}
