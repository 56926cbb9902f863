/** Durable runs: journal, resume, undo; offboarding/ and onboarding/ hold one file a step. */
import type { GraphReader, LifecyclePort, RunKind, RunPort } from '../contract/index.ts';
import { cancelRun } from './cancel-run.ts';
import { lookAtInterrupted } from './interrupted.ts';
import { manyResumable, manyWorkflow, nameOf } from './many.ts';
import { manyOffboardings, offboardingDefinition } from './offboarding/index.ts';
import { onboardingDefinition } from './onboarding/index.ts';
import type { WorkflowParts } from './parts.ts';
import { resumeRun } from './resume-run.ts';
import { type Resumable, resumable } from './resuming.ts';
import { runPort } from './run-port.ts';
import { runOfPlan } from './run-store.ts';
import { singleWorkflow } from './single.ts';
import { undoDefinition } from './undo/index.ts';

export type { WorkflowParts } from './parts.ts';
export { runPort } from './run-port.ts';
export type { RunRow } from './run-store.ts';
export { together } from './together.ts';
export { interruptedRuns, parkRun, scheduledRuns } from './waking.ts';

/** The workflows of one tenant. */
export interface Workflows {
  readonly lifecycle: LifecyclePort;
  /** The runs of one requester. */
  runs(requester: string): RunPort;
  /** The run that a plan began. */
  runOf(planId: string): Promise<string | undefined>;
  /** Notes with each run that a process left in the middle what the tenant shows as left of it. */
  lookAtInterrupted(graph: GraphReader, signal: AbortSignal): Promise<void>;
}

/** Makes the workflows of one tenant. */
export function createWorkflows(parts: WorkflowParts): Workflows {
  const offboarding = offboardingDefinition(parts);
  const undo = undoDefinition(parts);
  const onboarding = onboardingDefinition(parts);
  const kinds = new Map<RunKind, Resumable>([
    ['offboarding', resumable(parts, offboarding, nameOf)],
    ['offboardings', manyResumable(parts, offboarding)],
    ['undo', resumable(parts, undo)],
    ['onboarding', resumable(parts, onboarding)],
  ]);
  return {
    lifecycle: {
      offboardUser: singleWorkflow(parts, offboarding),
      offboardUsers: manyWorkflow(parts, offboarding, manyOffboardings),
      undoOffboarding: singleWorkflow(parts, undo),
      onboardUser: singleWorkflow(parts, onboarding),
      resumeRun: resumeRun(parts, kinds),
      cancelRun: cancelRun(parts),
    },
    runs: (requester) => runPort(parts, requester),
    runOf: async (planId) => (await runOfPlan(parts.store, parts.tenantId, planId))?.id,
    lookAtInterrupted: (graph, signal) => lookAtInterrupted(parts, kinds, graph, signal),
  };
}
