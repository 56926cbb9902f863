import {
  type BatchOutcome,
  type BatchWrite,
  explainRefusal,
  type GraphWriter,
  type Requirement,
  ToolError,
} from '../../../contract/index.ts';
import type { Step, Work, WorkOutcome } from '../../step.ts';
import type { OffboardingFacts, StepName } from '../facts.ts';
import type { Leaver } from '../leaver.ts';

/** A step of an offboarding. */
export interface OffboardingStep extends Step<Leaver, OffboardingFacts> {
  readonly name: StepName;
  /** Permissions, the least one first, any of which is enough for a piece of its work, as a wider one is. */
  readonly needs: (work: Work) => readonly string[];
}

/**
 * Where the leaver loses power over the directory: roles, and places in role-assignable groups, some of which are left with
 * the licenses that they give. Until all of it is gone, Graph may refuse sensitive actions on the account.
 * [learn.microsoft.com/graph/api/resources/users#who-can-perform-sensitive-actions]
 */
export const untilUnprivileged: readonly StepName[] = ['directory-roles', 'groups', 'licenses'];

/** What came of one write; a refusal says what this server lacks. */
export async function attempted(write: Promise<unknown>, needs: Requirement): Promise<WorkOutcome> {
  try {
    await write;
    return { ok: true };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { ok: false, error: explained(error, needs) };
  }
}

/** Sends writes that do not depend on each other; one outcome for each. */
export async function sent(
  graph: GraphWriter,
  writes: readonly BatchWrite[],
  needs: Requirement,
): Promise<readonly WorkOutcome[]> {
  if (writes.length === 0) return [];
  return (await graph.batch(writes)).map((outcome) => outcomeOf(outcome, needs));
}

function outcomeOf(outcome: BatchOutcome, needs: Requirement): WorkOutcome {
  return outcome.ok ? { ok: true } : { ok: false, error: explained(outcome.error, needs) };
}

function explained(error: ToolError, needs: Requirement): ToolError {
  try {
    return explainRefusal(needs)(error);
  } catch (better) {
    return better instanceof ToolError ? better : error;
  }
}

/** The outcome at a place, where there must be one. */
export function outcomeAt(outcomes: readonly (WorkOutcome | undefined)[], index: number): WorkOutcome {
  return outcomes[index] ?? { ok: false, error: missing() };
}

function missing(): ToolError {
  return new ToolError('INTERNAL', {
    message: 'No outcome was recorded for a part of this step.',
    fix: 'Call resume_run: it looks at the tenant and does what is left.',
  });
}
