import type { Account } from '../account.ts';
import type { OnboardingFacts } from '../facts.ts';
import { createUser } from './create-user.ts';
import { groups } from './groups.ts';
import type { OnboardingStep } from './joining.ts';
import { licenses } from './licenses.ts';
import { manager } from './manager.ts';
import { rollBack } from './roll-back.ts';
import { temporaryAccessPass } from './temporary-access-pass.ts';

/** The steps of an onboarding. One that would be rolled back stops at the first failure. */
export function onboardingSteps(account: Account, { steps }: Pick<OnboardingFacts, 'steps'>): OnboardingStep[] {
  const all = [createUser, manager, licenses, temporaryAccessPass, groups, rollBack].map((make) => make(account));
  if (!steps.includes('roll-back')) return all;
  return all.map((step, at) =>
    step.afterFailure === true ? step : { ...step, after: all.slice(0, at).map(({ name }) => name) },
  );
}
