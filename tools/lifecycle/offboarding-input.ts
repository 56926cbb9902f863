import { z } from 'zod';
import { groupRef, moment, nearest, offboardingStepNames, reason, userRef } from '../../src/contract/index.ts';

/** Served as plain text, since the list of names stands once, in the description of steps; checked here. */
const step = z.string().refine((name) => offboardingStepNames.some((known) => known === name), {
  error: ({ input }) => {
    const like = typeof input === 'string' ? nearest(input, offboardingStepNames) : undefined;
    return `is not a step; ${like === undefined ? `the steps are ${offboardingStepNames.join(', ')}` : `did you mean ${like}?`}`;
  },
});
const stepList = z.array(step).max(20).optional();

/** What offboarding one person and many have in common. */
export const offboardingInput = {
  reason,
  preset: z
    .enum(['block-only', 'standard', 'full'])
    .optional()
    .describe('standard (default) waits before licenses while a mailbox hangs on them; full does not'),
  steps: stepList.describe(
    'Exactly these instead: block-sign-in revoke-sessions reset-password directory-roles devices app-access ownerships groups handover revoke-again auth-methods licenses',
  ),
  skip: stepList.describe('Steps to leave out'),
  successor: userRef.optional().describe('Who gets owned groups and apps, OneDrive and sponsorships'),
  blockGroup: groupRef.optional().describe('Group that Conditional Access blocks, to put them into'),
  delete: z.boolean().optional().describe('Delete the account at the end'),
  startAt: moment.optional().describe('ISO 8601: begin then'),
};

/** The least permissions that all of it needs. [learn.microsoft.com/graph/permissions-reference] */
export const offboardingPermissions = [
  'User.EnableDisableAccount.All',
  'User.RevokeSessions.All',
  'User-PasswordProfile.ReadWrite.All',
  'User.ReadWrite.All',
  'User.DeleteRestore.All',
  'RoleManagement.ReadWrite.Directory',
  'RoleAssignmentSchedule.ReadWrite.Directory',
  'RoleEligibilitySchedule.ReadWrite.Directory',
  'Device.ReadWrite.All',
  'AppRoleAssignment.ReadWrite.All',
  'DelegatedPermissionGrant.ReadWrite.All',
  'EntitlementManagement.ReadWrite.All',
  'Group.ReadWrite.All',
  'GroupMember.ReadWrite.All',
  'Application.ReadWrite.All',
  'MailboxSettings.ReadWrite',
  'Files.ReadWrite.All',
  'UserAuthenticationMethod.ReadWrite.All',
  'LicenseAssignment.ReadWrite.All',
  'Directory.Read.All',
  'Domain.Read.All',
] as const;
