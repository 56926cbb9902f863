import type { PlanView } from '../../contract/plan.ts';

/** What a change tool, `apply_plan`, `decide_plan` or `get_plan` answered, as far as a card shows it. */
export interface Shown {
  /** A status of a change, or the state of a plan. */
  readonly status: string;
  readonly message: string;
  readonly isGood: boolean;
  readonly plan?: PlanView;
  /** Set where a person may decide here. */
  readonly nonce?: string;
}

/** The result of a tool call, as the host passes it on. */
export interface ToolResult {
  readonly structuredContent?: {
    readonly status?: string;
    readonly message?: string;
    readonly plan?: PlanView;
    readonly error?: {
      readonly code: string;
      readonly message: string;
      readonly fix: string;
      readonly detail?: { readonly plan?: PlanView };
    };
  };
  readonly _meta?: { readonly 'entra-mcp/card'?: { readonly nonce: string } };
}

/** The words for where a plan stands; others say themselves what they are. */
const words: Readonly<Record<string, string>> = {
  approval_required: 'waits',
  pending: 'waits',
  running: 'is being applied',
  applying: 'is being applied',
  completed: 'applied',
  unchanged: 'nothing to do',
  outcome_unknown: 'outcome unknown',
};

export function wordsOf({ status }: Shown): string {
  return words[status] ?? status;
}

/** True while a human can still decide. */
export function isWaiting({ status }: Shown): boolean {
  return status === 'approval_required' || status === 'pending';
}

/** True where nobody decides any more and it is not over. */
export function isUnderWay({ status }: Shown): boolean {
  return ['running', 'approved', 'applying'].includes(status);
}

const ends: Readonly<Record<string, string>> = {
  approved: 'Approved: nothing has changed until the agent applies it.',
  applied: 'Applied, and recorded in the audit trail.',
  denied: 'A human denied this plan. Nothing was changed.',
  expired: 'This plan expired before it was applied. Nothing was changed.',
  stale: 'What the plan was made from has changed since, so it was not applied.',
  outcome_unknown: 'Whether it was applied could not be told: get_plan says what to check.',
};
const bad = ['denied', 'expired', 'stale', 'failed', 'outcome_unknown'];

/** What an answer comes to; what stood here `before` where it has no plan of its own. A stale plan's successor waits. */
export function shownOf({ structuredContent: answer = {}, _meta }: ToolResult, before?: Shown): Shown {
  const { error, plan = error?.detail?.plan ?? before?.plan } = answer;
  const known = plan === undefined ? {} : { plan };
  if (error !== undefined) {
    const status = error.detail?.plan === undefined ? 'failed' : 'pending';
    return { status, message: `${error.message} ${error.fix}`, isGood: false, ...known };
  }
  const nonce = _meta?.['entra-mcp/card']?.nonce;
  const { status = 'failed', message = ends[status] ?? '' } = answer;
  return {
    status,
    message,
    isGood: !bad.includes(status),
    ...known,
    ...(nonce === undefined ? {} : { nonce }),
  };
}

/** A plan whose time is over. */
export function expiredOf({ plan }: Shown): Shown {
  return shownOf({ structuredContent: { status: 'expired', ...(plan === undefined ? {} : { plan }) } });
}
