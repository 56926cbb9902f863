import type { WorkflowParts } from '../../parts.ts';
import type { OffboardingStep } from './acting.ts';
import { appAccess } from './app-access.ts';
import { authMethods } from './auth-methods.ts';
import { blockSignIn } from './block-sign-in.ts';
import { deleteAccount } from './delete.ts';
import { devices } from './devices.ts';
import { directoryRoles } from './directory-roles.ts';
import { groups } from './groups.ts';
import { handover } from './handover.ts';
import { licenses } from './licenses.ts';
import { ownerships } from './ownerships.ts';
import { resetPassword } from './reset-password.ts';
import { restricted } from './restricted.ts';
import { revokeAgain, revokeSessions } from './revoke-sessions.ts';

/** Every step, in their order. */
export function offboardingSteps({ random }: Pick<WorkflowParts, 'random'>): readonly OffboardingStep[] {
  return [
    blockSignIn,
    revokeSessions,
    resetPassword(random),
    directoryRoles,
    devices,
    appAccess,
    ownerships,
    groups,
    handover,
    revokeAgain,
    authMethods,
    licenses,
    deleteAccount,
  ].map((step) => restricted(permitted(ofTheLiving(step))));
}

/** What this server lacks the permission for is left out, and so is what makes no sense without it. */
function permitted(step: OffboardingStep): OffboardingStep {
  return {
    ...step,
    todo: (leaver, facts, ...rest) => {
      const skip = facts.lacking?.[step.name];
      return skip === undefined ? step.todo(leaver, facts, ...rest) : { work: [], skip };
    },
  };
}

/** Of a deleted account nothing is left to do: what it has comes back with it, and cannot be seen until then. */
function ofTheLiving(step: OffboardingStep): OffboardingStep {
  return {
    ...step,
    todo: (leaver, ...rest) => (leaver.isDeleted ? { work: [] } : step.todo(leaver, ...rest)),
  };
}
