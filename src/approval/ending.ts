import { canonicalJson } from '../contract/canonical.ts';
import { type ChangeAnswer, type RunReport, runReport, ToolError } from '../contract/index.ts';
import type { StateStore } from '../store/index.ts';
import { tenantOf, unchangedAnswer } from './answers.ts';
import { appendAudit, auditOfPlan } from './audit.ts';
import type { GateParts } from './parts.ts';
import { movePlan, type Outcome, type PlanRow, viewOf } from './plans.ts';

/** Keeps an answer and ends the plan in one transaction, with its audit row. */
export async function end(
  parts: GateParts,
  row: PlanRow,
  state: 'applied' | 'failed' | 'outcome_unknown',
  outcomeOf: (auditHead: string) => Outcome,
): Promise<Outcome> {
  return parts.store.transaction().execute(async (tx) => {
    const preview = outcomeOf('');
    const body =
      preview.kind === 'answer'
        ? { state, status: preview.answer.status, result: preview.answer.result ?? null }
        : { state, error: preview.error };
    const head = await appendAudit(tx, {
      tenantId: row.tenant_id,
      at: parts.clock.now(),
      kind: 'outcome',
      planId: row.id,
      body,
    });
    const outcome = outcomeOf(head);
    const ended = { outcome: canonicalJson(outcome), lease_until: null };
    if (!(await movePlan(tx, row, ['applying'], state, ended, row.lease_owner))) throw takenOver();
    parts.log.info({ planId: row.id, tool: row.tool, state, auditHead: head }, 'plan ended');
    return outcome;
  });
}

/** The outcome of a run that did what was planned. */
export function completed(parts: GateParts, output: unknown, auditHead: string): Outcome {
  const result: Record<string, unknown> =
    typeof output === 'object' && output !== null ? { ...output } : { value: output };
  const answer: ChangeAnswer = {
    status: 'completed',
    result,
    auditHead,
    tenant: tenantOf(parts),
    message: 'Applied, and recorded in the audit trail.',
  };
  return { kind: 'answer', answer };
}

/** The outcome of a plan that started, or went on with, a durable run: how the run stands. */
export function ofRun(parts: GateParts, output: unknown, auditHead: string): Outcome {
  const run = runReport.parse(output);
  const isOver = run.endedAt !== undefined;
  const answer: ChangeAnswer = {
    status: isOver ? 'completed' : 'running',
    result: { ...run },
    runId: run.runId,
    auditHead,
    tenant: tenantOf(parts),
    message: sentenceOf(run),
  };
  return { kind: 'answer', answer };
}

/** How a run stands, in a sentence of ours: it names nobody. */
function sentenceOf({ status, steps, followUps, runs, waitingFor }: RunReport): string {
  const count = (wanted: string) => (runs ?? steps).filter((one) => one.status === wanted).length;
  const what = runs === undefined ? 'step' : 'run';
  const tally = ['done', 'completed', 'already_so', 'skipped', 'waiting', 'cancelled', 'failed', 'unknown']
    .map((one) => [count(one), one.replace('_', ' ')] as const)
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}`)
    .join(', ');
  const byHand = followUps.length === 0 ? '' : ` ${followUps.length} things are left to do by hand: see followUps.`;
  switch (status) {
    case 'completed':
      return `The run is complete: every ${what} was looked at once more in the tenant (${tally}).${byHand}`;
    case 'failed':
      return `The run ended, and not all of it succeeded (${tally}). Each failed ${what} says why and what to do.${byHand}`;
    case 'cancelled':
      return `The run was cancelled (${tally}). What was done stays done; undo_offboarding takes an offboarding back.`;
    case 'scheduled':
      return 'The run is scheduled. A server has to be running at that time.';
    case 'waiting':
      return `The run waits: ${waitingFor ?? 'see waitingFor'}. Nothing happens before that (${tally}).${byHand}`;
    case 'running':
      return 'The run goes on: get_run tells how far it is.';
  }
}

/** Ends a plan whose process died in the middle of a durable run: the run's journal knows how far it came. */
export function endInterrupted(parts: GateParts, row: PlanRow, runId: string): Promise<Outcome> {
  return end(parts, row, 'outcome_unknown', (auditHead) => ({
    kind: 'answer',
    answer: {
      status: 'running',
      runId,
      auditHead,
      tenant: tenantOf(parts),
      message:
        'The server stopped in the middle of this run, and its journal tells how far it came. It goes on when a person ' +
        'wants it to: call resume_run with this run id.',
    },
  }));
}

/** Ends a plan whose change is there already. */
export async function endUnchanged(parts: GateParts, row: PlanRow, sentence: string): Promise<ChangeAnswer> {
  return parts.store.transaction().execute(async (tx) => {
    const body = { state: 'applied', status: 'unchanged' };
    const head = await appendAudit(tx, {
      tenantId: row.tenant_id,
      at: parts.clock.now(),
      kind: 'outcome',
      planId: row.id,
      body,
    });
    const answer = { ...unchangedAnswer(parts, sentence), plan: viewOf(row), auditHead: head };
    const outcome: Outcome = { kind: 'answer', answer };
    await movePlan(tx, row, ['pending', 'approved', 'applying'], 'applied', { outcome: canonicalJson(outcome) });
    return answer;
  });
}

/** Said in a process that another one took for dead: that one goes on with the plan, or has ended it. */
export function takenOver(): ToolError {
  return new ToolError('CONFLICT', {
    message: 'This process stood still while it applied the plan, and another one has taken it over.',
    fix: 'Call get_plan with the plan id to see how it ended.',
  });
}

/** What the audit trail says of a plan, whatever its row says. */
export interface PlanTrail {
  /** A write had left, or may have. */
  readonly sent: boolean;
  /** It came to its end. */
  readonly ended: boolean;
  /** The latest secret that was sealed for it. */
  readonly handoffId: string | undefined;
}

export async function trailOf(db: StateStore, row: PlanRow): Promise<PlanTrail> {
  const rows = await auditOfPlan(db, row.tenant_id, row.id);
  return {
    sent: rows.some((entry) => entry.kind === 'write-sending'),
    ended: rows.some((entry) => entry.kind === 'outcome'),
    handoffId: rows.findLast((entry) => entry.kind === 'handoff-sealed')?.body['handoffId']?.toString(),
  };
}

/** Ends a plan whose process died after a write, where the rest cannot be made up for without asking again. */
export async function endUnknown(parts: GateParts, row: PlanRow): Promise<Outcome> {
  const { handoffId } = await trailOf(parts.store, row);
  const sealed = handoffId === undefined ? '' : ' Where it is, detail.handoffId is its password.';
  const error = new ToolError('OUTCOME_UNKNOWN', {
    message: 'The server stopped while it applied this plan: all of it, a part or nothing may be done.',
    fix: `Look whether the change is there (search_users, get_user, get_group) before asking for what is missing.${sealed}`,
  });
  const known = handoffId === undefined ? {} : { handoffId };
  return end(parts, row, 'outcome_unknown', (auditHead) => ({
    kind: 'error',
    error: { ...error.toJSON(), detail: { ...known, ...(auditHead === '' ? {} : { auditHead }) } },
  }));
}
