import type { DirectoryObject, Row } from './directory-object.ts';
import type { Person } from './people/person.ts';
import type { Tenant } from './tenant.ts';

/** What one person has beyond their properties and licenses, by what it is; ids that change when it is given again are left out. */
export interface Holdings {
  /** Ids of groups, dynamic ones too. */
  readonly memberOf: readonly string[];
  /** Ids of groups, applications and service principals. */
  readonly owns: readonly string[];
  readonly devices: readonly { readonly id: string; readonly accountEnabled: unknown }[];
  /** App roles given directly. */
  readonly appRoles: readonly { readonly resourceId: unknown; readonly appRoleId: unknown }[];
  readonly consents: readonly { readonly clientId: unknown; readonly resourceId: unknown; readonly scope: unknown }[];
  readonly roles: readonly RoleHeld[];
  readonly eligibleRoles: readonly RoleHeld[];
  readonly administrativeUnits: readonly string[];
  readonly authenticationMethods: readonly string[];
  /** Whether there is a mailbox, and what it answers by itself. */
  readonly mailbox: { readonly isOpen: boolean; readonly automaticReplies: unknown };
  /** Whom the root of the OneDrive is shared with. */
  readonly drivePermissions: readonly { readonly userId: string; readonly roles: readonly string[] }[];
  readonly directReports: readonly string[];
  readonly sponsors: readonly string[];
  readonly sponsorOf: readonly string[];
  /** Ids of access packages that are delivered. */
  readonly accessPackages: readonly string[];
}

interface RoleHeld {
  readonly roleDefinitionId: unknown;
  readonly directoryScopeId: unknown;
}

const idsOf = (objects: readonly DirectoryObject[]): string[] => objects.map(({ id }) => id).sort();

const sorted = <T>(values: readonly T[]): T[] =>
  values.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

export function holdingsOf(tenant: Tenant, person: Person): Holdings {
  const { groups, apps, appAccess, devices, roles, units, authentication, mailboxes, drives, sponsors } = tenant;
  const ownedGroups = groups.withUnseen().filter((group) => group.owners.has(person.id));
  return {
    memberOf: idsOf(groups.withUnseen().filter((group) => group.has(person))),
    owns: idsOf([...ownedGroups, ...apps.ownedBy(person.id)]),
    devices: devices.usedBy(person).map((device) => ({ id: device.id, accountEnabled: device.get('accountEnabled') })),
    appRoles: sorted(
      appAccess
        .assignmentsOf(person)
        .map((row) => ({ resourceId: row.get('resourceId'), appRoleId: row.get('appRoleId') })),
    ),
    consents: sorted(
      appAccess
        .consentsOf(person)
        .map((row) => ({ clientId: row.get('clientId'), resourceId: row.get('resourceId'), scope: row.get('scope') })),
    ),
    roles: rolesIn(roles.assignments, person),
    eligibleRoles: rolesIn(roles.eligible, person),
    administrativeUnits: idsOf(units.holding(person).map(({ row }) => row)),
    authenticationMethods: authentication
      .of(person)
      .map(({ kind, id }) => `${kind} ${id}`)
      .toSorted(),
    mailbox: { isOpen: mailboxes.isOpen(person), automaticReplies: mailboxes.replies(person) },
    drivePermissions: sorted(
      drives.permissions(person).map(({ person: { id: userId }, roles: given }) => ({ userId, roles: given })),
    ),
    directReports: idsOf(tenant.people.reportsOf(person)),
    sponsors: sponsors.of(person.id).toSorted(),
    sponsorOf: sponsors.sponsoredBy(person).toSorted(),
    accessPackages: tenant.accessPackages
      .deliveredTo(person.id)
      .flatMap((row) => tenant.accessPackages.packageOf(row)?.row.id ?? [])
      .toSorted(),
  };
}

const rolesIn = (rows: readonly Row[], { id }: Person): RoleHeld[] =>
  sorted(
    rows
      .filter((row) => row.get('principalId') === id)
      .map((row) => ({
        roleDefinitionId: row.get('roleDefinitionId'),
        directoryScopeId: row.get('directoryScopeId'),
      })),
  );
