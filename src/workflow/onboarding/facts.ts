import { z } from 'zod';

/**
 * Every step, in its order. A way in comes before the groups: once a group has given the account power over the directory,
 * nothing gives a way into it any more.
 */
export const stepNames = [
  'create-user',
  'manager',
  'licenses',
  'temporary-access-pass',
  'groups',
  'roll-back',
] as const;
export type StepName = (typeof stepNames)[number];

const joined = z.object({
  id: z.string(),
  displayName: z.string(),
  roleAssignable: z.boolean(),
  /** The access package that gives the group, and is left to give it. */
  accessPackage: z.string().optional(),
});
export type JoinedGroup = z.output<typeof joined>;

const given = z.object({ skuId: z.string(), skuPartNumber: z.string(), disabledPlans: z.array(z.string()) });
export type GivenLicense = z.output<typeof given>;

/** What an onboarding is bound to; kept with the run, so that it can be taken up at any time. */
export const onboardingFacts = z.object({
  user: z.object({ userPrincipalName: z.string(), displayName: z.string() }),
  steps: z.array(z.enum(stepNames)),
  risk: z.array(z.enum(['grant'])),
  /** What the account is created with, less its password. */
  body: z.record(z.string(), z.string()),
  manager: z.object({ id: z.string(), userPrincipalName: z.string(), displayName: z.string().nullable() }).optional(),
  licenses: z.array(given),
  groups: z.array(joined),
});
export type OnboardingFacts = z.output<typeof onboardingFacts>;
