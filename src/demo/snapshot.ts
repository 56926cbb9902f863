import type { DirectoryObject } from './directory-object.ts';
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
  readonly roleAssignments: readonly unknown[];
  readonly roleEligibilitySchedules: readonly unknown[];
  readonly removedDevices: readonly string[];
  /** Newest first. */
  readonly directoryAudits: readonly unknown[];
}

const everyone = 20_000;

export function snapshotOf(tenant: Tenant): DemoSnapshot {
  const { people, groups, roles, audit, devices } = tenant;
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
    roleAssignments: roles.assignments.map(({ id, values }) => ({ id, ...values })),
    roleEligibilitySchedules: roles.eligible.map(({ id, values }) => ({ id, ...values })),
    removedDevices: devices.removed(),
    directoryAudits: audit.rows.map(({ id, values }) => ({ id, ...values })),
  };
  return structuredClone(snapshot);
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
