import { z } from 'zod';
import { named, path, type Random } from '../../../contract/index.ts';
import type { Past, Todo } from '../../step.ts';
import type { OffboardingFacts } from '../facts.ts';
import type { Leaver } from '../leaver.ts';
import { itemsOf } from '../section.ts';
import { attempted, type OffboardingStep, untilUnprivileged } from './acting.ts';

/** What setting a password takes. [learn.microsoft.com/graph/api/user-update] */
export const passwordNeeds = {
  permissions: ['User-PasswordProfile.ReadWrite.All'],
  role: 'User Administrator',
  guardsAdmins: true,
};
const data = z.object({ before: z.string().nullable() });

/** Sets a password that nobody knows: made for one request, kept nowhere. */
export function resetPassword(random: Random): OffboardingStep {
  return {
    name: 'reset-password',
    title: 'The password is replaced by one that nobody has',
    lists: false,
    needs: () => passwordNeeds.permissions,
    againAfter: untilUnprivileged,
    todo: passwordTodo,
    act: async (work, { graph }) =>
      Promise.all(
        work.map(({ id }) => {
          // The end has one of each kind of character that Entra asks for.
          const password = `${Buffer.from(random.bytes(48)).toString('base64url')}aA1!`;
          const passwordProfile = { forceChangePasswordNextSignIn: true, password };
          return attempted(graph.patch(path`/users/${id}`, { passwordProfile }), passwordNeeds);
        }),
      ),
  };
}

function passwordTodo(leaver: Leaver, facts: OffboardingFacts, past: Past | undefined): Todo {
  const { user } = leaver;
  const skip = whyNoPassword(leaver, facts);
  if (skip !== undefined) return { work: [], skip };
  const before = user.lastPasswordChangeDateTime ?? null;
  const begun = past?.begun.find(({ id }) => id === user.id);
  // Graph tells the time of a change to the second.
  const isDone = past?.done.includes(user.id) === true;
  if (isDone || (begun !== undefined && data.parse(begun.data).before !== before)) return { work: [] };
  return { work: [{ id: user.id, name: named(user), data: { before } }] };
}

/** Why Entra does not keep the password, or undefined where it does. */
export function whyNoPassword({ user, domains }: Leaver, facts: Pick<OffboardingFacts, 'user'>): string | undefined {
  if (facts.user.isSynced) return 'AD keeps the password of a synced account: reset it there';
  if (facts.user.isGuest) return 'The home organization of a guest keeps the password';
  const name = user.userPrincipalName.slice(user.userPrincipalName.lastIndexOf('@') + 1).toLowerCase();
  const isFederated = itemsOf(domains).some(
    ({ id, authenticationType }) => id.toLowerCase() === name && authenticationType === 'Federated',
  );
  return isFederated
    ? 'The domain is federated: the password is kept in the directory that it is federated with'
    : undefined;
}
