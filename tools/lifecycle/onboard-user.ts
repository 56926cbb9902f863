import { z } from 'zod';
import {
  defineTool,
  groupRef,
  licenseRef,
  mailNickname,
  optionalReason,
  profile,
  runResult,
  text,
  usageLocation,
  userRef,
} from '../../src/contract/index.ts';
import { onboardingWrites } from './onboarding-writes.ts';

export default defineTool({
  name: 'onboard_user',
  title: 'Onboard a new colleague',
  description:
    'Creates a member account with manager, licenses and groups in one run; resume_run goes on where a step failed. ' +
    'The first password is generated and sealed to the approver: never ask for one. ' +
    'Not for guests (invite_guest) or people who return (restore_user).',
  toolset: 'lifecycle',
  risk: 'grant',
  permissions: [
    'User.ReadWrite.All',
    'User.DeleteRestore.All',
    'Domain.Read.All',
    'GroupMember.ReadWrite.All',
    'LicenseAssignment.ReadWrite.All',
    'UserAuthMethod-TAP.ReadWrite.All',
  ],
  writes: onboardingWrites,
  idempotent: false,
  durable: true,
  seals: 'password',
  version: 1,
  input: z.strictObject({
    userPrincipalName: text(113),
    displayName: text(256),
    properties: z
      .strictObject({ mailNickname, ...profile })
      .partial()
      .default({})
      .describe('More properties'),
    usageLocation: usageLocation.optional(),
    manager: userRef.optional(),
    licenses: z.array(licenseRef).max(20).optional().describe('SKU ids or part numbers; [] for none'),
    groups: z.array(groupRef).max(100).optional().describe('Ids or exact display names'),
    like: userRef
      .optional()
      .describe(
        'Colleague whose department, country and direct licenses fill gaps. The plan shows their groups; only those in groups are joined',
      ),
    temporaryAccessPass: z.boolean().optional().describe('Makes one too, for the first sign-in'),
    onFailure: z
      .enum(['keep', 'rollback'])
      .default('keep')
      .describe('rollback: a failed step deletes the account again'),
    reason: optionalReason,
  }),
  output: runResult,

  plan: ({ reason: _reason, ...input }, { lifecycle, ...context }) => lifecycle.onboardUser.plan(input, context),

  run: (facts, { lifecycle, ...context }) => lifecycle.onboardUser.run(facts, context),
});
