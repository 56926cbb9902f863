import type { GraphReader, GraphWriter } from './graph.ts';
import type { Json, Observation, PlanDraft, Unchanged } from './plan.ts';
import type { Clock } from './ports.ts';
import type { RunReport } from './run.ts';
import type { HandoffPort } from './tool.ts';

/** What planning a workflow can reach. */
export interface WorkflowPlanContext {
  readonly graph: GraphReader;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly requester: string;
  /** Who this server is for Graph: `app:<client id>` or `user:<object id>`. */
  readonly identity: string;
  /** The application permissions that this server has been granted, where that is known: see `PlanContext`. */
  readonly granted?: readonly string[];
}

/** What a workflow gets when its plan is applied. */
export interface WorkflowRunContext {
  readonly graph: GraphWriter;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly handoff: HandoffPort;
  readonly plan: AppliedPlan;
  progress(message: string): void;
}

/** The plan that is being applied: what was shown, and who asked. */
export interface AppliedPlan {
  readonly id: string;
  readonly requester: string;
  /** The lists that the approver saw, and what has come to them since that the plan covers. */
  readonly observations: readonly Observation[];
}

/** A durable workflow: planned by a tool, run step by step, journaled. `request` is what the tool's input parsed. */
export interface Workflow<Request> {
  plan(request: Request, context: WorkflowPlanContext): Promise<PlanDraft<Json> | Unchanged>;
  /** Resolves when the run has ended, waits, or is kept for later. Failed steps do not reject: the report tells. */
  run(facts: Json, context: WorkflowRunContext): Promise<RunReport>;
}

/** Every step of an offboarding, in its order: what ends access comes first and alone, what cannot wait for a person before what can. */
export const offboardingStepNames = [
  'block-sign-in',
  'revoke-sessions',
  'reset-password',
  'directory-roles',
  'devices',
  'app-access',
  'ownerships',
  'groups',
  'handover',
  'revoke-again',
  'auth-methods',
  'licenses',
  'delete',
] as const;
export type OffboardingStepName = (typeof offboardingStepNames)[number];

/** One person's leaving, as `offboard_user` asks for it. */
export interface OffboardingRequest {
  readonly user: string;
  readonly preset?: 'block-only' | 'standard' | 'full' | undefined;
  readonly steps?: readonly string[] | undefined;
  readonly skip?: readonly string[] | undefined;
  readonly successor?: string | undefined;
  readonly autoReply?: { readonly internal: string; readonly external?: string | undefined } | undefined;
  readonly blockGroup?: string | undefined;
  readonly delete?: boolean | undefined;
  readonly startAt?: string | undefined;
}

/** Many people's leaving, in the same way. */
export interface OffboardingsRequest extends Omit<OffboardingRequest, 'user' | 'autoReply'> {
  readonly users: readonly string[];
}

/** A person's coming, as `onboard_user` asks for it. */
export interface OnboardingRequest {
  readonly userPrincipalName: string;
  readonly displayName: string;
  readonly properties: Readonly<Record<string, string | undefined>>;
  readonly usageLocation?: string | undefined;
  readonly licenses?: readonly string[] | undefined;
  readonly manager?: string | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly like?: string | undefined;
  readonly temporaryAccessPass?: boolean | undefined;
  readonly onFailure?: 'rollback' | 'keep' | undefined;
}

/** An offboarding to take back. */
export interface UndoRequest {
  readonly runId: string;
  /** A way in for the person who comes back. */
  readonly credential?: 'password' | 'temporaryAccessPass' | 'none' | undefined;
}

/** A run that stands still. */
export interface ResumeRequest {
  readonly runId: string;
  /** What became of the mailbox: asked before licenses are taken. */
  readonly mailbox?: 'shared' | 'released' | undefined;
}

/** The workflows that tools can plan and run. */
export interface LifecyclePort {
  readonly offboardUser: Workflow<OffboardingRequest>;
  readonly offboardUsers: Workflow<OffboardingsRequest>;
  readonly undoOffboarding: Workflow<UndoRequest>;
  readonly onboardUser: Workflow<OnboardingRequest>;
  readonly resumeRun: Workflow<ResumeRequest>;
  readonly cancelRun: Workflow<{ readonly runId: string }>;
}
