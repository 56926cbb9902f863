import { z } from 'zod';
import { type BatchWrite, path } from '../../../contract/index.ts';
import type { Kept, Work } from '../../step.ts';
import type { Leaver } from '../leaver.ts';
import { unitOf } from '../reading.ts';
import { itemsOf } from '../section.ts';
import { type OffboardingStep, sent } from './acting.ts';

const needs = {
  permissions: ['RoleManagement.ReadWrite.Directory'],
  sometimes: {
    'RoleAssignmentSchedule.ReadWrite.Directory': 'for roles given for a time',
    'RoleEligibilitySchedule.ReadWrite.Directory': 'for eligible roles',
  },
};

/** What giving it back takes. */
const data = z.object({
  kind: z.enum(['assigned', 'scheduled', 'eligible']),
  principalId: z.string(),
  roleDefinitionId: z.string(),
  directoryScopeId: z.string(),
  /** ISO 8601; null for no end. */
  until: z.string().nullable(),
});

interface Held {
  readonly id: string;
  readonly principalId: string;
  readonly roleDefinitionId: string;
  readonly directoryScopeId?: string | null | undefined;
  readonly memberType?: string | null | undefined;
  readonly roleDefinition?: { readonly displayName?: string | null | undefined } | null | undefined;
  readonly scheduleInfo?:
    | { readonly expiration?: { readonly endDateTime?: string | null | undefined } | null | undefined }
    | null
    | undefined;
}

/**
 * Takes roles: active ones, those given for a time and those that could be taken up, in the whole tenant or in an
 * administrative unit. An assignment for a time is PIM's, and PIM takes it back.
 * [learn.microsoft.com/graph/api/rbacapplication-post-roleassignmentschedulerequests]
 */
export const directoryRoles: OffboardingStep = {
  name: 'directory-roles',
  title: 'Loses these directory roles',
  lists: true,
  needs: ({ data: given }) => {
    const kind = {
      assigned: [],
      scheduled: ['RoleAssignmentSchedule.ReadWrite.Directory', 'RoleAssignmentSchedule.Remove.Directory'],
      eligible: ['RoleEligibilitySchedule.ReadWrite.Directory', 'RoleEligibilitySchedule.Remove.Directory'],
    }[data.parse(given).kind];
    return [...kind, ...needs.permissions];
  },
  todo: (leaver) => {
    const { roles } = leaver;
    if ('unread' in roles) return { work: [], skip: roles.unread };
    const schedules = itemsOf(leaver.activeSchedules);
    const timed = schedules.filter((one) => one.memberType !== 'Group' && isForAWhile(one));
    const standing = roles.items.filter((role) => !timed.some((one) => isSame(one, role)));
    const eligible = itemsOf(leaver.eligibleSchedules).filter(({ memberType }) => memberType !== 'Group');
    return {
      work: [
        ...standing.map((role) => workOf(leaver, 'assigned', role)),
        ...timed.map((role) => workOf(leaver, 'scheduled', role)),
        ...eligible.map((role) => workOf(leaver, 'eligible', role)),
      ],
      kept: [...throughGroups(leaver), ...unreadOf(leaver)],
    };
  },
  act: (work, { graph }) => sent(graph, work.map(removal), needs),
};

const isForAWhile = ({ scheduleInfo }: Held) => scheduleInfo?.expiration?.endDateTime != null;

const isSame = (one: Held, other: Held) =>
  one.roleDefinitionId === other.roleDefinitionId && (one.directoryScopeId ?? '/') === (other.directoryScopeId ?? '/');

function workOf({ user, names }: Leaver, kind: z.output<typeof data>['kind'], role: Held): Work {
  const directoryScopeId = role.directoryScopeId ?? '/';
  const until = role.scheduleInfo?.expiration?.endDateTime ?? null;
  const unit = unitOf(directoryScopeId);
  const name = role.roleDefinition?.displayName ?? role.roleDefinitionId;
  const where =
    unit === undefined
      ? directoryScopeId === '/'
        ? ''
        : `, in ${directoryScopeId}`
      : `, in the unit ${names.get(unit) ?? unit}`;
  return {
    id: role.id,
    name: `${name}${kind === 'eligible' ? ' (eligible)' : ''}${where}`,
    privileged: true,
    data: { kind, principalId: user.id, roleDefinitionId: role.roleDefinitionId, directoryScopeId, until },
  };
}

function throughGroups({ groups }: Leaver): Kept[] {
  return itemsOf(groups)
    .filter(({ isAssignableToRole }) => isAssignableToRole === true)
    .map(({ id, displayName }) => ({
      id,
      name: `The roles of the group ${displayName ?? id}`,
      reason: 'They come through the group, and go with the membership in it',
    }));
}

/** A part that could not be read, beside one that could. */
function unreadOf({ activeSchedules, eligibleSchedules }: Leaver): Kept[] {
  return [activeSchedules, eligibleSchedules].flatMap((section, index) =>
    'unread' in section
      ? [{ id: index === 0 ? 'activeSchedules' : 'eligibleSchedules', name: 'Roles in PIM', reason: section.unread }]
      : [],
  );
}

function removal({ id, data: given }: Work): BatchWrite {
  const { kind, principalId, roleDefinitionId, directoryScopeId } = data.parse(given);
  if (kind === 'assigned') return { kind: 'delete', at: path`/roleManagement/directory/roleAssignments/${id}` };
  const at =
    kind === 'scheduled'
      ? path`/roleManagement/directory/roleAssignmentScheduleRequests`
      : path`/roleManagement/directory/roleEligibilityScheduleRequests`;
  const body = { action: 'adminRemove', principalId, roleDefinitionId, directoryScopeId, justification: 'Offboarding' };
  return { kind: 'act', at, body, repeat: 'once' };
}
