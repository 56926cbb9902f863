import { z } from 'zod';
import { defineApplyTool } from '../../src/contract/index.ts';

export default defineApplyTool({
  name: 'apply_plan',
  title: 'Apply an approved plan',
  description:
    'Carries out a plan that a human approves, outside this conversation: it cannot approve. Waits up to waitSeconds; ' +
    'approval_required then means still pending: call again later. running with a runId: see get_run. ' +
    'Called again, it repeats the outcome.',
  toolset: 'core',
  permissions: [],
  input: z.strictObject({
    planId: z
      .string()
      .min(1)
      .max(100)
      .regex(/^[\w-]+$/, 'is not the id of a plan')
      .describe('plan.id of an earlier answer'),
    waitSeconds: z.number().int().min(0).max(600).default(20).describe('Longest wait; default 20'),
  }),
  run({ planId, waitSeconds }, { plans }) {
    return plans.apply(planId, waitSeconds);
  },
});
