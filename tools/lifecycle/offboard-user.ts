import { z } from 'zod';
import { defineTool, runReport, text, userRef } from '../../src/contract/index.ts';
import { offboardingInput, offboardingPermissions } from './offboarding-input.ts';
import { offboardingWrites } from './offboarding-writes.ts';

const message = text(2000);

export default defineTool({
  name: 'offboard_user',
  title: 'Offboard a user',
  description:
    'Takes one leaver out, in order: blocks sign-in, revokes sessions, then roles, devices, apps, ownerships, groups, handover, sign-in methods and licenses. ' +
    'Does not delete the account unless delete is true. What Graph cannot do comes back as followUps. ' +
    'For several people use offboard_users; to only block someone, disable_user. undo_offboarding takes it back.',
  toolset: 'lifecycle',
  risk: 'destructive',
  mayRaiseTo: ['grant'],
  permissions: offboardingPermissions,
  writes: offboardingWrites,
  idempotent: false,
  durable: true,
  version: 1,
  input: z.strictObject({
    user: userRef,
    ...offboardingInput,
    autoReply: z
      .strictObject({ internal: message, external: message.optional() })
      .optional()
      .describe('Automatic replies in the name of the leaver; HTML is fine'),
  }),
  output: runReport,

  plan: (input, { lifecycle, ...context }) => lifecycle.offboardUser.plan(input, context),

  run: (facts, { lifecycle, ...context }) => lifecycle.offboardUser.run(facts, context),
});
