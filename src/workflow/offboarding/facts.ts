import { z } from 'zod';
import { type OffboardingStepName, offboardingStepNames } from '../../contract/index.ts';

export type StepName = OffboardingStepName;

const person = z.object({ id: z.string(), userPrincipalName: z.string(), displayName: z.string().nullable() });

/** What an offboarding is bound to; kept with the run, so that it can be taken up at any time. */
export const offboardingFacts = z.object({
  user: person.extend({ isGuest: z.boolean(), isSynced: z.boolean() }),
  steps: z.array(z.enum(offboardingStepNames)),
  risk: z.array(z.enum(['destructive', 'grant'])),
  /** Milliseconds since the epoch. */
  startAt: z.number().optional(),
  successor: person.optional(),
  /** Who gets the reports, and what has no one else; absent where there is none who could. */
  manager: person.optional(),
  /** Its members are kept out by Conditional Access. */
  blockGroup: z.object({ id: z.string(), displayName: z.string() }).optional(),
  autoReply: z.object({ internal: z.string(), external: z.string().optional() }).optional(),
  /** Chosen steps that have something to do and that this server lacks the permission for, each with the reason. */
  lacking: z.partialRecord(z.enum(offboardingStepNames), z.string()).optional(),
  /** A mailbox goes with the licenses. */
  losesMailbox: z.boolean(),
  /** Waits before the licenses until a person says what became of the mailbox. */
  waits: z.boolean(),
});
export type OffboardingFacts = z.output<typeof offboardingFacts>;
export type Person = z.output<typeof person>;

/** The chosen steps that are not left out for lack of a permission. */
export function permittedSteps({ steps, lacking = {} }: Pick<OffboardingFacts, 'steps' | 'lacking'>): StepName[] {
  return steps.filter((name) => lacking[name] === undefined);
}

/** Whoever takes over what must not be without anyone: the named successor, or the manager. */
export function heirOf({ successor, manager }: OffboardingFacts): Person | undefined {
  return successor ?? manager;
}
