import { Grant, type Observation, ToolError, type WriteWitness } from '../contract/index.ts';
import { leaseMs } from '../store/index.ts';
import { appendAudit, recordAudit } from './audit.ts';
import { completed, end, ofRun, takenOver } from './ending.ts';
import type { GateCall } from './gate.ts';
import { handoffPort } from './handoffs.ts';
import { heartbeat } from './lease.ts';
import { uncount } from './limits.ts';
import { coveredObservations, observedIds } from './observing.ts';
import type { GateParts } from './parts.ts';
import { type Drafted, waitedFor } from './planning.ts';
import { movePlan, type Outcome, type PlanRow } from './plans.ts';

/** After a cancel no new write begins, and the one under way gets this long for its answer. */
const graceMs = 1_500;

/**
 * Runs an approved plan: the plan is `applying`, `row.lease_owner` is this process. Every write is on record before it
 * leaves, and none leaves once another process has taken the plan over. `shown` are the lists that the approver saw. Ends in `applied`, `failed`, `outcome_unknown`,
 * or back in `approved` where nothing was sent.
 */
export async function runPlan(
  parts: GateParts,
  row: PlanRow,
  { drafted, shown }: { readonly drafted: Drafted; readonly shown: readonly Observation[] },
  call: GateCall,
): Promise<Outcome> {
  const record = writeRecord(parts, row, call.signal);
  const { tool, draft } = drafted;
  const observations = coveredObservations(shown, draft.observations ?? []);
  const grant = grantOf(row, drafted, observedIds(observations), record.witness);
  const stopHeartbeat = heartbeat(parts, row);
  const grace = graceOf(call.signal, parts);
  try {
    const patience = {
      lane: tool.lane ?? 'interactive',
      ...(tool.durable === true ? { deadlineMs: Infinity } : {}),
    } as const;
    const onWait = (ms: number) => call.progress(waitedFor(ms));
    const graph = parts.graph.writer({ signal: grace.signal, ...patience, onWait }, grant);
    const context = {
      graph,
      clock: parts.clock,
      signal: call.signal,
      handoff: handoffPort({ ...parts, tenantId: parts.tenant.id }, row.id),
      plan: { id: row.id, requester: row.requester, observations },
      lifecycle: parts.lifecycle,
      progress: call.progress,
    };
    const output = tool.output.parse(await tool.run(draft.facts, context));
    const outcome = tool.durable === true ? ofRun : completed;
    return await end(parts, row, 'applied', (auditHead) => outcome(parts, output, auditHead));
  } catch (error) {
    return await endInError(parts, row, error, record);
  } finally {
    grant.revoke();
    grace.clear();
    stopHeartbeat();
  }
}

/** The grant of a plan: its tool's requests, its targets, references and covered lists, nothing else. */
function grantOf(row: PlanRow, { tool, draft }: Drafted, observed: readonly string[], witness: WriteWitness): Grant {
  return Grant.issue({
    planId: row.id,
    tool: tool.name,
    writes: new Set<string>(tool.writes),
    ids: new Set([...draft.targets.map((target) => target.id), ...(draft.references ?? []), ...observed]),
    witness,
  });
}

async function endInError(parts: GateParts, row: PlanRow, thrown: unknown, record: WriteRecord): Promise<Outcome> {
  const error = asToolError(thrown);
  if (
    record.sent === 0 &&
    (error.code === 'CANCELLED' || error.code === 'THROTTLED' || error.code === 'AUTH_REQUIRED')
  ) {
    // Nothing reached the tenant: the approval still stands.
    const back = { lease_owner: null, lease_until: null };
    await parts.store.transaction().execute(async (tx) => {
      if (await movePlan(tx, row, ['applying'], 'approved', back, row.lease_owner)) await uncount(tx, row);
    });
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
