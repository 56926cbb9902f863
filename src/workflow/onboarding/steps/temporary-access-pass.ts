import { makeAccessPass, passNeeds } from '../../access-pass.ts';
import { attempted } from '../../offboarding/steps/acting.ts';
import type { Account } from '../account.ts';
import { idOf, type OnboardingStep, patiently, todoFor } from './joining.ts';

/** Makes a Temporary Access Pass for the first sign-in. */
export function temporaryAccessPass(account: Account): OnboardingStep {
  return {
    name: 'temporary-access-pass',
    title: 'A Temporary Access Pass, sealed to the approver',
    lists: false,
    after: ['create-user'],
    todo: (_, { user }, past) => {
      const id = user.userPrincipalName;
      return todoFor(account, past?.done.includes(id) === true ? [] : [{ id, name: id }]);
    },
    act: (work, context) =>
      Promise.all(
        work.map(({ id: userPrincipalName }) => {
          const make = async () => makeAccessPass(context, { id: idOf(account), userPrincipalName });
          return attempted(patiently(context, make), passNeeds);
        }),
      ),
  };
}
