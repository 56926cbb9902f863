import { type ChangeTool, ToolError } from '../contract/index.ts';
import { stale, waitingView } from './answers.ts';
import { approvalUnavailable, isFreedByPolicy, neededApproval, needsApproval } from './approval-need.ts';
import { canApprove } from './approver.ts';
import { appendAudit } from './audit.ts';
import type { DecisionRecord } from './decision-record.ts';
import type { GateCall } from './gate.ts';
import { eraseExpiredHandoffs } from './handoffs.ts';
import type { GateParts } from './parts.ts';
import { planRow } from './plan-row.ts';
import { type Drafted, draftPlan } from './planning.ts';
import { movePlan, type PlanRow, refuseDenied, refuseTooMany, viewOf } from './plans.ts';
import { decisionByPolicy, recordDenial } from './policy/record.ts';

type Args = Readonly<Record<string, unknown>>;

/** The tenant already is as asked; the sentence is the tool's own. */
export interface NothingToDo {
  readonly unchanged: string;
}

/** A plan that was kept. `waits`: a human has to agree to it. */
interface Proposed {
  readonly row: PlanRow;
  readonly waits: boolean;
}

/** Plans that are worked out, kept and put before whoever decides. Nothing is applied here. */
export class Proposals {
  readonly #parts: GateParts;
  readonly #decisions: DecisionRecord;
  /** Plans of this process that an earlier approval covers, as it seemed when they were made. */
  readonly #covered = new Set<string>();

  constructor(parts: GateParts, decisions: DecisionRecord) {
    this.#parts = parts;
    this.#decisions = decisions;
  }

  /** Works a plan out and keeps it, with its audit row. */
  async make(tool: ChangeTool, args: Args, call: GateCall): Promise<Proposed | NothingToDo> {
    const parts = this.#parts;
    await eraseExpiredHandoffs(parts.store, parts.tenant.id, parts.clock.now());
    const drafted = await this.draft(tool, args, call);
    if ('unchanged' in drafted) return drafted;
    const row = planRow(parts, drafted, args, call.caller);
    const isFreed = isFreedByPolicy(parts, drafted);
    const needsHuman = needsApproval(parts, drafted);
    const earlier = needsHuman ? await this.#decisions.covering(drafted, call.caller) : undefined;
    const waits = needsHuman && earlier === undefined;
    if (earlier !== undefined) this.#covered.add(row.id);
    const askable = row.may_elicit === 1 && call.elicits;
    if (waits && !canApprove(parts.approver) && !askable) throw approvalUnavailable();
    await parts.store.transaction().execute(async (tx) => {
      if (waits || isFreed) await refuseDenied(tx, row);
      if (waits) await refuseTooMany(tx, row);
      await tx.insertInto('plans').values(row).execute();
      const approval = whoDecides({ waits, isFreed, earlier });
      const body = { binding: JSON.parse(row.binding), view: JSON.parse(row.view), approval };
      await appendAudit(tx, { tenantId: row.tenant_id, at: row.created_at, kind: 'plan', planId: row.id, body });
      if (isFreed) await appendAudit(tx, decisionByPolicy(parts, row, drafted));
    });
    // Who is asked in the client, or led to the page by it, needs no window beside it.
    if (waits && !askable && call.opensPage !== true) parts.page?.show(row.id);
    if (isFreed) this.#decisions.decideByPolicy(row);
    return { row, waits };
  }

  /** As `draftPlan`; that a policy forbids it is on record. `planId`: the plan that is planned again. */
  async draft(tool: ChangeTool, args: Args, call: GateCall, planId?: string): Promise<Drafted | NothingToDo> {
    try {
      return await draftPlan(this.#parts, tool, args, call);
    } catch (error) {
      if (error instanceof ToolError && error.code === 'POLICY_DENIED')
        await recordDenial(this.#parts, { tool: tool.name, args, caller: call.caller, error, planId });
      throw error;
    }
  }

  /** Ends a plan whose facts changed; the error carries the plan as it would be now. */
  async replace(row: PlanRow, tool: ChangeTool | undefined, call: GateCall): Promise<ToolError> {
    const { store, clock } = this.#parts;
    await movePlan(store, row, ['pending', 'approved', 'applying'], 'stale', { decided_at: clock.now() });
    this.#decisions.forget(row.id);
    if (tool === undefined) return stale();
    const fresh = await this.make(tool, JSON.parse(row.args), call);
    if ('unchanged' in fresh) return stale();
    return stale(fresh.waits ? await waitingView(this.#parts, fresh.row) : viewOf(fresh.row));
  }

  /** Whether a plan needed nobody when it was made, as far as its row and this process remember. Only a guess. */
  seemsFree(row: PlanRow): boolean {
    return !neededApproval(this.#parts, row) || this.#covered.has(row.id) || this.#decisions.isByPolicy(row);
  }

  /** The guess was wrong: a human has to agree to this plan as it is now. */
  notFree(planId: string): void {
    this.#covered.delete(planId);
    this.#decisions.forgetPolicy(planId);
  }
}

/** Who decides, in the words of the audit row. */
function whoDecides(of: { waits: boolean; isFreed: boolean; earlier: PlanRow | undefined }): string {
  if (of.waits) return 'a human decides';
  if (of.earlier !== undefined) return `covered by the approval of plan ${of.earlier.id}`;
  return of.isFreed ? 'policies decide' : 'no approval is needed for this risk';
}
