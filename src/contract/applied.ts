import type { PlanState } from './plan.ts';

/** A plan that was applied, in a line: who asked, who approved and how, and what became of it. */
export type AppliedLine = {
  readonly planId: string;
  readonly tool: string;
  readonly risk: readonly string[];
  readonly summary: string;
  /** Whom and what it touched; empty for something new. */
  readonly targets: readonly { readonly kind: string; readonly id: string; readonly name: string }[];
  /** The agent's words. */
  readonly reason?: string;
  readonly requester: string;
  /** Who agreed and how, as the audit trail has it; `at` is missing where nobody had to. */
  readonly approved: { readonly by: string; readonly at?: string };
  /** ISO 8601, UTC: when it had ended, or its run had begun. */
  readonly at: string;
  /** `applied`, `failed` or `outcome_unknown`. */
  readonly status: PlanState;
  /** What the tool answered (`completed`, `unchanged`, `running`), or the code of its error. */
  readonly outcome: string;
  readonly runId?: string;
};

/** Which applied plans a list is about. */
export interface AppliedQuery {
  /** Object id or userPrincipalName, as the plan named somebody. */
  readonly user?: string | undefined;
  readonly tool?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly since?: number | undefined;
  readonly limit: number;
  /** Skips this many. */
  readonly offset: number;
}

/** What this server changed, as tools see it: the plans of one requester. */
export interface AppliedPort {
  /** Newest first. */
  list(query: AppliedQuery): Promise<{ readonly items: readonly AppliedLine[]; readonly total: number }>;
}
