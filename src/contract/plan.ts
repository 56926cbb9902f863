import { z } from 'zod';
import type { Risk } from './risk.ts';

/**
 * What a plan would do to one object. `takeover` gives a way into the account (enable, password, recovery
 * attributes, UPN, restore); `takeaway` takes access from it (disable, revoke, roles, devices); `change` does neither.
 * For a group: `change` edits it or its membership. A `deletedUser` is soft-deleted: it stands among the deleted items.
 */
export interface Target {
  readonly kind: 'user' | 'group' | 'deletedUser';
  /** Object id, never a name. */
  readonly id: string;
  readonly touch: 'takeover' | 'takeaway' | 'change';
}

/** One property, before and after, as an approver reads it. Values are short text; `null` is "not set". */
export interface PropertyChange {
  readonly property: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Values that survive JSON unchanged: what facts are made of. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * Things that a plan takes away or hands over, as they were seen. Not facts: at apply there may be fewer; more of the
 * same kind are covered where the plan says `all`, a privileged one only if it was shown.
 */
export const observation = z.object({
  /** The step, or what the list is, unique within `of`. */
  name: z.string(),
  /** Whose, in plans about several people. */
  of: z.string().optional(),
  /** What happens to them: `Leaves these groups`. */
  title: z.string(),
  /** True where the plan means all of the kind, not only those shown. */
  all: z.boolean(),
  items: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      privileged: z.boolean().optional(),
      /** Set where the item is an account or a group that is itself changed, so that guards look at it. */
      kind: z.enum(['user', 'group']).optional(),
      /** Set on what is not touched: why. */
      kept: z.string().optional(),
    }),
  ),
  /** How many more there are than `items` shows. None of those is privileged. */
  more: z.number().optional(),
});
export type Observation = z.output<typeof observation>;

/** What a tool's `plan` answers when there is something to do. */
export interface PlanDraft<Facts> {
  /** One line: what will happen to whom. */
  readonly summary: string;
  /** What follows from it, a sentence each. */
  readonly effects: readonly string[];
  readonly warnings?: readonly string[];
  /** The tool, or the sentence, that takes it back. Absent when nothing does. */
  readonly undo?: string;
  /** Before → after, where properties change. */
  readonly changes?: readonly PropertyChange[];
  /**
   * Everything that exists and is touched (empty for a creation). The writer of this plan refuses any other object
   * id, and guards look at each: what is not named here cannot be changed.
   */
  readonly targets: readonly Target[];
  /** Ids that bodies refer to without changing them. */
  readonly references?: readonly string[];
  /** Lists of what is taken away or handed over. Their ids are covered by the grant, less those marked `kept`. */
  readonly observations?: readonly Observation[];
  /** Ids of people who get something or lose it without being targets, as new members do: limits count them beside the targets. */
  readonly people?: readonly string[];
  /** True where the plan blocks sign-in or ends sessions, and does nothing else: its limit is wider. */
  readonly containment?: boolean;
  /** True where this plan can only be approved on the page or in a terminal, for a reason that the guards cannot see. */
  readonly stepUp?: boolean;
  /** Set where this plan makes a secret though its tool does not always: needs an approver to seal it to. */
  readonly seals?: boolean;
  /** An earlier plan whose approval covers this one too: it goes on with what that plan began. */
  readonly continues?: {
    readonly planId: string;
    /** The approval counts until then, in milliseconds since the epoch, at least until 24 hours after it was given. */
    readonly until?: number;
  };
  /** Risks this plan has beyond the tool's own; each must stand in the tool's `mayRaiseTo`. */
  readonly raise?: readonly Risk[];
  /** All that `run` gets. Same facts at apply, or the plan is stale. No secrets. */
  readonly facts: Facts;
}

/** What a tool's `plan` answers when the tenant already is as asked. */
export interface Unchanged {
  /** A sentence that says so. */
  readonly unchanged: string;
}

/** A plan as clients see it. */
export const planView = z.object({
  id: z.string(),
  tool: z.string(),
  /** Ascending. */
  risk: z.array(z.enum(['write', 'grant', 'destructive', 'irreversible'])),
  summary: z.string(),
  effects: z.array(z.string()),
  warnings: z.array(z.string()),
  undo: z.string().optional(),
  changes: z
    .array(z.object({ property: z.string(), before: z.string().nullable(), after: z.string().nullable() }))
    .optional(),
  observations: z.array(observation).optional(),
  /** Who is touched, as the server read it: for the approver to judge. */
  targets: z.array(z.record(z.string(), z.unknown())).optional(),
  tenant: z.object({
    id: z.string(),
    name: z.string().optional(),
    cloud: z.string(),
    hosts: z.array(z.string()).optional(),
  }),
  /** Said where this is an excerpt, which an answer has room for: what is left out, and where it is. */
  shortened: z.string().optional(),
  /** The agent's own words, quoted, never part of the summary. */
  reason: z.string().optional(),
  /** True when only page or terminal can approve. */
  stepUp: z.boolean(),
  /** What policies made of it, where there are any, and which ones. */
  policy: z.object({ rule: z.string(), policies: z.array(z.string()) }).optional(),
  requester: z.string(),
  /** ISO 8601, UTC. */
  createdAt: z.string(),
  expiresAt: z.string(),
  approve: z.object({ page: z.string().optional(), command: z.string() }),
});
export type PlanView = z.output<typeof planView>;

/** Where a plan stands. */
export const planStates = [
  'pending',
  'approved',
  'applying',
  'applied',
  'failed',
  'outcome_unknown',
  'denied',
  'expired',
  'stale',
] as const;
export type PlanState = (typeof planStates)[number];

/** The one shape every change tool and `apply_plan` answer with, in `structuredContent`. */
export const changeAnswer = z.object({
  status: z.enum(['completed', 'unchanged', 'approval_required', 'denied', 'running']),
  plan: planView.optional(),
  /** The tool's own output. */
  result: z.record(z.string(), z.unknown()).optional(),
  runId: z.string().optional(),
  /** Head of the audit chain after an apply. */
  auditHead: z.string().optional(),
  /** The tenant this speaks of. */
  tenant: z.object({ id: z.string(), name: z.string().optional() }).optional(),
  message: z.string(),
});
export type ChangeAnswer = z.output<typeof changeAnswer>;
