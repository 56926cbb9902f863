import { z } from 'zod';
import { path } from '../../../contract/index.ts';
import { attempted } from '../../offboarding/steps/acting.ts';
import type { Account } from '../account.ts';
import { idOf, type OnboardingStep, patiently, todoFor } from './joining.ts';

const needs = { permissions: ['UserAuthMethod-TAP.ReadWrite.All'] };
const pass = z.object({ temporaryAccessPass: z.string() });

/** A working day, and one sign-in: enough to register what stays. */
const passBody = { lifetimeInMinutes: 480, isUsableOnce: true };

/**
 * Makes a Temporary Access Pass, which Graph says once: it is sealed as soon as it is known. One whose answer was lost is
 * of no use to anybody, and the next takes its place, so it may be sent again.
 * [learn.microsoft.com/graph/api/authentication-post-temporaryaccesspassmethods]
 */
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
          const { graph, handoff, sealed } = context;
          const make = async () => {
            const at = path`/users/${idOf(account)}/authentication/temporaryAccessPassMethods`;
            const made = await graph.post(at, passBody, pass, 'repeatable');
            const kept = await handoff.keep('temporaryAccessPass', { userPrincipalName }, made.temporaryAccessPass);
            await sealed(kept.handoffId);
          };
          return attempted(patiently(context, make), needs);
        }),
      ),
  };
}
