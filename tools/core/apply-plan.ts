import { z } from 'zod';
import { defineApplyTool } from '../../src/contract/index.ts';

export default defineApplyTool({
  name: 'apply_plan',
  title: 'Apply an approved plan',
  description:
    'Carries out a plan once a human has approved it, outside this conversation. Waits for the approval up to waitSeconds; ' +
    'still pending: answers approval_required, call again later. running with a runId: get_run follows the run. ' +
    'It cannot approve anything. Applied twice, it only repeats the outcome.',
  toolset: 'core',
  permissions: [],
  input: z.strictObject({
    planId: z
      .string()
      .min(1)
      .max(100)
      .regex(/^[\w-]+$/, 'is not the id of a plan')
      .describe('plan.id of an approval_required answer'),
    waitSeconds: z.number().int().min(0).max(600).default(20).describe('Longest wait, 0 to 600'),
  }),
  run({ planId, waitSeconds }, { plans }) {
    return plans.apply(planId, waitSeconds);
  },
});
