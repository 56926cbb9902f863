import { path } from '../../../contract/index.ts';
import type { Kept, Work } from '../../step.ts';
import type { OffboardingFacts } from '../facts.ts';
import type { Group } from '../graph-objects.ts';
import type { Leaver } from '../leaver.ts';
import { givesLicenses, governedGroups, nameOf, whyFixed } from '../memberships.ts';
import { type OffboardingStep, sent } from './acting.ts';

const needs = {
  permissions: ['GroupMember.ReadWrite.All'],
  sometimes: { 'RoleManagement.ReadWrite.Directory': 'for role-assignable groups' },
};

/** Ends the direct memberships that bring no license; those that do go with the licenses, once the mailbox is seen to. */
export const groups: OffboardingStep = {
  name: 'groups',
  title: 'Leaves these groups',
  lists: true,
  needs: () => needs.permissions,
  todo: (leaver, facts) => {
    const { groups: section } = leaver;
    if ('unread' in section) return { work: [], skip: section.unread };
    const why = reasonsOf(leaver, facts);
    const others = section.items.filter((group) => !isLeftForLicenses(group, facts));
    return {
      work: others.filter((group) => why(group) === undefined).map(workOf),
      kept: others.flatMap((group): Kept[] => {
        const reason = why(group);
        return reason === undefined ? [] : [{ id: group.id, name: nameOf(group), reason }];
      }),
    };
  },
  // Each ends with /$ref: without it Graph would delete the account. [learn.microsoft.com/graph/api/group-delete-members]
  act: (work, { graph, facts }) =>
    sent(
      graph,
      work.map(({ id }) => ({ kind: 'removeRef', at: path`/groups/${id}/members/${facts.user.id}` })),
      needs,
    ),
};

function isLeftForLicenses(group: Group, { steps }: OffboardingFacts): boolean {
  return givesLicenses(group) && whyFixed(group) === undefined && steps.includes('licenses');
}

function workOf(group: Group): Work {
  const privileged = group.isAssignableToRole === true ? { privileged: true } : {};
  return { id: group.id, name: nameOf(group), kind: 'group', ...privileged, data: { kind: 'group' } };
}

function reasonsOf(leaver: Leaver, { blockGroup }: OffboardingFacts): (group: Group) => string | undefined {
  const governed = governedGroups(leaver);
  return (group) => {
    const fixed = whyFixed(group);
    if (fixed !== undefined) return fixed;
    if (group.id === blockGroup?.id) return 'It keeps its members out, and stays for that';
    if (givesLicenses(group)) return 'It gives licenses, and is left with them: the step licenses is not chosen';
    const bundle = governed.get(group.id);
    return bundle === undefined ? undefined : `The access package ${bundle} gives it, and takes it when it ends`;
  };
}
