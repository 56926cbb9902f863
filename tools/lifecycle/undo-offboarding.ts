import { z } from 'zod';
import { defineTool, optionalReason, runRef, runResult } from '../../src/contract/index.ts';
import { undoPermissions, undoWrites } from './undo-writes.ts';

export default defineTool({
  name: 'undo_offboarding',
  title: 'Take an offboarding back',
  description:
    'Gives back what an offboarding of the last 30 days took, where nobody has changed it since, and lets the person in ' +
    'again. Directory roles, authentication methods and consents stay away: plan and followUps name them. ' +
    'Takes the runId of one person: see list_runs.',
  toolset: 'lifecycle',
  risk: 'grant',
  // It ends an offboarding that is still open, perhaps before sign-in is blocked.
  mayRaiseTo: ['destructive'],
  permissions: undoPermissions,
  writes: undoWrites,
  idempotent: false,
  durable: true,
  input: z.strictObject({
    runId: runRef,
    credential: z
      .enum(['password', 'temporaryAccessPass', 'none'])
      .optional()
      .describe('A way in, sealed to the approver; none by default'),
    reason: optionalReason,
  }),
  output: runResult,
  plan({ runId, credential }, { lifecycle, ...context }) {
    return lifecycle.undoOffboarding.plan({ runId, credential }, context);
  },
  run(facts, { lifecycle, ...context }) {
    return lifecycle.undoOffboarding.run(facts, context);
  },
});
