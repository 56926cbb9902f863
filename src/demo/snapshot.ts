import type { DirectoryObject, Row } from './directory-object.ts';
import { type Holdings, holdingsOf } from './holdings.ts';
import { parts } from './people/cast.ts';
import type { Person } from './people/person.ts';
import { userResource } from './people/user-resource.ts';
import type { Tenant } from './tenant.ts';

/** Plain JSON of everything a tenant holds: equal before and after exactly when nothing changed. */
export interface DemoSnapshot {
  /** By object id, deleted users included; empty properties are left out, `manager` is an id. In a tenant of more than 20,000 people: those who were changed. */
  readonly users: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Ids of users who are permanently gone. */
  readonly purgedUsers: readonly string[];
  /** By object id, deleted groups included; with what was done to members by hand, and owners, as ids. */
  readonly groups: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** By object id, what people have: memberships, roles, devices, methods, reports and so on. In a tenant of more than 1,000 people: of the cast, and of those who were changed. */
  readonly holdings: Readonly<Record<string, Holdings>>;
  readonly roleAssignments: readonly unknown[];
  readonly roleEligibilitySchedules: readonly unknown[];
  /** Ids of the members of each administrative unit. */
  readonly administrativeUnits: Readonly<Record<string, readonly string[]>>;
  /** Ids of the owners of applications and service principals. */
  readonly appOwners: Readonly<Record<string, readonly string[]>>;
  /** App roles of groups, and consents for everyone. */
  readonly appAccess: readonly unknown[];
  readonly accessPackageAssignments: readonly unknown[];
  /** By id, what was changed about devices. */
  readonly changedDevices: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly removedDevices: readonly string[];
  /** Newest first. */
  readonly directoryAudits: readonly unknown[];
}

const everyone = 20_000;
/** Finding what someone has goes through all groups. */
const everyonesHoldings = 1000;

export function snapshotOf(tenant: Tenant): DemoSnapshot {
  const { people, groups, roles, audit, devices, units, apps, appAccess, accessPackages } = tenant;
  const { changed, purged } = people.touched();
  const users: Record<string, Record<string, unknown>> = {};
  const take = (person: Person | undefined): void => {
    if (person) users[person.id] = { ...valuesOf(person), manager: people.managerOf(person)?.id ?? null };
  };
  if (people.origin.population.size <= everyone) for (const person of people.after(-1)) take(person);
  for (const person of changed) take(person);
  const snapshot = {
    users,
    purgedUsers: purged,
    groups: Object.fromEntries(
      [...groups.all(), ...groups.deleted()].map((group) => [
        group.id,
        {
          ...group.values,
          id: group.id,
          membersAdded: [...group.added].sort(),
          membersRemoved: [...group.removed].sort(),
          owners: [...group.owners].sort(),
        },
      ]),
    ),
    holdings: holdings(tenant),
    administrativeUnits: Object.fromEntries(units.all.map(({ row, members }) => [row.id, [...members].sort()])),
    appOwners: Object.fromEntries(
      [...apps.applications, ...apps.all].map((app) => [app.id, [...apps.ownersOf(app)].sort()]),
    ),
    appAccess: [
      ...groups.all().flatMap((group) => appAccess.assignmentsOf(group).map(plain)),
      ...appAccess.forEveryone.map(plain),
    ],
    accessPackageAssignments: accessPackages.assignments.map(plain),
    changedDevices: devices.changed(),
    roleAssignments: roles.assignments.map(plain),
    roleEligibilitySchedules: roles.eligible.map(plain),
    removedDevices: devices.removed(),
    directoryAudits: audit.rows.map(plain),
  };
  return structuredClone(snapshot);
}

const plain = ({ id, values }: Row): Record<string, unknown> => ({ id, ...values });

function holdings(tenant: Tenant): Record<string, Holdings> {
  const { people, touched } = tenant;
  const cast = Object.values(parts).flat();
  const few = [...touched, ...cast.map((index) => tenant.idOf(index))];
  const persons =
    people.origin.population.size <= everyonesHoldings
      ? [...people.after(-1), ...people.deleted()]
      : [...new Set(few)].flatMap((id) => people.byId(id) ?? people.deletedById(id) ?? []);
  return Object.fromEntries(persons.map((person) => [person.id, holdingsOf(tenant, person)]));
}

function valuesOf(object: DirectoryObject): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(userResource.properties)) {
    const value = object.get(name);
    const empty = value === undefined || value === null || (Array.isArray(value) && value.length === 0);
    if (!empty) values[name] = value;
  }
  return values;
}
