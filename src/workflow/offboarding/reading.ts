import type { z } from 'zod';
import { type GraphPath, type GraphReader, odata, path, type ReadQuery, ToolError } from '../../contract/index.ts';
import * as objects from './graph-objects.ts';
import type { HeldPackage, OwnedApp, OwnedGroup, SharedDrive, SponsoredPerson, UsedDevice } from './leaver.ts';
import { itemsOf, readAll, readOne, type Section, section } from './section.ts';

/** Groups are asked for a hundred at a time: a larger page would not travel with other reads. */
const cast = { advanced: true } as const;

/** The reads of one leaver, each a section. */
export class Reading {
  readonly #graph: GraphReader;
  readonly #user: string;
  readonly #idOf: () => Promise<string | undefined>;

  /** `idOf` tells the object id: filters take no userPrincipalName. */
  constructor(graph: GraphReader, user: string, idOf: () => Promise<string | undefined>) {
    this.#graph = graph;
    this.#user = user;
    this.#idOf = idOf;
  }

  groups() {
    const wanted = { what: 'groups', permission: 'GroupMember.Read.All' };
    const at = path`/users/${this.#user}/memberOf/microsoft.graph.group`;
    return section(wanted, async () => shown(await this.#all(at, objects.group, cast)));
  }

  async packages(): Promise<Section<HeldPackage>> {
    const id = await this.#idOf();
    if (id === undefined) return { items: [] };
    const wanted = { what: 'access packages', permission: 'EntitlementManagement.Read.All' };
    return section(wanted, async () => {
      const held = await this.#all(
        path`/identityGovernance/entitlementManagement/assignments`,
        objects.packageAssignment,
        {
          filter: odata`target/objectId eq ${id} and state eq 'delivered'`,
          expand: { accessPackage: ['id', 'displayName'], assignmentPolicy: ['id'] },
        },
      );
      return Promise.all(held.map(async (one) => ({ ...one, groupIds: await this.#groupsOf(one.accessPackage?.id) })));
    });
  }

  async ownedGroups(): Promise<Section<OwnedGroup>> {
    const wanted = { what: 'owned groups', permission: 'Group.Read.All' };
    const at = path`/users/${this.#user}/ownedObjects/microsoft.graph.group`;
    return section(wanted, async () => {
      const owned = shown(await this.#all(at, objects.group, cast));
      return Promise.all(owned.map(async (one) => ({ ...one, owners: await this.#ownersOf(one.id) })));
    });
  }

  applications(): Promise<Section<OwnedApp>> {
    return section({ what: 'owned applications', permission: 'Application.Read.All' }, async () => {
      const at = path`/users/${this.#user}/ownedObjects/microsoft.graph.application`;
      const owned = await this.#all(at, objects.application, cast);
      return Promise.all(owned.map(async (one) => this.#withOwners(one, path`/applications/${one.id}/owners`)));
    });
  }

  servicePrincipals(): Promise<Section<OwnedApp>> {
    return section({ what: 'owned service principals', permission: 'Application.Read.All' }, async () => {
      const at = path`/users/${this.#user}/ownedObjects/microsoft.graph.servicePrincipal`;
      const owned = await this.#all(at, objects.application, cast);
      return Promise.all(owned.map(async (one) => this.#withOwners(one, path`/servicePrincipals/${one.id}/owners`)));
    });
  }

  async roles(): Promise<Section<z.output<typeof objects.roleAssignment>>> {
    const query = await this.#ofPrincipal();
    if (query === undefined) return { items: [] };
    const wanted = { what: 'directory roles', permission: 'RoleManagement.Read.Directory' };
    return readAll(this.#graph, path`/roleManagement/directory/roleAssignments`, objects.roleAssignment, wanted, query);
  }

  async activeSchedules(): Promise<Section<z.output<typeof objects.roleSchedule>>> {
    const query = await this.#ofPrincipal();
    if (query === undefined) return { items: [] };
    const wanted = { what: 'roles given for a time', permission: 'RoleAssignmentSchedule.Read.Directory' };
    const at = path`/roleManagement/directory/roleAssignmentSchedules`;
    return readAll(this.#graph, at, objects.roleSchedule, wanted, query);
  }

  async eligibleSchedules(): Promise<Section<z.output<typeof objects.roleSchedule>>> {
    const query = await this.#ofPrincipal();
    if (query === undefined) return { items: [] };
    const wanted = { what: 'eligible roles', permission: 'RoleEligibilitySchedule.Read.Directory' };
    const at = path`/roleManagement/directory/roleEligibilitySchedules`;
    return readAll(this.#graph, at, objects.roleSchedule, wanted, query);
  }

  async devices(): Promise<Section<UsedDevice>> {
    const wanted = { what: 'devices', permission: 'Device.Read.All' };
    return section(wanted, async () => {
      const lists = await Promise.all([
        this.#all(path`/users/${this.#user}/registeredDevices/microsoft.graph.device`, objects.device, cast),
        this.#all(path`/users/${this.#user}/ownedDevices/microsoft.graph.device`, objects.device, cast),
      ]);
      // Of objects of a type that it may not read, Graph shows ids and nulls. [learn.microsoft.com/graph/permissions-overview]
      if (lists.flat().some(({ accountEnabled }) => accountEnabled == null)) throw blank('Device.Read.All');
      const unique = [...new Map(lists.flat().map((one) => [one.id, one])).values()];
      return Promise.all(unique.map(async (one) => ({ ...one, others: await this.#othersOn(one) })));
    });
  }

  appRoles() {
    const wanted = { what: 'app roles', permission: 'Directory.Read.All' };
    return readAll(this.#graph, path`/users/${this.#user}/appRoleAssignments`, objects.appRole, wanted);
  }

  consents() {
    const wanted = { what: 'consents to apps', permission: 'Directory.Read.All' };
    return readAll(this.#graph, path`/users/${this.#user}/oauth2PermissionGrants`, objects.consent, wanted);
  }

  authMethods() {
    const wanted = { what: 'authentication methods', permission: 'UserAuthenticationMethod.Read.All' };
    return readAll(this.#graph, path`/users/${this.#user}/authentication/methods`, objects.authMethod, wanted);
  }

  reports() {
    const wanted = { what: 'direct reports', permission: 'User.Read.All' };
    const at = path`/users/${this.#user}/directReports/microsoft.graph.user`;
    return readAll(this.#graph, at, objects.report, wanted, cast);
  }

  sponsorOf(): Promise<Section<SponsoredPerson>> {
    return section({ what: 'sponsorships', permission: 'User.Read.All' }, async () => {
      const sponsored = await this.#all(path`/users/${this.#user}/sponsorOf`, objects.sponsored);
      return Promise.all(sponsored.map(async (one) => ({ ...one, sponsorIds: await this.#sponsorsOf(one.id) })));
    });
  }

  mailbox() {
    const wanted = { what: 'mailbox settings', permission: 'MailboxSettings.Read' };
    return readOne(this.#graph, path`/users/${this.#user}/mailboxSettings`, objects.mailbox, wanted);
  }

  drive(): Promise<Section<SharedDrive>> {
    return section({ what: 'the OneDrive', permission: 'Files.Read.All' }, async () => {
      const found = await this.#graph.find(path`/users/${this.#user}/drive`, objects.drive);
      if (found === undefined) return [];
      const at = path`/drives/${found.id}/root/permissions`;
      return [{ id: found.id, permissions: await this.#all(at, objects.drivePermission) }];
    });
  }

  domains() {
    return readAll(this.#graph, path`/domains`, objects.domain, { what: 'domains', permission: 'Domain.Read.All' });
  }

  skus() {
    const wanted = { what: 'the licenses of the tenant', permission: 'LicenseAssignment.Read.All' };
    return readAll(this.#graph, path`/subscribedSkus`, objects.sku, wanted);
  }

  /** Names of the administrative units and apps that roles and consents only have ids of; those found. */
  async names(
    roles: Section<{ readonly directoryScopeId?: string | null | undefined }>,
    consents: Section<{ readonly clientId: string }>,
  ): Promise<ReadonlyMap<string, string>> {
    const units = itemsOf(roles).flatMap(({ directoryScopeId }) => unitOf(directoryScopeId) ?? []);
    const ids = [...new Set([...units, ...itemsOf(consents).map(({ clientId }) => clientId)])];
    if (ids.length === 0) return new Map();
    const found = await section({ what: 'names', permission: 'Directory.Read.All' }, async () => {
      const { value } = await this.#graph.ask(path`/directoryObjects/getByIds`, { ids }, objects.namedObjects);
      return value;
    });
    return new Map(itemsOf(found).flatMap(({ id, displayName }) => (displayName == null ? [] : [[id, displayName]])));
  }

  async #all<S extends z.ZodObject>(at: GraphPath, schema: S, query?: ReadQuery): Promise<z.output<S>[]> {
    const items: z.output<S>[] = [];
    for await (const page of this.#graph.pages(at, schema, query)) items.push(...page.items);
    return items;
  }

  async #ofPrincipal() {
    const id = await this.#idOf();
    if (id === undefined) return undefined;
    return { filter: odata`principalId eq ${id}`, expand: { roleDefinition: ['displayName'] } };
  }

  /** Ids of the groups that a package gives; none where they cannot be read. */
  async #groupsOf(packageId: string | undefined): Promise<readonly string[]> {
    if (packageId === undefined) return [];
    const at = path`/identityGovernance/entitlementManagement/accessPackages/${packageId}`;
    const wanted = { what: 'an access package', permission: 'EntitlementManagement.Read.All' };
    const found = await readOne(this.#graph, at, objects.accessPackage, wanted, {
      expand: { resourceRoleScopes: { expand: ['scope'] } },
    });
    return itemsOf(found).flatMap(({ resourceRoleScopes }) =>
      (resourceRoleScopes ?? []).flatMap(({ scope }) =>
        scope?.originSystem === 'AadGroup' && scope.originId != null ? [scope.originId] : [],
      ),
    );
  }

  async #sponsorsOf(id: string): Promise<readonly string[]> {
    const sponsors = await this.#all(path`/users/${id}/sponsors`, objects.owner);
    return sponsors.map((one) => one.id);
  }

  async #withOwners(app: objects.Application, at: GraphPath): Promise<OwnedApp> {
    const owners = await readAll(this.#graph, at, objects.owner, {
      what: 'owners',
      permission: 'Application.Read.All',
    });
    return { ...app, ownerIds: itemsOf(owners).map(({ id }) => id) };
  }

  async #ownersOf(groupId: string): Promise<OwnedGroup['owners']> {
    const wanted = { what: 'owners', permission: 'Group.Read.All' };
    const owners = await readAll(this.#graph, path`/groups/${groupId}/owners`, objects.owner, wanted, { top: 100 });
    if (!('items' in owners)) return undefined;
    return owners.items.map((one) => ({ id: one.id, isUser: one['@odata.type'] === '#microsoft.graph.user' }));
  }

  /** Names of the others who use a device that is not disabled yet. */
  async #othersOn({ id, accountEnabled }: z.output<typeof objects.device>): Promise<UsedDevice['others']> {
    if (accountEnabled === false) return [];
    const wanted = { what: 'users of devices', permission: 'Device.Read.All' };
    const users = await readAll(this.#graph, path`/devices/${id}/registeredUsers`, objects.deviceUser, wanted);
    const leaverId = await this.#idOf();
    if (!('items' in users)) return undefined;
    return users.items.filter((one) => one.id !== leaverId).map((one) => one.displayName ?? one.id);
  }
}

/** Without permission for groups Graph answers their ids and nulls. [learn.microsoft.com/graph/permissions-overview] */
function shown(groups: readonly objects.Group[]): readonly objects.Group[] {
  if (groups.every(({ displayName }) => displayName != null)) return groups;
  throw blank('GroupMember.Read.All');
}

function blank(permission: string): ToolError {
  return new ToolError('NOT_PERMITTED', {
    message: 'Graph shows objects without their properties.',
    fix: `Grant the server ${permission} with admin consent.`,
  });
}

/** The administrative unit that a scope names. */
export function unitOf(directoryScopeId: string | null | undefined): string | undefined {
  return /^\/administrativeUnits\/([0-9a-f-]{36})$/i.exec(directoryScopeId ?? '')?.[1];
}
