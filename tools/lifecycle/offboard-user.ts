import { z } from 'zod';
import { defineTool, runResult, text, userRef } from '../../src/contract/index.ts';
import { offboardingInput, offboardingPermissions } from './offboarding-input.ts';
import { offboardingWrites } from './offboarding-writes.ts';

const message = text(2000);

export default defineTool({
  name: 'offboard_user',
  title: 'Offboard a user',
  description:
    'Takes one leaver out: blocks sign-in, then takes sessions, roles, devices, apps, ownerships, groups, sign-in methods and licenses. ' +
    'Deletes the account only where delete is true. What Graph cannot do comes back as followUps. ' +
    'Several people: offboard_users. To only block someone: disable_user. undo_offboarding takes it back.',
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
      .describe('Their automatic replies; HTML is fine'),
  }),
  output: runResult,

  plan: (input, { lifecycle, ...context }) => lifecycle.offboardUser.plan(input, context),

  run: (facts, { lifecycle, ...context }) => lifecycle.offboardUser.run(facts, context),
});
