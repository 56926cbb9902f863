import { z } from 'zod';
import { defineTool, runResult, userRef } from '../../src/contract/index.ts';
import { offboardingInput, offboardingPermissions } from './offboarding-input.ts';
import { offboardingWrites } from './offboarding-writes.ts';

export default defineTool({
  name: 'offboard_users',
  title: 'Offboard several users',
  description:
    'Offboards up to 200 people by one plan and one approval, each in a run of its own, as offboard_user does. ' +
    'One that fails stops no other; get_run tells of each. If anyone cannot be planned for, none is, and all reasons are listed.',
  toolset: 'lifecycle',
  risk: 'destructive',
  mayRaiseTo: ['grant'],
  permissions: offboardingPermissions,
  writes: offboardingWrites,
  idempotent: false,
  durable: true,
  lane: 'bulk',
  version: 1,
  input: z.strictObject({
    users: z.array(userRef).min(1).max(200).describe('Object ids or UPNs'),
    ...offboardingInput,
    preset: offboardingInput.preset.describe('As in offboard_user'),
    steps: offboardingInput.steps.describe('Exactly these instead, named as in offboard_user'),
    successor: offboardingInput.successor.describe('As in offboard_user'),
    blockGroup: offboardingInput.blockGroup.describe('As in offboard_user'),
  }),
  output: runResult,

  plan: (input, { lifecycle, ...context }) => lifecycle.offboardUsers.plan(input, context),

  run: (facts, { lifecycle, ...context }) => lifecycle.offboardUsers.run(facts, context),
});
