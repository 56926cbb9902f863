import { AccessPackages } from './access-packages.ts';
import { AdministrativeUnits, isRestricted } from './administrative-units.ts';
import { AppAccess } from './app-access.ts';
import { Apps } from './apps.ts';
import { AuditLog } from './audit.ts';
import { AuthenticationMethods } from './authentication-methods.ts';
import { Authority } from './authority.ts';
import { Feed } from './delta/feed.ts';
import { watchPeople } from './delta/watch.ts';
import { Devices } from './devices.ts';
import type { DirectoryObject, Row } from './directory-object.ts';
import { Drives } from './drives.ts';
import { Groups } from './groups/groups.ts';
import { type SeededGroups, seedGroups } from './groups/seeded-groups.ts';
import { writeHistory } from './history.ts';
import { seedLeavers } from './leavers.ts';
import { Licenses } from './licenses.ts';
import { Mailboxes } from './mailboxes.ts';
import { PageTokens } from './odata/page-token.ts';
import { Seal } from './odata/seal.ts';
import { castSize, parts } from './people/cast.ts';
import { People } from './people/people.ts';
import { type DomainNames, Population } from './people/population.ts';
import { Dice, stream } from './random.ts';
import { Replication } from './replication.ts';
import { Roles } from './roles.ts';
import { signInRows } from './sign-ins.ts';
import { Sponsors } from './sponsors.ts';

/** How a tenant is made. */
interface TenantSettings {
  readonly users: number;
  readonly seed: number;
  readonly tenantId: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How long what is created or restored stays out of sight, in milliseconds. */
  readonly replicationDelayMs: number;
  /** What the calling app may do; undefined: everything. */
  readonly permissions: readonly string[] | undefined;
  /** Display names of the directory roles that the calling app holds; undefined: it needs none. */
  readonly appRoles: readonly string[] | undefined;
}

const mostUsers = 1_000_000;

/** The whole state of one simulated tenant, in memory. */
export class Tenant {
  readonly id: string;
  readonly displayName = 'Contoso Demo';
  readonly domains: DomainNames = {
    initial: 'contoso-demo.onmicrosoft.com',
    main: 'contoso-demo.example',
    federated: 'partners.contoso-demo.example',
  };
  readonly dice: Dice;
  readonly startedAt: number;
  readonly now: () => number;
  readonly people: People;
  readonly groups: Groups;
  readonly seededGroups: SeededGroups;
  readonly units = new AdministrativeUnits();
  readonly licenses: Licenses;
  readonly devices: Devices;
  readonly roles: Roles;
  readonly apps: Apps;
  readonly appAccess: AppAccess;
  readonly authentication: AuthenticationMethods;
  readonly mailboxes: Mailboxes;
  readonly drives: Drives;
  readonly sponsors: Sponsors;
  readonly accessPackages = new AccessPackages(() => this.next());
  readonly audit: AuditLog;
  readonly authority: Authority;
  /** Usage locations that licensing does not know yet. */
  readonly usageLocations: Replication;
  readonly pageTokens: PageTokens;
  readonly deltaTokens: Seal;
  readonly feed = new Feed();
  /** Ids of everyone and everything that was ever changed. */
  readonly touched = new Set<string>();
  readonly #hiding: readonly Replication[];
  /** The sign-in log, newest first; sign-ins do not happen here, so it stays as it is. */
  readonly signIns: readonly Row[];
  #ordinal: number;
  #record = 0;
  #version = 0;

