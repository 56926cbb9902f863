import type { z } from 'zod';
import { formerName, type GraphReader, isGuid, path } from '../../contract/index.ts';
import type { StepName } from './facts.ts';
import * as objects from './graph-objects.ts';
import { Reading } from './reading.ts';
import type { Section } from './section.ts';

type Row<S extends z.ZodType> = z.output<S>;

/** A group that the leaver owns, and who else does. */
export interface OwnedGroup extends objects.Group {
  /** Undefined where they cannot be read. */
  readonly owners: readonly { readonly id: string; readonly isUser: boolean }[] | undefined;
}

/** An application or service principal, and who owns it. */
export interface OwnedApp extends objects.Application {
  readonly ownerIds: readonly string[];
}

/** A device, and who uses it beside the leaver. */
export interface UsedDevice extends Row<typeof objects.device> {
  /** Undefined where they cannot be read. */
  readonly others: readonly string[] | undefined;
}

/** An access package that the leaver is assigned to, and the groups that it gives. */
export interface HeldPackage extends Row<typeof objects.packageAssignment> {
  readonly groupIds: readonly string[];
}

/** A guest whom the leaver sponsors, and everyone who does. */
export interface SponsoredPerson extends Row<typeof objects.sponsored> {
  readonly sponsorIds: readonly string[];
}

/** A OneDrive, and whom it is shared with. */
export interface SharedDrive {
  readonly id: string;
  readonly permissions: readonly Row<typeof objects.drivePermission>[];
}

/** Everything that the steps look at, as the tenant showed it at one moment. */
export interface Leaver {
  readonly user: objects.Account;
  readonly isDeleted: boolean;
  readonly manager: objects.Colleague | undefined;
  readonly groups: Section<objects.Group>;
  readonly packages: Section<HeldPackage>;
  readonly ownedGroups: Section<OwnedGroup>;
  readonly applications: Section<OwnedApp>;
  readonly servicePrincipals: Section<OwnedApp>;
  readonly roles: Section<Row<typeof objects.roleAssignment>>;
  readonly activeSchedules: Section<Row<typeof objects.roleSchedule>>;
  readonly eligibleSchedules: Section<Row<typeof objects.roleSchedule>>;
  readonly devices: Section<UsedDevice>;
  readonly appRoles: Section<Row<typeof objects.appRole>>;
  readonly consents: Section<Row<typeof objects.consent>>;
  readonly authMethods: Section<Row<typeof objects.authMethod>>;
  readonly reports: Section<Row<typeof objects.report>>;
  readonly sponsorOf: Section<SponsoredPerson>;
  readonly mailbox: Section<Row<typeof objects.mailbox>>;
  readonly drive: Section<SharedDrive>;
  readonly domains: Section<Row<typeof objects.domain>>;
  readonly skus: Section<objects.Sku>;
  /** Names of apps and administrative units, by id. */
  readonly names: ReadonlyMap<string, string>;
}

/** What is asked about whom. */
export interface LeaverQuestion {
  /** Object id or userPrincipalName. */
  readonly user: string;
  readonly steps: readonly StepName[];
  readonly withMailbox: boolean;
  readonly withDrive: boolean;
  readonly withBlockGroup: boolean;
}

const nothing: Section<never> = { items: [] };
const managerFields = ['id', 'displayName', 'userPrincipalName', 'accountEnabled', 'userType'];

/**
 * Reads all that the chosen steps look at. Every read is issued as soon as what it needs is known, most at once, so that
 * they travel together. `undefined` where there is no such user, among the deleted ones neither.
 */
export async function readLeaver(graph: GraphReader, question: LeaverQuestion): Promise<Leaver | undefined> {
  const { user, steps } = question;
  const isFor = (...names: readonly StepName[]) => names.some((name) => steps.includes(name));
  const expand = { manager: managerFields };
  const found = graph.find(path`/users/${user}`, objects.accountWithManager, { expand });
  const reading = new Reading(graph, user, async () => (isGuid(user) ? user : (await found)?.id));
  const hasRoles = isFor('directory-roles');
  const owns = isFor('ownerships');
  const uses = isFor('app-access');
  const inGroups = isFor('groups', 'licenses') || hasRoles || question.withBlockGroup;
  const roles = hasRoles ? reading.roles() : nothing;
  const consents = uses ? reading.consents() : nothing;
  const [present, memberships, owned, powers, tools, people] = await Promise.all([
    found,
    Promise.all([inGroups ? reading.groups() : nothing, uses || isFor('groups') ? reading.packages() : nothing]),
    Promise.all([
      owns ? reading.ownedGroups() : nothing,
      owns ? reading.applications() : nothing,
      owns ? reading.servicePrincipals() : nothing,
    ]),
    Promise.all([
      roles,
      hasRoles ? reading.activeSchedules() : nothing,
      hasRoles ? reading.eligibleSchedules() : nothing,
      uses ? reading.appRoles() : nothing,
      consents,
      Promise.all([roles, consents]).then((both) => reading.names(...both)),
    ]),
    Promise.all([
      isFor('devices') ? reading.devices() : nothing,
      isFor('auth-methods') ? reading.authMethods() : nothing,
      isFor('licenses') ? reading.skus() : nothing,
      isFor('reset-password') ? reading.domains() : nothing,
    ]),
    Promise.all([
      isFor('handover') ? reading.reports() : nothing,
      isFor('handover') ? reading.sponsorOf() : nothing,
      question.withMailbox ? reading.mailbox() : nothing,
      question.withDrive ? reading.drive() : nothing,
    ]),
  ]);
  const [groups, packages] = memberships;
  const [ownedGroups, applications, servicePrincipals] = owned;
  const [held, activeSchedules, eligibleSchedules, appRoles, given, names] = powers;
  const [devices, authMethods, skus, domains] = tools;
  const [reports, sponsorOf, mailbox, drive] = people;
  const sections = {
    ...{ groups, packages, ownedGroups, applications, servicePrincipals, roles: held, activeSchedules },
    ...{ eligibleSchedules, appRoles, consents: given, names, devices, authMethods, skus, domains },
    ...{ reports, sponsorOf, mailbox, drive },
  };
  if (present !== undefined) {
    const { manager, ...account } = present;
    return { user: account, isDeleted: false, manager: colleagueOf(manager), ...sections };
  }
  const deleted = await readDeleted(graph, user);
  return deleted === undefined ? undefined : { user: deleted, isDeleted: true, manager: undefined, ...sections };
}

/** A deleted user, with the name it had; found by its object id alone. */
async function readDeleted(graph: GraphReader, user: string): Promise<objects.Account | undefined> {
  if (!isGuid(user)) return undefined;
  const found = await graph.find(path`/directory/deletedItems/${user}/microsoft.graph.user`, objects.account);
  return found === undefined ? undefined : { ...found, userPrincipalName: formerName(found) };
}

function colleagueOf(manager: Row<typeof objects.expandedManager> | null | undefined): objects.Colleague | undefined {
  if (manager?.userPrincipalName === undefined) return undefined;
  return { ...manager, userPrincipalName: manager.userPrincipalName };
}
