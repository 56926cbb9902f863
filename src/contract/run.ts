import { z } from 'zod';

/** What a run is: one user's offboarding or onboarding, an offboarding taken back, or many offboardings of one plan. */
export const runKinds = ['offboarding', 'onboarding', 'undo', 'offboardings'] as const;
export type RunKind = (typeof runKinds)[number];

/** Where a run stands. `waiting` needs a human or `resume_run`; `failed` ended with steps that failed. */
export const runStatuses = ['scheduled', 'running', 'waiting', 'completed', 'failed', 'cancelled'] as const;
export type RunStatus = (typeof runStatuses)[number];

/**
 * How a step stands. `already_so`: the tenant was as wanted. `skipped`: not done, and the message says why. `unknown`: a
 * write was sent and what became of it cannot be told.
 */
export const stepStatuses = [
  'pending',
  'running',
  'waiting',
  'done',
  'already_so',
  'skipped',
  'failed',
  'unknown',
] as const;
export type StepStatus = (typeof stepStatuses)[number];

/** One step of a run. */
export const stepReport = z.object({
  name: z.string(),
  status: z.enum(stepStatuses),
  message: z.string().optional(),
  /** What to do about a failure. */
  fix: z.string().optional(),
  /** Objects that the step changed. */
  done: z.number().optional(),
  /** Objects that it did not change, each with its reason. */
  left: z.array(z.object({ name: z.string(), id: z.string().optional(), reason: z.string() })).optional(),
});
export type StepReport = z.output<typeof stepReport>;

/** What is left to do by hand, with lines that are ready to be typed. */
export const followUp = z.object({ what: z.string(), commands: z.array(z.string()).optional() });
export type FollowUp = z.output<typeof followUp>;

/** The account a run is about. */
export const runUser = z.object({
  id: z.string(),
  userPrincipalName: z.string(),
  displayName: z.string().nullish(),
});
export type RunUser = z.output<typeof runUser>;

/** A run as tools, resources and commands show it. */
export const runReport = z.object({
  runId: z.string(),
  kind: z.enum(runKinds),
  status: z.enum(runStatuses),
  /** Absent for `offboardings`, and for an onboarding whose account is not made yet it has no id. */
  user: runUser.partial({ id: true }).optional(),
  steps: z.array(stepReport),
  followUps: z.array(followUp),
  /** What a run that waits is waiting for, in words. */
  waitingFor: z.string().optional(),
  /** Offboardings: true once the tenant shows that sign-in is blocked, of everyone where there are several. */
  blocked: z.boolean().optional(),
  /** Secrets sealed for the approver. */
  handoffIds: z.array(z.string()).optional(),
  /** The single runs of `offboardings`. */
  runs: z
    .array(
      z.object({
        runId: z.string(),
        user: z.string(),
        status: z.enum(runStatuses),
        message: z.string(),
        blocked: z.boolean().optional(),
      }),
    )
    .optional(),
  planId: z.string(),
  requester: z.string(),
  /** ISO 8601, UTC. */
  createdAt: z.string(),
  startAt: z.string().optional(),
  endedAt: z.string().optional(),
});
export type RunReport = z.output<typeof runReport>;

/** What tools that start or change a run answer: its whole report, of which the served schema names the start. */
export const runResult = runReport.pick({ runId: true, kind: true, status: true, waitingFor: true }).loose();

/** One line of a list of runs. */
export const runLine = runReport
  .pick({
    runId: true,
    kind: true,
    status: true,
    user: true,
    waitingFor: true,
    createdAt: true,
    startAt: true,
    endedAt: true,
  })
  .extend({ summary: z.string() });
export type RunLine = z.output<typeof runLine>;

/** Which runs a list is about. */
export interface RunQuery {
  readonly status?: RunStatus | undefined;
  readonly kind?: RunKind | undefined;
  /** Object id or userPrincipalName, as the run recorded them. */
  readonly user?: string | undefined;
  readonly limit: number;
  /** Skips this many. */
  readonly offset: number;
}

/** Runs as tools see them: the requester's own. */
export interface RunPort {
  /** Newest first. */
  list(query: RunQuery): Promise<{ readonly runs: readonly RunLine[]; readonly total: number }>;
  /** @throws ToolError NOT_FOUND. */
  get(runId: string): Promise<RunReport>;
}
