import { canonicalJson } from '../contract/canonical.ts';
import { type ChangeAnswer, Grant, ToolError, type WriteWitness } from '../contract/index.ts';
import type { StateStore } from '../store/index.ts';
import { tenantOf } from './answers.ts';
import { appendAudit, auditOfPlan, recordAudit } from './audit.ts';
import type { GateCall } from './gate.ts';
import { handoffPort } from './handoffs.ts';
import type { GateParts } from './parts.ts';
import type { Drafted } from './planning.ts';
import { movePlan, type Outcome, type PlanRow } from './plans.ts';

/** A process that applies is trusted to be alive this long without a sign; it gives one every third of it. */
export const leaseMs = 30_000;

/** After a cancel no new write begins, and the one under way gets this long for its answer. */
const graceMs = 1_500;

/**
 * Runs an approved plan: the plan is `applying`, `row.lease_owner` is this process. Every write is on record before it
 * leaves, and none leaves once another process has taken the plan over. Ends in `applied`, `failed`, `outcome_unknown`,
 * or back in `approved` where nothing was sent.
 */
export async function runPlan(parts: GateParts, row: PlanRow, drafted: Drafted, call: GateCall): Promise<Outcome> {
  const record = writeRecord(parts, row, call.signal);
  const grant = grantOf(row, drafted, record.witness);
  const stopHeartbeat = heartbeat(parts, row);
  const grace = graceOf(call.signal, parts);
  try {
    const graph = parts.graph.writer({ signal: grace.signal }, grant);
    const context = {
      graph,
      clock: parts.clock,
      signal: call.signal,
      handoff: handoffPort({ ...parts, tenantId: parts.tenant.id }, row.id),
      progress: call.progress,
    };
    const output = drafted.tool.output.parse(await drafted.tool.run(drafted.draft.facts, context));
    return await end(parts, row, 'applied', (auditHead) => completed(parts, output, auditHead));
  } catch (error) {
    return await endInError(parts, row, error, record);
  } finally {
    grant.revoke();
    grace.clear();
    stopHeartbeat();
  }
}

/** The grant of a plan: its tool's requests, its targets and references, nothing else. */
function grantOf(row: PlanRow, { tool, draft }: Drafted, witness: WriteWitness): Grant {
  return Grant.issue({
    planId: row.id,
    tool: tool.name,
    writes: new Set<string>(tool.writes),
    ids: new Set([...draft.targets.map((target) => target.id), ...(draft.references ?? [])]),
    witness,
  });
}

/** Keeps an answer and ends the plan in one transaction, with its audit row. */
async function end(
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

function completed(parts: GateParts, output: unknown, auditHead: string): Outcome {
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

async function endInError(parts: GateParts, row: PlanRow, thrown: unknown, record: WriteRecord): Promise<Outcome> {
  const error = asToolError(thrown);
  if (
    record.sent === 0 &&
    (error.code === 'CANCELLED' || error.code === 'THROTTLED' || error.code === 'AUTH_REQUIRED')
  ) {
    // Nothing reached the tenant: the approval still stands.
    const back = { lease_owner: null, lease_until: null };
    await movePlan(parts.store, row, ['applying'], 'approved', back, row.lease_owner);
    throw error;
  }
  if (!(thrown instanceof ToolError)) parts.log.error({ planId: row.id, tool: row.tool, err: thrown }, 'a tool failed');
  const state = error.code === 'OUTCOME_UNKNOWN' || record.unanswered > 0 ? 'outcome_unknown' : 'failed';
  const answered = { sent: record.sent, answered: record.sent - record.unanswered };
  return end(parts, row, state, (auditHead) => ({
    kind: 'error',
    error: {
      ...error.toJSON(),
      detail: { ...error.detail, writes: answered, ...(auditHead === '' ? {} : { auditHead }) },
    },
  }));
}

function asToolError(thrown: unknown): ToolError {
  if (thrown instanceof ToolError) return thrown;
  return new ToolError('INTERNAL', {
    message: 'The change failed inside this server.',
    fix: 'Read the object to see its state; the log names the fault.',
    cause: thrown,
  });
}

/** Counts of the writes of one run. */
interface WriteRecord {
  readonly witness: WriteWitness;
  sent: number;
  unanswered: number;
}

/** Commits an audit row before each write leaves, and one when its outcome is known. */
function writeRecord(parts: GateParts, row: PlanRow, signal: AbortSignal): WriteRecord {
  const { store, clock } = parts;
  const of = { tenantId: row.tenant_id, planId: row.id };
  const record: WriteRecord = {
    sent: 0,
    unanswered: 0,
    witness: {
      sending: async (write) => {
        if (signal.aborted) throw cancelled();
        await store.transaction().execute(async (tx) => {
          // A process that stood still (a laptop that slept) may have been taken for dead.
          const lease = { lease_until: clock.now() + leaseMs };
          if (!(await movePlan(tx, row, ['applying'], 'applying', lease, row.lease_owner))) throw takenOver();
          await appendAudit(tx, { ...of, at: clock.now(), kind: 'write-sending', body: { ...write } });
        });
        record.sent += 1;
        record.unanswered += 1;
      },
      answered: async (outcome) => {
        const body = { ...outcome, status: outcome.status ?? 'lost' };
        await recordAudit(store, clock, { ...of, kind: 'write-answered', body });
        if (outcome.status !== undefined) record.unanswered -= 1;
      },
    },
  };
  return record;
}

/** Renews the lease until told to stop. */
function heartbeat(parts: GateParts, row: PlanRow): () => void {
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

/** A signal that aborts a moment after the given one, so that the write under way can be answered. */
function graceOf(signal: AbortSignal, { clock }: GateParts): { signal: AbortSignal; clear(): void } {
  const late = new AbortController();
  const over = new AbortController();
  const begin = () => {
    // Rejects when the run is over first: then there is nothing left to stop.
    clock.sleep(graceMs, over.signal).then(
      () => late.abort(signal.reason),
      () => undefined,
    );
  };
  if (signal.aborted) late.abort(signal.reason);
  else signal.addEventListener('abort', begin, { once: true });
  return {
    signal: late.signal,
    clear: () => {
      over.abort();
      signal.removeEventListener('abort', begin);
    },
  };
}

/** Said when a client cancels; writes that were made are in the audit trail. */
export function cancelled(): ToolError {
  return new ToolError('CANCELLED', {
    message: 'Cancelled by the client.',
    fix: 'Call again when it is wanted; get_plan tells what became of a plan.',
  });
}

/** Said in a process that another one took for dead: that one goes on with the plan, or has ended it. */
function takenOver(): ToolError {
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
