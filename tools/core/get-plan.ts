import { z } from 'zod';
import { defineReadTool, planStates } from '../../src/contract/index.ts';

export default defineReadTool({
  name: 'get_plan',
  title: 'Get a plan and what became of it',
  description:
    'Shows one of your plans: what it would change, whether it is pending, approved, denied or applied, its result, ' +
    'and the runId of its run. apply_plan applies it; get_run shows a run.',
  toolset: 'core',
  permissions: [],
  input: z.strictObject({
    planId: z
      .string()
      .min(1)
      .max(100)
      .regex(/^[\w-]+$/, 'is not the id of a plan')
      .describe('plan.id of an earlier answer'),
  }),
  output: z.object({
    plan: z.record(z.string(), z.unknown()),
    status: z.enum(planStates),
    runId: z.string().optional(),
    result: z.record(z.string(), z.unknown()).optional(),
    error: z.record(z.string(), z.unknown()).optional(),
    auditHead: z.string().optional(),
  }),
  run({ planId }, { plans }) {
    return plans.get(planId);
  },
});