  constructor({ users, seed, tenantId, now, replicationDelayMs, permissions, appRoles }: TenantSettings) {
    if (!Number.isInteger(users) || users < castSize || users > mostUsers) {
      throw new RangeError(`users must be a whole number between ${castSize} and ${mostUsers}`);
    }
    this.now = now;
    this.startedAt = now();
    this.dice = new Dice(seed);
    this.id = tenantId ?? this.dice.guid(stream.record, 0xffff_ffff);
    const population = new Population(this.dice, users, this.domains);
    this.authority = new Authority(permissions, appRoles);
    const [people, groups] = [new Replication(replicationDelayMs, now), new Replication(replicationDelayMs, now)];
    this.#hiding = [people, groups];
    this.people = new People({ population, startedAt: this.startedAt }, people);
    this.usageLocations = new Replication(replicationDelayMs, now);
    this.#ordinal = population.total;
    this.groups = new Groups(this.people, groups);
    this.licenses = new Licenses(this.people, this.groups);
    this.devices = new Devices(this.people, 1_000_000_000);
    this.apps = new Apps(() => this.next(), this.startedAt);
    this.appAccess = new AppAccess(this.apps, this.people, this.groups);
    this.roles = new Roles(() => this.next());
    this.authentication = new AuthenticationMethods(this.people);
    this.mailboxes = new Mailboxes(this.licenses);
    this.drives = new Drives(this.people, this.licenses);
    this.sponsors = new Sponsors(this.groups);
    this.audit = new AuditLog(() => this.nextRecord(), now);
    this.pageTokens = new PageTokens(this.id);
    this.deltaTokens = new Seal(`delta token of ${this.id}`);
    this.seededGroups = seedGroups(this);
    const executives = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((index) => this.idOf(index));
    this.units.create(this.next(), 'Executive Office', executives, this.startedAt);
    this.#appointAdministrators();
    seedLeavers(this);
    this.signIns = signInRows(this.people);
    writeHistory(this);
    this.people.computed.set('isManagementRestricted', (person) =>
      this.units.holding(person).some(isRestricted) ? true : null,
    );
    this.people.watcher = watchPeople(this.feed, this.groups);
  }

  /** Up to where the feed tells of nothing that does not show yet. */
  settled(): number {
    if (this.#hiding.every(({ hidden }) => hidden === 0)) return this.feed.latest;
    return this.feed.before(0, (ordinal) => this.#hiding.some((replication) => replication.hides(ordinal)));
  }

  /** Changes whenever the tenant does. */
  get version(): number {
    return this.#version;
  }

  /** To be called with every change, after it is made. */
  changed(): void {
    this.#version += 1;
  }

  nextOrdinal(): number {
    const ordinal = this.#ordinal;
    this.#ordinal += 1;
    return ordinal;
  }

  newId(ordinal: number): string {
    return this.dice.guid(stream.created, ordinal);
  }

  next(): { id: string; ordinal: number } {
    const ordinal = this.nextOrdinal();
    return { id: this.newId(ordinal), ordinal };
  }

  /** Ids of log rows come from a count of their own, so that what is logged does not shift the ids of what is created. */
  nextRecord(): { id: string; ordinal: number } {
    this.#record += 1;
    return { id: this.dice.guid(stream.record, this.#record), ordinal: this.#record };
  }

  /** Any directory object that is not deleted, by object id. */
  find(id: string): DirectoryObject | undefined {
    return (
      this.people.byId(id) ??
      this.groups.find(id) ??
      this.devices.find(id) ??
      this.apps.servicePrincipal(id) ??
      this.apps.application(id) ??
      this.roles.active.find((role) => role.id === id.toLowerCase()) ??
      this.units.find(id)?.row
    );
  }

  /** Someone or something that is gone for good has nothing any more, and is nowhere. */
  forget(id: string): void {
    this.groups.forget(id);
    this.roles.forget(id);
    this.apps.forget(id);
    this.appAccess.forget(id);
    this.units.forget(id);
    this.sponsors.forget(id);
    this.licenses.forget(id);
    this.authentication.forget(id);
    this.mailboxes.forget(id);
    this.drives.forget(id);
    this.accessPackages.forget(id, this.now());
  }

  /** Someone of the cast, who stays findable by index whatever happens to them. */
  idOf(index: number): string {
    return this.people.origin.population.id(index);
  }

  #appointAdministrators(): void {
    const atMs = this.startedAt - 60 * 86_400_000;
    const appoint = (index: number, role: string): void => {
      const person = this.people.byIndex(index);
      if (person) this.roles.assign(person, role, atMs);
    };
    for (const index of parts.globalAdmins) appoint(index, 'Global Administrator');
    appoint(parts.userAdmin, 'User Administrator');
    appoint(parts.helpdeskAdmin, 'Helpdesk Administrator');
    this.roles.assign(this.seededGroups.roleAssignable, 'Helpdesk Administrator', atMs);
    const eligible = this.people.byIndex(parts.eligibleAdmin);
    if (eligible) this.roles.makeEligible(eligible, 'Privileged Role Administrator', atMs);
    const { agent } = this.apps;
    if (agent) for (const role of this.authority.roles) this.roles.assign(agent, role, atMs);
  }
}
