import { z } from 'zod';
import { type BatchWrite, path } from '../../../contract/index.ts';
import type { Kept, Work } from '../../step.ts';
import type { HeldPackage, Leaver } from '../leaver.ts';
import { itemsOf, type Section } from '../section.ts';
import { type OffboardingStep, sent } from './acting.ts';

const needs = {
  permissions: ['AppRoleAssignment.ReadWrite.All'],
  sometimes: {
    'DelegatedPermissionGrant.ReadWrite.All': 'for consents',
    'EntitlementManagement.ReadWrite.All': 'for access packages',
  },
};

/** What giving it back takes. */
export const appAccessData = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('appRole'), userId: z.string(), resourceId: z.string(), appRoleId: z.string() }),
  z.object({
    kind: z.literal('consent'),
    userId: z.string(),
    clientId: z.string(),
    resourceId: z.string(),
    scope: z.string(),
  }),
  z.object({
    kind: z.literal('package'),
    userId: z.string(),
    accessPackageId: z.string().nullable(),
    assignmentPolicyId: z.string().nullable(),
  }),
]);

/** Takes app roles given directly, the leaver's own consents, and access packages. */
export const appAccess: OffboardingStep = {
  name: 'app-access',
  title: 'Loses access to these apps and access packages',
  lists: true,
  needs: ({ data }) => {
    const { kind } = appAccessData.parse(data);
    if (kind === 'consent') return ['DelegatedPermissionGrant.ReadWrite.All'];
    return kind === 'package' ? ['EntitlementManagement.ReadWrite.All'] : needs.permissions;
  },
  todo: (leaver, _facts, past) => {
    const sections = [leaver.appRoles, leaver.consents, leaver.packages];
    const unread = sections.flatMap((section) => ('unread' in section ? [section.unread] : []));
    if (unread.length === sections.length) return { work: [], skip: unread.join('. ') };
    // Entra takes minutes over a package that was asked back, and shows it as delivered until then.
    const packages = itemsOf(leaver.packages).filter(({ id }) => past?.done.includes(id) !== true);
    return {
      work: [...appRoleWork(leaver), ...consentWork(leaver), ...packages.map((one) => packageWork(leaver, one))],
      kept: [...throughGroups(leaver), ...unreadParts(leaver)],
      partial: unreadParts(leaver).length > 0,
    };
  },
  act: (work, { graph }) => sent(graph, work.map(removal), needs),
};

const isDirect = (
  { user }: Leaver,
  one: { readonly principalId: string; readonly principalType?: string | null | undefined },
) => one.principalType !== 'Group' && one.principalId === user.id;

function appRoleWork(leaver: Leaver): Work[] {
  return itemsOf(leaver.appRoles)
    .filter((one) => isDirect(leaver, one))
    .map(({ id, resourceId, resourceDisplayName, appRoleId }) => ({
      id,
      name: `${resourceDisplayName ?? resourceId} (app role)`,
      data: { kind: 'appRole', userId: leaver.user.id, resourceId, appRoleId },
    }));
}

/** Consents for everyone are not the leaver's. */
function consentWork({ user, consents, names }: Leaver): Work[] {
  return itemsOf(consents)
    .filter(({ consentType, principalId }) => consentType === 'Principal' && principalId === user.id)
    .map(({ id, clientId, resourceId, scope }) => ({
      id,
      name: `${names.get(clientId) ?? clientId} (consent: ${(scope ?? '').trim()})`,
      data: { kind: 'consent', userId: user.id, clientId, resourceId, scope: scope ?? '' },
    }));
}

function packageWork({ user }: Leaver, { id, accessPackage, assignmentPolicy }: HeldPackage): Work {
  return {
    id,
    name: `${accessPackage?.displayName ?? id} (access package)`,
    data: {
      kind: 'package',
      userId: user.id,
      accessPackageId: accessPackage?.id ?? null,
      assignmentPolicyId: assignmentPolicy?.id ?? null,
    },
  };
}

function throughGroups(leaver: Leaver): Kept[] {
  return itemsOf(leaver.appRoles)
    .filter((one) => !isDirect(leaver, one))
    .map(({ id, resourceDisplayName, principalDisplayName, principalId }) => ({
      id,
      name: `${resourceDisplayName ?? id} (app role)`,
      reason: `It comes through the group ${principalDisplayName ?? principalId}, and goes with the membership in it`,
    }));
}

function unreadParts({ appRoles, consents, packages }: Leaver): Kept[] {
  const parts: [string, Section<unknown>][] = [
    ['app roles', appRoles],
    ['consents', consents],
    ['access packages', packages],
  ];
  return parts.flatMap(([name, section]) => ('unread' in section ? [{ id: name, name, reason: section.unread }] : []));
}

function removal({ id, data: given }: Work): BatchWrite {
  const asked = appAccessData.parse(given);
  if (asked.kind === 'appRole') return { kind: 'delete', at: path`/users/${asked.userId}/appRoleAssignments/${id}` };
  if (asked.kind === 'consent') return { kind: 'delete', at: path`/oauth2PermissionGrants/${id}` };
  const at = path`/identityGovernance/entitlementManagement/assignmentRequests`;
  return { kind: 'act', at, body: { requestType: 'adminRemove', assignment: { id } }, repeat: 'once' };
}
