import type { WriteTemplate } from '../../src/contract/index.ts';
import { offboardingWrites } from './offboarding-writes.ts';
import { onboardingWrites } from './onboarding-writes.ts';
import { undoWrites } from './undo-writes.ts';

/** The lists of every workflow whose runs `resume_run` goes on with. */
const workflows: readonly (readonly WriteTemplate[])[] = [offboardingWrites, undoWrites, onboardingWrites];

/** Every request that a resumed run can send: a grant still names the objects of its plan alone. */
export const resumableWrites: readonly WriteTemplate[] = [...new Set(workflows.flat())];
