import { type ChangeTool, type ErrorCode, type PlanReport, ToolError } from '../contract/index.ts';
import { isGone, leaseMs } from '../store/index.ts';
import {
  answerOf,
  denied,
  deniedAnswer,
  expired,
  outcomeOf,
  recorded,
  stale,
  stillWaiting,
  stopped,
  unchangedAnswer,
  usedUp,
  waitingAnswer,
  waitingView,
} from './answers.ts';
import { appliedPlans } from './applied.ts';
import { cancelled, runPlan } from './applying.ts';
import { approvalUnavailable, isFreedByPolicy, mayElicit, neededApproval, needsApproval } from './approval-need.ts';
import { canApprove } from './approver.ts';
import { appendAudit, auditHead } from './audit.ts';
import { DecisionRecord } from './decision-record.ts';
import { endInterrupted, endUnchanged, endUnknown, trailOf } from './ending.ts';
import type { Caller, Gate, GateAnswer, GateCall } from './gate.ts';
import { eraseExpiredHandoffs } from './handoffs.ts';
import { claim } from './lease.ts';
import { countPeople } from './limits.ts';
import type { GateParts } from './parts.ts';
import { isUnderPolicy, planRow, stillHolds } from './plan-row.ts';
import { type Drafted, draftPlan, limitsOf } from './planning.ts';
import {
  expireIfDue,
  findPlan,
  movePlan,
  type Outcome,
  type PlanRow,
  refuseDenied,
  refuseTooMany,
  viewOf,
} from './plans.ts';
import { explainPlan } from './policy/explaining.ts';
import { decisionByPolicy, recordDenial } from './policy/record.ts';

/** How often a waiting call looks for the human's decision. */
const pollMs = 250;

/** A run that needs no new approval is waited for this long before the answer is `running`. */
const runWaitMs = 20_000;

