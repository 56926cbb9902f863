import { z } from 'zod';
import {
  type GraphPath,
  type GraphReader,
  type GraphSchema,
  licenseErrorOf,
  licenseState,
  odata,
  path,
  type ReadQuery,
} from '../../src/contract/index.ts';

/** What `get_user` can read beside the user. */
export const userIncludes = [
  'manager',
  'reports',
  'groups',
  'licenses',
  'roles',
  'devices',
  'authMethods',
  'signInActivity',
] as const;
export type UserInclude = (typeof userIncludes)[number];

/** The first of a collection; `more` when there are others. */
interface Bounded<T> {
  readonly items: T[];
  readonly more?: true;
}

const most = 100;

/** Up to 100 items of a collection. Pages may be empty and yet have a next one. */
async function firstOf<S extends GraphSchema>(
  graph: GraphReader,
  at: GraphPath,
  schema: S,
  query: ReadQuery = {},
): Promise<Bounded<z.output<S>>> {
  const items: z.output<S>[] = [];
  for await (const page of graph.pages(at, schema, query)) {
    items.push(...page.items);
    if (items.length > most || (items.length === most && page.next !== undefined)) {
      return { items: items.slice(0, most), more: true };
    }
  }
  return { items };
}

const optionalText = z.string().nullish();

const person = z.object({
  id: z.string(),
  displayName: optionalText,
  userPrincipalName: z.string(),
  mail: optionalText,
  jobTitle: optionalText,
  department: optionalText,
  accountEnabled: z.boolean().nullish(),
});

const group = z.object({
  id: z.string(),
  displayName: optionalText,
  groupTypes: z.array(z.string()).nullish(),
  securityEnabled: z.boolean().nullish(),
  mailEnabled: z.boolean().nullish(),
  isAssignableToRole: z.boolean().nullish(),
  onPremisesSyncEnabled: z.boolean().nullish(),
});

const device = z.object({
  id: z.string(),
  displayName: optionalText,
  operatingSystem: optionalText,
  operatingSystemVersion: optionalText,
  accountEnabled: z.boolean().nullish(),
  trustType: optionalText,
  isManaged: z.boolean().nullish(),
  isCompliant: z.boolean().nullish(),
  approximateLastSignInDateTime: optionalText,
});

/** One read each, by object id. */
export const includes: Readonly<Record<UserInclude, (graph: GraphReader, id: string) => Promise<unknown>>> = {
  // 404 where no manager is set. [learn.microsoft.com/graph/api/user-list-manager]
  manager: async (graph, id) => (await graph.find(path`/users/${id}/manager`, person)) ?? null,
  reports: (graph, id) => firstOf(graph, path`/users/${id}/directReports/microsoft.graph.user`, person, { top: most }),
  groups: (graph, id) => firstOf(graph, path`/users/${id}/memberOf/microsoft.graph.group`, group, { top: most }),
  licenses,
  roles,
  devices,
  authMethods,
  signInActivity: async (graph, id) => (await graph.get(path`/users/${id}`, activity)).signInActivity ?? null,
};

const licensed = z.object({ licenseAssignmentStates: z.array(licenseState.omit({ disabledPlans: true })).nullish() });
const licenseDetail = z.object({ skuId: z.string(), skuPartNumber: z.string() });

/** One item per assignment: a license that is assigned directly and by a group stands there twice. */
async function licenses(graph: GraphReader, id: string) {
  const [user, details] = await Promise.all([
    graph.get(path`/users/${id}`, licensed),
    firstOf(graph, path`/users/${id}/licenseDetails`, licenseDetail),
  ]);
  const partNumbers = new Map(details.items.map((detail) => [detail.skuId, detail.skuPartNumber]));
  const items = (user.licenseAssignmentStates ?? []).map(({ skuId, assignedByGroup, state, error }) => ({
    skuId,
    // No detail where the assignment failed: its services were never given.
    skuPartNumber: partNumbers.get(skuId) ?? null,
    assignedByGroup: assignedByGroup ?? null,
    state: state ?? null,
    ...errorOf(error),
  }));
  return items.length > most ? { items: items.slice(0, most), more: true } : { items };
}

function errorOf(error: string | null | undefined): { error?: string } {
  const words = licenseErrorOf({ error });
  return words === undefined ? {} : { error: words };
}

const assignment = z.object({
  id: z.string(),
  roleDefinitionId: z.string(),
  directoryScopeId: optionalText,
  roleDefinition: z.object({ displayName: optionalText }).nullish(),
});

/** Active roles, held directly or through a role-assignable group. */
async function roles(graph: GraphReader, id: string) {
  const groups = await roleAssignableGroups(graph, id);
  const found = await Promise.all(
    [undefined, ...groups].map(async (groupId) => {
      const held = await firstOf(graph, path`/roleManagement/directory/roleAssignments`, assignment, {
        filter: odata`principalId eq ${groupId ?? id}`,
        expand: { roleDefinition: ['displayName'] },
      });
      return held.items.map(({ roleDefinitionId, roleDefinition, directoryScopeId }) => ({
        roleDefinitionId,
        displayName: roleDefinition?.displayName ?? null,
        directoryScopeId: directoryScopeId ?? null,
        assignedByGroup: groupId ?? null,
      }));
    }),
  );
  const items = found.flat();
  return items.length > most ? { items: items.slice(0, most), more: true } : { items };
}

const assignable = z.object({ id: z.string(), isAssignableToRole: z.boolean().nullish() });

/** Groups cannot be nested into role-assignable ones, so direct membership is all. [learn.microsoft.com/entra/identity/role-based-access-control/groups-concept] */
async function roleAssignableGroups(graph: GraphReader, id: string): Promise<string[]> {
  const found: string[] = [];
  for await (const page of graph.pages(path`/users/${id}/memberOf/microsoft.graph.group`, assignable, { top: 999 })) {
    for (const one of page.items) if (one.isAssignableToRole === true) found.push(one.id);
  }
  return found;
}

/** Owned and registered devices; a device can be both. */
async function devices(graph: GraphReader, id: string) {
  const [owned, registered] = await Promise.all([
    firstOf(graph, path`/users/${id}/ownedDevices/microsoft.graph.device`, device, { top: most }),
    firstOf(graph, path`/users/${id}/registeredDevices/microsoft.graph.device`, device, { top: most }),
  ]);
  const byId = new Map([...registered.items, ...owned.items].map((one) => [one.id, one]));
  const more = owned.more ?? registered.more ?? byId.size > most;
  const items = [...byId.values()].slice(0, most);
  return more ? { items, more: true } : { items };
}

const method = z.object({ id: z.string(), '@odata.type': z.string() });

/** Kinds and ids only: numbers and addresses stay in Entra. */
async function authMethods(graph: GraphReader, id: string) {
  const { items, ...rest } = await firstOf(graph, path`/users/${id}/authentication/methods`, method);
  return {
    items: items.map((one) => ({
      id: one.id,
      type: one['@odata.type'].replace(/^#microsoft\.graph\./, '').replace(/AuthenticationMethod$/, ''),
    })),
    ...rest,
  };
}

// Absent where the person never signed in.
const activity = z.object({
  signInActivity: z
    .object({
      lastSignInDateTime: optionalText,
      lastNonInteractiveSignInDateTime: optionalText,
      lastSuccessfulSignInDateTime: optionalText,
    })
    .nullish(),
});
