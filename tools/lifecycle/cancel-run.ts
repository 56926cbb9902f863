import { z } from 'zod';
import { defineTool, optionalReason, runRef, runResult } from '../../src/contract/index.ts';

export default defineTool({
  name: 'cancel_run',
  title: 'Cancel a run',
  description:
    'Ends an open run for good: at once, or after the step under way. What it did stays done; undo_offboarding takes ' +
    'offboardings back. Needs an approval and a reason where sign-in is not blocked yet.',
  toolset: 'lifecycle',
  risk: 'write',
  mayRaiseTo: ['destructive'],
  permissions: ['User.Read.All'],
  writes: [],
  idempotent: true,
  input: z.strictObject({ runId: runRef, reason: optionalReason }),
  output: runResult,
  plan({ runId }, { lifecycle, ...context }) {
    return lifecycle.cancelRun.plan({ runId }, context);
  },
  run(facts, { lifecycle, ...context }) {
    return lifecycle.cancelRun.run(facts, context);
  },
});