/** Makes the gate of one tenant. `owner` names this process among those that share the store. */
export function createGate(parts: GateParts, owner: string): Gate {
  const decisions = new DecisionRecord(parts);
  /** Applies under way in this process. */
  const running = new Map<string, Promise<Outcome>>();
  const stopping = new AbortController();
  /** Plans of this process that an earlier approval covers, as it seemed when they were made. */
  const covered = new Set<string>();

  async function propose(
    tool: ChangeTool,
    args: Readonly<Record<string, unknown>>,
    call: GateCall,
  ): Promise<GateAnswer> {
    const planned = await plan(tool, args, call);
    if ('unchanged' in planned) return { answer: unchangedAnswer(parts, planned.unchanged), mayElicit: false };
    const { row, waits } = planned;
    if (!waits) return apply(row.id, call, tool.durable === true ? runWaitMs : Number.POSITIVE_INFINITY);
    return { answer: await waitingAnswer(parts, row), mayElicit: row.may_elicit === 1 };
  }

  /** Works a plan out and keeps it; nothing is applied. */
  async function plan(
    tool: ChangeTool,
    args: Readonly<Record<string, unknown>>,
    call: GateCall,
  ): Promise<{ row: PlanRow; waits: boolean } | { unchanged: string }> {
    await eraseExpiredHandoffs(parts.store, parts.tenant.id, parts.clock.now());
    const drafted = await draftedOrDenied(tool, args, call);
    if ('unchanged' in drafted) return drafted;
    const row = planRow(parts, drafted, args, call.caller);
    const isFreed = isFreedByPolicy(parts, drafted);
    const needsHuman = needsApproval(parts, drafted);
    const earlier = needsHuman ? await decisions.covering(drafted, call.caller) : undefined;
    const waits = needsHuman && earlier === undefined;
    if (earlier !== undefined) covered.add(row.id);
    const askable = row.may_elicit === 1 && call.elicits;
    if (waits && !canApprove(parts.approver) && !askable) throw approvalUnavailable();
    await parts.store.transaction().execute(async (tx) => {
      if (waits || isFreed) await refuseDenied(tx, row);
      if (waits) await refuseTooMany(tx, row);
      await tx.insertInto('plans').values(row).execute();
      const approval = waits
        ? 'a human decides'
        : earlier === undefined
          ? isFreed
            ? 'policies decide'
            : 'no approval is needed for this risk'
          : `covered by the approval of plan ${earlier.id}`;
      const body = { binding: JSON.parse(row.binding), view: JSON.parse(row.view), approval };
      await appendAudit(tx, { tenantId: row.tenant_id, at: row.created_at, kind: 'plan', planId: row.id, body });
      if (isFreed) await appendAudit(tx, decisionByPolicy(parts, row, drafted));
    });
    // Who is asked in the client, or led to the page by it, needs no window beside it.
    if (waits && !askable && call.opensPage !== true) parts.page?.show(row.id);
    if (isFreed) decisions.decideByPolicy(row);
    return { row, waits };
  }

  /** As `draftPlan`; that a policy forbids it is on record. */
  async function draftedOrDenied(
    tool: ChangeTool,
    args: Readonly<Record<string, unknown>>,
    call: GateCall,
    planId?: string,
  ): Promise<Drafted | { readonly unchanged: string }> {
    try {
      return await draftPlan(parts, tool, args, call);
    } catch (error) {
      if (error instanceof ToolError && error.code === 'POLICY_DENIED')
        await recordDenial(parts, { tool: tool.name, args, caller: call.caller, error, planId });
      throw error;
    }
  }

  async function apply(planId: string, call: GateCall, waitMs: number): Promise<GateAnswer> {
    const until = parts.clock.now() + waitMs;
    let waited = false;
    for (;;) {
      const stored = await findPlan(parts.store, parts.tenant.id, planId, call.caller.requester);
      const row = await expireIfDue(parts.store, stored, parts.clock.now());
      const step = await next(row, call, { waited, until });
      if (step !== 'wait') return step;
      // Whoever waits without an end began a plan that needed no human, and by now it does.
      const isForHuman = until === Number.POSITIVE_INFINITY && row.state !== 'applying';
      if (isForHuman || parts.clock.now() >= until) return unfinished(planId, call);
      call.progress(row.state === 'applying' ? 'The plan is being applied' : 'Waiting for a human to approve the plan');
      waited = true;
      await pause(call.signal);
    }
  }

  /** Where a plan stands when the caller waits no longer: what it waited for may have begun in this very call. */
  async function unfinished(planId: string, call: GateCall): Promise<GateAnswer> {
    const row = await findPlan(parts.store, parts.tenant.id, planId, call.caller.requester);
    if (row.outcome !== null) return recorded(row);
    return { answer: await stillWaiting(parts, row, await runIdOf(row)), mayElicit: decisions.mayAsk(row) };
  }

  /** The run that a plan began, or goes on with. */
  async function runIdOf({ id, tool, args }: PlanRow): Promise<string | undefined> {
    return (await parts.runOf(id)) ?? (await parts.tool(tool))?.runOf?.(JSON.parse(args));
  }

  /** One look at a plan: its end, or `wait`. */
  async function next(row: PlanRow, call: GateCall, patience: Patience): Promise<GateAnswer | 'wait'> {
    const { waited, until } = patience;
    switch (row.state) {
      case 'pending':
      case 'approved': {
        if (!isUnderPolicy(parts, row)) throw await makeStale(row, await parts.tool(row.tool), call);
        const decision = await decisions.on(row);
        if (decision === 'deny') return deniedNow(row, waited);
        // What the row or this process remembers is only a guess: `start` asks the plan as it is then.
        const claimsNone = !neededApproval(parts, row) || covered.has(row.id) || decisions.isByPolicy(row);
        return decision === 'approve' || claimsNone ? start(row, call, until) : 'wait';
      }
      case 'applying':
        return running.has(row.id) ? settle(running.get(row.id), row, until) : takeOver(row, call, patience);
      case 'applied':
      case 'failed':
      case 'outcome_unknown':
        return recorded(row);
      case 'denied':
        if (waited) return { answer: deniedAnswer(parts), mayElicit: false };
        throw denied();
      case 'expired':
        throw expired();
      case 'stale':
        throw stale();
    }
  }

  async function deniedNow(row: PlanRow, waited: boolean): Promise<GateAnswer> {
    await movePlan(parts.store, row, ['pending', 'approved'], 'denied', { decided_at: parts.clock.now() });
    if (waited) return { answer: deniedAnswer(parts), mayElicit: false };
    throw denied();
  }

  /** Plans again, compares, and applies. `applying`: another process had begun, and this one has its lease. */
  async function start(
    row: PlanRow,
    call: GateCall,
    until: number,
    from: 'approved' | 'applying' = 'approved',
  ): Promise<GateAnswer | 'wait'> {
    if ((await trailOf(parts.store, row)).ended) throw usedUp();
    const tool = await parts.tool(row.tool);
    if (tool === undefined || (tool.version ?? 1) !== row.tool_version) throw await makeStale(row, undefined, call);
    const args = JSON.parse(row.args);
    const drafted = await draftedOrDenied(tool, args, call, row.id);
    if ('unchanged' in drafted) return { answer: await endUnchanged(parts, row, drafted.unchanged), mayElicit: false };
    const isOver = row.expires_at <= parts.clock.now();
    if (from === 'applying' && (isOver || !stillHolds(row, drafted)))
      return answerOf(await endUnknown(parts, row), row);
    if (isOver) return next(await expireIfDue(parts.store, row, parts.clock.now()), call, { waited: false, until });
    if (!stillHolds(row, drafted)) throw await makeStale(row, tool, call);
    // Whether a human had to agree, and how, is asked of the plan as it is now, never of the stored row.
    const clientCounts = mayElicit(parts, drafted, call.caller);
    const isFree = !needsApproval(parts, drafted) && (!isFreedByPolicy(parts, drafted) || decisions.isByPolicy(row));
    const own = isFree ? 'approve' : await decisions.on(row, clientCounts);
    const earlier = own === 'approve' ? undefined : await decisions.covering(drafted, call.caller);
    if (own !== 'approve' && earlier === undefined) {
      covered.delete(row.id);
      decisions.forgetPolicy(row.id);
      await movePlan(parts.store, row, ['applying', 'approved'], 'pending', { lease_owner: null, lease_until: null });
      return 'wait';
    }
    const states = from === 'applying' ? (['applying'] as const) : (['pending', 'approved'] as const);
    const lease = { lease_owner: owner, lease_until: parts.clock.now() + leaseMs };
    const isSeconded =
      (await decisions.isSigned(row)) || (earlier !== undefined && (await decisions.isSigned(earlier)));
    const began = await parts.store.transaction().execute(async (tx) => {
      if (!(await movePlan(tx, row, states, 'applying', lease))) return false;
      // What another process began was counted then.
      if (from === 'approved' && !isSeconded)
        await countPeople(tx, row, limitsOf(parts, drafted, row.requester), parts.clock.now());
      return true;
    });
    if (!began) return 'wait';
    const signal = AbortSignal.any([call.signal, stopping.signal]);
    const shown = viewOf(earlier ?? row).observations ?? [];
    const run = runPlan(parts, { ...row, ...lease }, { drafted, shown }, { ...call, signal }).finally(() =>
      running.delete(row.id),
    );
    running.set(row.id, run);
    return settle(run, row, until);
  }

  /** The end of an apply in this process; `wait` where it takes longer than the caller does. It goes on then. */
  async function settle(run: Promise<Outcome> | undefined, row: PlanRow, until: number): Promise<GateAnswer | 'wait'> {
    const timer = new AbortController();
    const late = Number.isFinite(until)
      ? [parts.clock.sleep(until - parts.clock.now(), timer.signal).catch(() => undefined)]
      : [];
    try {
      const outcome = await Promise.race([run, ...late]);
      return outcome === undefined ? 'wait' : answerOf(outcome, row);
    } finally {
      timer.abort();
    }
  }

  /** A plan that another process applies: wait while that process lives, else see to it. */
  async function takeOver(row: PlanRow, call: GateCall, patience: Patience): Promise<GateAnswer | 'wait'> {
    const alive = (row.lease_until ?? 0) > parts.clock.now() && !isGone(row.lease_owner, owner);
    if (alive) return 'wait';
    const isApproved = (await decisions.on(row)) === 'approve';
    const claimed = await claim(parts, row, { owner, isApproved });
    if (claimed === undefined) return 'wait';
    // Nothing had left: it is as if nobody had begun.
    if (claimed.state !== 'applying') return next(claimed, call, patience);
    const tool = await parts.tool(row.tool);
    const runId = tool?.durable === true ? await runIdOf(claimed) : undefined;
    if (runId !== undefined) return answerOf(await endInterrupted(parts, claimed, runId), claimed);
    if (tool === undefined || !tool.idempotent) return answerOf(await endUnknown(parts, claimed), claimed);
    try {
      return await start(claimed, call, patience.until, 'applying');
    } catch (error) {
      const { state } = await findPlan(parts.store, row.tenant_id, row.id);
      if (state !== 'applying') throw error;
      if (error instanceof ToolError && noMore.includes(error.code))
        return answerOf(await endUnknown(parts, claimed), row);
      await movePlan(parts.store, row, ['applying'], 'applying', { lease_until: null }, owner);
      throw error;
    }
  }

  /** Ends a plan whose facts changed; the error carries the plan as it would be now. */
  async function makeStale(row: PlanRow, tool: ChangeTool | undefined, call: GateCall): Promise<ToolError> {
    await movePlan(parts.store, row, ['pending', 'approved', 'applying'], 'stale', { decided_at: parts.clock.now() });
    decisions.forget(row.id);
    if (tool === undefined) return stale();
    const fresh = await plan(tool, JSON.parse(row.args), call);
    return stale('row' in fresh ? await (fresh.waits ? waitingView(parts, fresh.row) : viewOf(fresh.row)) : undefined);
  }

  async function report(planId: string, caller: Caller): Promise<PlanReport> {
    const stored = await findPlan(parts.store, parts.tenant.id, planId, caller.requester);
    const row = await expireIfDue(parts.store, stored, parts.clock.now());
    const outcome = row.outcome === null ? undefined : outcomeOf(row);
    // A row set to approved by hand is not approved.
    const honest = row.state === 'approved' && (await decisions.on(row)) !== 'approve' ? 'pending' : row.state;
    const runId = await runIdOf(row);
    return {
      plan: honest === 'pending' ? await waitingView(parts, row) : viewOf(row),
      status: honest,
      ...(runId === undefined ? {} : { runId }),
      ...(outcome?.kind === 'answer' && outcome.answer.result !== undefined ? { result: outcome.answer.result } : {}),
      ...(outcome?.kind === 'error' ? { error: outcome.error } : {}),
      auditHead: await auditHead(parts.store, parts.tenant.id),
    };
  }

  async function pause(signal: AbortSignal): Promise<void> {
    try {
      await parts.clock.sleep(pollMs, signal);
    } catch {
      throw cancelled();
    }
  }

  async function idle(): Promise<void> {
    await Promise.allSettled(running.values());
  }

  const decideByClient: Gate['decideByClient'] = (...said) => decisions.decideByClient(...said);
  const appliedOf: Gate['appliedOf'] = ({ requester }) => appliedPlans(parts, requester);
  const explain: Gate['explain'] = (...asked) => explainPlan(parts, ...asked);
  return { propose, apply, report, appliedOf, explain, decideByClient, idle, stop: () => stopping.abort(stopped()) };
}

/** How long a call of `apply` waits, and whether it has waited already. */
interface Patience {
  readonly waited: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly until: number;
}

/** Errors of planning again that no waiting mends. */
const noMore: readonly ErrorCode[] = ['NOT_FOUND', 'CONFLICT', 'INPUT_INVALID', 'PROTECTED_TARGET', 'POLICY_DENIED'];
