import { z } from 'zod';
import { defineApplyTool } from '../../src/contract/index.ts';

export default defineApplyTool({
  name: 'decide_plan',
  title: 'Decide on the card of a plan',
  description:
    'Only for the card that a host shows with a plan, when a person clicks there: its nonce is given to no model. ' +
    'To have a plan approved, show the user plan.approve.',
  toolset: 'core',
  forCard: true,
  permissions: [],
  input: z.strictObject({
    planId: z
      .string()
      .min(1)
      .max(100)
      .regex(/^[\w-]+$/, 'is not the id of a plan')
      .describe('plan.id'),
    nonce: z
      .string()
      .max(100)
      .regex(/^[\w-]+$/, 'is not the nonce of a card')
      .optional()
      .describe('Of the card'),
    decision: z.enum(['approve', 'deny']).describe('What the person clicked'),
  }),
  run({ planId, nonce, decision }, { card }) {
    return card.decide(planId, nonce, decision);
  },
});
