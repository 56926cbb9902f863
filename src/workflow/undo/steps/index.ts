import type { OffboardingFacts } from '../../offboarding/facts.ts';
import type { UndoFacts } from '../facts.ts';
import type { Taken } from '../taken.ts';
import { credential, restoreAccount, unblockSignIn } from './account.ts';
import { appAccess } from './app-access.ts';
import { devices } from './devices.ts';
import { handover } from './handover.ts';
import { licenses } from './licenses.ts';
import { blockGroup, groups } from './memberships.ts';
import { ownerships } from './ownerships.ts';
import type { UndoStep } from './returning.ts';

/** Every step, in its order. */
export function stepsOf(facts: UndoFacts, original: OffboardingFacts, taken: readonly Taken[]): readonly UndoStep[] {
  return [
    restoreAccount,
    licenses(taken),
    groups(taken),
    ownerships(taken),
    appAccess(taken),
    handover(taken, original),
    devices(taken),
    blockGroup(taken),
    credential(facts),
    unblockSignIn,
  ];
}
