import { type Clock, ToolError } from '../../../contract/index.ts';
import type { Step, Todo, Work } from '../../step.ts';
import type { Account } from '../account.ts';
import type { OnboardingFacts, StepName } from '../facts.ts';
import type { Newcomer } from '../newcomer.ts';

/** A step of an onboarding. */
export interface OnboardingStep extends Step<Newcomer, OnboardingFacts> {
  readonly name: StepName;
}

/** What is left of a step about the new account; nothing is, once the account was taken back. */
export function todoFor(account: Account, work: readonly Work[], more: Pick<Todo, 'kept'> = {}): Todo {
  if (account.isTakenBack) return { work: [], skip: 'The account was deleted again' };
  return { work, ...more };
}

/** The id of the new account, for those who work on it. @throws ToolError CONFLICT where it is not known. */
export function idOf(account: Account): string {
  if (account.id !== undefined) return account.id;
  throw new ToolError('CONFLICT', {
    message: 'Whether the account was created is not known, so nothing more is done to it.',
    fix: 'Call resume_run in a few minutes: it looks for the account, and goes on.',
  });
}

/** Graph replicates late: a new account is 404 for some, and its usageLocation unknown to licensing, for seconds. */
const waitsMs = [2_000, 4_000, 8_000, 16_000];

/**
 * Repeats a write that a new account may not be ready for.
 * [learn.microsoft.com/graph/delta-query-overview#replication-delays]
 */
export async function patiently<T>(
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  write: () => Promise<T>,
  isEarly: (error: ToolError) => boolean = isUnknown,
): Promise<T> {
  for (const wait of waitsMs) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof ToolError) || !isEarly(error)) throw error;
      await clock.sleep(wait, signal);
    }
  }
  return write();
}

/** Graph does not know the account yet. */
export function isUnknown({ code }: ToolError): boolean {
  return code === 'NOT_FOUND';
}
