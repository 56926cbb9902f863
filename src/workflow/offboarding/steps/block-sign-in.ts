import { named, path } from '../../../contract/index.ts';
import type { Work } from '../../step.ts';
import { itemsOf } from '../section.ts';
import { attempted, type OffboardingStep, untilUnprivileged } from './acting.ts';

const accountNeeds = {
  permissions: ['User.EnableDisableAccount.All', 'User.Read.All'],
  guardsAdmins: true,
} as const;
const groupNeeds = { permissions: ['GroupMember.ReadWrite.All'] };

/**
 * First and alone: together with a password in one PATCH, a refusal of the password would lose the block. Of an account
 * with a directory role the app may only be able to block it once all of that power is gone, so it is tried again then.
 * [learn.microsoft.com/graph/api/resources/users#who-can-perform-sensitive-actions]
 */
export const blockSignIn: OffboardingStep = {
  name: 'block-sign-in',
  title: 'Sign-in is blocked',
  lists: false,
  needs: ({ kind }) => (kind === 'group' ? groupNeeds.permissions : ['User.EnableDisableAccount.All']),
  againAfter: untilUnprivileged,
  todo: ({ user, groups }, { blockGroup }) => {
    const work: Work[] = [];
    if (user.accountEnabled !== false) work.push({ id: user.id, name: named(user), data: { accountEnabled: true } });
    if (blockGroup !== undefined && itemsOf(groups).every(({ id }) => id !== blockGroup.id)) {
      work.push({ id: blockGroup.id, name: blockGroup.displayName, kind: 'group', data: { member: false } });
    }
    return { work };
  },
  act: async (work, { graph, facts }) => {
    const outcomes = [];
    const { user } = facts;
    for (const { kind, id } of work) {
      outcomes.push(
        kind === 'group'
          ? await attempted(graph.addRef(path`/groups/${id}/members`, user.id), groupNeeds)
          : await attempted(graph.patch(path`/users/${id}`, { accountEnabled: false }), accountNeeds),
      );
    }
    return outcomes;
  },
};
