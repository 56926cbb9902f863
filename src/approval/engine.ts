import type { ChangeTool, PlanReport } from '../contract/index.ts';
import { leaseMs } from '../store/index.ts';
import {
  answerOf,
  denied,
  deniedAnswer,
  expired,
  outcomeOf,
  recorded,
  runIdOf,
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
import { isFreedByPolicy, mayElicit, needsApproval } from './approval-need.ts';
import { auditHead } from './audit.ts';
import { DecisionRecord } from './decision-record.ts';
import { endUnchanged, endUnknown, trailOf } from './ending.ts';
import type { Caller, Gate, GateAnswer, GateCall } from './gate.ts';
import { countPeople } from './limits.ts';
import type { GateParts } from './parts.ts';
import { isUnderPolicy, stillHolds } from './plan-row.ts';
import { limitsOf } from './planning.ts';
import { expireIfDue, findPlan, movePlan, type Outcome, type PlanRow, viewOf } from './plans.ts';
import { explainPlan } from './policy/explaining.ts';
import { Proposals } from './proposals.ts';
import { takeOver } from './takeover.ts';

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
  const proposals = new Proposals(parts, decisions);

  async function propose(
    tool: ChangeTool,
    args: Readonly<Record<string, unknown>>,
    call: GateCall,
  ): Promise<GateAnswer> {
    const planned = await proposals.make(tool, args, call);
    if ('unchanged' in planned) return { answer: unchangedAnswer(parts, planned.unchanged), mayElicit: false };
    const { row, waits } = planned;
    if (!waits) return apply(row.id, call, tool.durable === true ? runWaitMs : Number.POSITIVE_INFINITY);
    return { answer: await waitingAnswer(parts, row), mayElicit: row.may_elicit === 1 };
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
    return { answer: await stillWaiting(parts, row), mayElicit: decisions.mayAsk(row) };
  }

  /** One look at a plan: its end, or `wait`. */
  async function next(row: PlanRow, call: GateCall, patience: Patience): Promise<GateAnswer | 'wait'> {
    const { waited, until } = patience;
    switch (row.state) {
      case 'pending':
      case 'approved': {
        if (!isUnderPolicy(parts, row)) throw await proposals.replace(row, await parts.tool(row.tool), call);
        const decision = await decisions.on(row);
        if (decision === 'deny') return deniedNow(row, waited);
        // That it needed nobody is only a guess: `start` asks the plan as it is then.
        return decision === 'approve' || proposals.seemsFree(row) ? start(row, call, until) : 'wait';
      }
      case 'applying':
        if (running.has(row.id)) return settle(running.get(row.id), row, until);
        return takeOver(parts, row, {
          owner,
          decisions,
          asBefore: (claimed) => next(claimed, call, patience),
          again: (claimed) => start(claimed, call, until, 'applying'),
        });
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
    if (tool === undefined || (tool.version ?? 1) !== row.tool_version)
      throw await proposals.replace(row, undefined, call);
    const args = JSON.parse(row.args);
    const drafted = await proposals.draft(tool, args, call, row.id);
    if ('unchanged' in drafted) return { answer: await endUnchanged(parts, row, drafted.unchanged), mayElicit: false };
    const isOver = row.expires_at <= parts.clock.now();
    if (from === 'applying' && (isOver || !stillHolds(row, drafted)))
      return answerOf(await endUnknown(parts, row), row);
    if (isOver) return next(await expireIfDue(parts.store, row, parts.clock.now()), call, { waited: false, until });
    if (!stillHolds(row, drafted)) throw await proposals.replace(row, tool, call);
    // Whether a human had to agree, and how, is asked of the plan as it is now, never of the stored row.
    const clientCounts = mayElicit(parts, drafted, call.caller);
    const isFree = !needsApproval(parts, drafted) && (!isFreedByPolicy(parts, drafted) || decisions.isByPolicy(row));
    const own = isFree ? 'approve' : await decisions.on(row, clientCounts);
    const earlier = own === 'approve' ? undefined : await decisions.covering(drafted, call.caller);
    if (own !== 'approve' && earlier === undefined) {
      proposals.notFree(row.id);
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

  async function report(planId: string, caller: Caller): Promise<PlanReport> {
    const stored = await findPlan(parts.store, parts.tenant.id, planId, caller.requester);
    const row = await expireIfDue(parts.store, stored, parts.clock.now());
    const outcome = row.outcome === null ? undefined : outcomeOf(row);
    // A row set to approved by hand is not approved.
    const honest = row.state === 'approved' && (await decisions.on(row)) !== 'approve' ? 'pending' : row.state;
    const runId = await runIdOf(parts, row);
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
