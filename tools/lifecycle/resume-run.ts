import { z } from 'zod';
import { defineTool, optionalReason, runRef, runResult } from '../../src/contract/index.ts';
import { resumableWrites } from './resumable-writes.ts';

export default defineTool({
  name: 'resume_run',
  title: 'Go on with a run',
  description:
    'Goes on with a run that waits, was interrupted or failed in part: does what the tenant shows as left, nothing twice. ' +
    'Within 24 hours of the first approval it needs no other. Not for complete or cancelled runs. ' +
    'About the mailbox ask the user; never guess.',
  toolset: 'lifecycle',
  risk: 'write',
  mayRaiseTo: ['grant', 'destructive', 'irreversible'],
  permissions: ['User.Read.All'],
  writes: resumableWrites,
  idempotent: false,
  durable: true,
  runOf: ({ runId }) => runId,
  input: z.strictObject({
    runId: runRef,
    mailbox: z
      .enum(['shared', 'released'])
      .optional()
      .describe('What a person did with it: made it shared, or gave it up'),
    reason: optionalReason,
  }),
  output: runResult,
  plan({ runId, mailbox }, { lifecycle, ...context }) {
    return lifecycle.resumeRun.plan({ runId, mailbox }, context);
  },
  run(facts, { lifecycle, ...context }) {
    return lifecycle.resumeRun.run(facts, context);
  },
});
