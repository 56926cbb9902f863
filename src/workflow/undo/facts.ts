import { z } from 'zod';

/** Every step of taking an offboarding back, in its order: the account is let in last. */
export const undoSteps = [
  'restore-account',
  'licenses',
  'groups',
  'ownerships',
  'app-access',
  'handover',
  'devices',
  'block-group',
  'credential',
  'unblock-sign-in',
] as const;
export type UndoStepName = (typeof undoSteps)[number];

/** What an undo is bound to. What there is to take back stands in the journal of the offboarding. */
export const undoFacts = z.object({
  runId: z.string(),
  user: z.object({ id: z.string(), userPrincipalName: z.string(), displayName: z.string().nullable() }),
  steps: z.array(z.enum(undoSteps)),
  risk: z.array(z.enum(['grant'])),
  startAt: z.number().optional(),
  credential: z.enum(['password', 'temporaryAccessPass', 'none']),
});
export type UndoFacts = z.output<typeof undoFacts>;
