import type { AppliedPort, ChangeAnswer, ChangeTool, PlanReport } from '../contract/index.ts';
import type { PlanExplanation } from './policy/explaining.ts';

/** Who asks for a change. */
export interface Caller {
  /** Over stdio the OS user, as `os:alice`: a plan outlives a client's restart. */
  readonly requester: string;
  /** The MCP client's name and version, as it told us: shown to approvers, never trusted. */
  readonly clientId: string;
  readonly transport: 'stdio' | 'http';
}

/** One call of a client that the gate serves. */
export interface GateCall {
  readonly caller: Caller;
  /** The client declares form elicitation: it can show its user a question. */
  readonly elicits: boolean;
  /** The client opens the approval page for its user by itself (URL elicitation): no window is opened beside it. */
  readonly opensPage?: boolean;
  readonly signal: AbortSignal;
  progress(message: string): void;
}

/** What `propose` and `apply` answer. */
export interface GateAnswer {
  readonly answer: ChangeAnswer;
  /** Set on `approval_required` where the client itself may be asked (elicitation): the settings and the plan allow it. */
  readonly mayElicit: boolean;
}

/**
 * The only way a change reaches the tenant: plan → decision → apply. One per tenant. It makes every grant.
 * All methods throw ToolError.
 */
export interface Gate {
  /**
   * Plans a change. Nothing to do: `unchanged`. No approval needed (risk, settings): applied at once, `completed`.
   * Otherwise the plan is kept, pending, and the answer is `approval_required`.
   * `args` is what `tool.input` parsed.
   */
  propose(tool: ChangeTool, args: Readonly<Record<string, unknown>>, call: GateCall): Promise<GateAnswer>;
  /**
   * Applies a plan that was approved, waiting up to `waitMs` for the decision and for the end of the apply, with
   * progress messages. A plan applied before answers its recorded outcome.
   */
  apply(planId: string, call: GateCall, waitMs: number): Promise<GateAnswer>;
  /** A plan of this caller, and what became of it. */
  report(planId: string, caller: Caller): Promise<PlanReport>;
  /** The plans of this caller that were applied, and how each ended: nobody else's. */
  appliedOf(caller: Caller): AppliedPort;
  /** What would be decided about a change, and by which policies. Reads the tenant; nothing is kept. */
  explain(
    tool: ChangeTool,
    args: Readonly<Record<string, unknown>>,
    call: Pick<GateCall, 'caller' | 'signal' | 'progress'>,
  ): Promise<PlanExplanation>;
  /**
   * A decision that the client asserts a human made, in a form (elicitation) or on the card of the plan. Approvals count in
   * this process only. Refused (APPROVAL_UNAVAILABLE) where `mayElicit` was false.
   */
  decideByClient(planId: string, decision: 'approve' | 'deny', caller: Caller, through?: 'card'): Promise<void>;
  /** No new write begins: a durable run stops after the step under way. */
  stop(): void;
  /** Resolves once no apply is under way in this process. */
  idle(): Promise<void>;
}
