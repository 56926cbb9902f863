import type { WriteTemplate } from '../../src/contract/index.ts';

/** The lists of every workflow whose runs `resume_run` goes on with. */
const workflows: readonly (readonly WriteTemplate[])[] = [];

/** Every request that a resumed run can send: a grant still names the objects of its plan alone. */
export const resumableWrites: readonly WriteTemplate[] = [...new Set(workflows.flat())];
