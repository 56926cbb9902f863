import type { PlanState, PlanView } from '../contract/index.ts';

/** What the page's script asks for and gets: JSON over the page's own origin. Times are milliseconds since the Unix epoch. */

/** How an approver proves who they are: by the PIN, or by signing in with Entra. */
export type Way = 'pin' | 'sign-in';

/** A plan in a list. */
export interface PlanEntry {
  readonly id: string;
  readonly tool: string;
  readonly risk: readonly string[];
  readonly summary: string;
  readonly requester: string;
  readonly state: PlanState;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Somebody wrote into its row: nothing of it is believed. */
  readonly edited: boolean;
  /** Somebody signed in for it, and Entra cannot be asked now what that is worth. */
  readonly isUnknown?: true;
  /** Where approvers sign in: who agreed so far, and how many have to. */
  readonly approvals?: { readonly by: readonly string[]; readonly needed: number };
}

/** A sealed secret that is still to be had. */
export interface HandoffEntry {
  readonly id: string;
  readonly planId: string;
  readonly kind: string;
  readonly subject: string;
  readonly expiresAt: number;
}

/** Which tenant this page is about. */
export interface PageTenant {
  readonly id: string;
  readonly demo: boolean;
}

/** `GET /api/plans` */
export interface Board {
  readonly now: number;
  readonly tenant: PageTenant;
  /** Oldest first. */
  readonly waiting: readonly PlanEntry[];
  /** Newest first. */
  readonly ended: readonly PlanEntry[];
  readonly handoffs: readonly HandoffEntry[];
}

/** How a plan ended. */
export interface PlanEnd {
  readonly succeeded: boolean;
  readonly message: string;
  readonly fix?: string;
}

/** A step of a run, or one person's run in a run of many. */
export interface StepEntry {
  readonly name: string;
  readonly status: string;
  readonly message?: string;
}

/** One line of what was done. */
export interface TrailEntry {
  readonly at: number;
  readonly text: string;
}

/** `GET /api/plans/{id}` */
export interface PlanSheet {
  readonly now: number;
  readonly tenant: PageTenant;
  readonly entry: PlanEntry;
  readonly way: Way;
  /** Missing where the row was edited. */
  readonly plan?: PlanView;
  /** Stands for what was read here: a decision names it, once. Missing where nothing is left to decide. */
  readonly ticket?: string;
  /** What a person types to approve, where the plan cannot be taken back. */
  readonly phrase?: string;
  readonly end?: PlanEnd;
  /** Writes that left, and those that were answered. */
  readonly writes: { readonly sent: number; readonly answered: number };
  /** Of the run that the plan began. */
  readonly steps: readonly StepEntry[];
  /** Oldest first. */
  readonly trail: readonly TrailEntry[];
  readonly handoffs: readonly HandoffEntry[];
}

/** `POST /api/handoffs/{id}` */
export interface OpenedSecret {
  readonly kind: string;
  readonly subject: string;
  readonly secret: string;
}

/** `GET /api/way`: told to everybody. */
export interface WayIn {
  readonly way: Way;
}

/** `POST /api/sign-in`, `POST /api/decisions/{id}`: where the person goes, and what this tab finishes it with. */
export interface SignInBegun {
  readonly url: string;
  readonly handle: string;
}

/** `POST /api/sign-in/end` */
export interface SignInEnded {
  /** Of a session; missing where a decision was made. */
  readonly token?: string;
  readonly sheet?: PlanSheet;
}

/** `POST /api/session` */
export interface Proof {
  readonly token: string;
}

/** Whatever did not work. */
export interface Failure {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly fix: string;
    readonly retryAfterMs?: number;
  };
}
