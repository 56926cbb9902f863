import { z } from 'zod';
import { type GraphPath, type GraphReader, path } from '../../contract/index.ts';
import type { OffboardingFacts } from '../offboarding/facts.ts';
import { group } from '../offboarding/graph-objects.ts';
import { type Leaver, readLeaver } from '../offboarding/leaver.ts';
import { readAll } from '../offboarding/section.ts';
import { handoverData } from '../offboarding/steps/handover.ts';
import { ownershipData } from '../offboarding/steps/ownerships.ts';
import { type Taken, takenBy } from './taken.ts';

/** What an undo looks at: the account, and every object that the offboarding touched, as they are now. */
export interface Returner {
  /** Undefined where the account is gone for good. */
  readonly leaver: Leaver | undefined;
  /** By id; undefined where a group is gone. */
  readonly groups: ReadonlyMap<string, z.output<typeof group> | undefined>;
  /** By id of what is owned: ids of its owners; undefined where it is gone. */
  readonly owners: ReadonlyMap<string, ReadonlySet<string> | undefined>;
  /** By id; undefined where a device is gone. */
  readonly devices: ReadonlyMap<string, boolean | undefined>;
  /** By id of the person. */
  readonly people: ReadonlyMap<
    string,
    { readonly managerId: string | undefined; readonly sponsorIds: ReadonlySet<string> }
  >;
  /** Seats that are free, by SKU. */
  readonly seats: ReadonlyMap<string, number>;
}

const device = z.object({ id: z.string(), accountEnabled: z.boolean().nullish() });
const reference = z.object({ id: z.string() });
const person = z.object({ id: z.string(), manager: reference.nullish() });
const sku = z.object({
  skuId: z.string(),
  consumedUnits: z.number().nullish(),
  prepaidUnits: z.object({ enabled: z.number().nullish() }).nullish(),
});

/** Reads the account and all that was taken, most of it at once. */
export async function readReturner(
  graph: GraphReader,
  facts: OffboardingFacts,
  taken: readonly Taken[],
): Promise<Returner> {
  const idsOf = (step: string) => takenBy(taken, step).map(({ work }) => work.id);
  const handed = takenBy(taken, 'handover').map(({ work }) => ({ id: work.id, data: handoverData.parse(work.data) }));
  const owned = takenBy(taken, 'ownerships').map(({ work }) => ({ id: work.id, data: ownershipData.parse(work.data) }));
  const groupIds = [...idsOf('groups'), ...groupsOfLicenses(taken)];
  const has = (kind: string) => handed.some(({ data }) => data.kind === kind);
  const [leaver, groups, owners, devices, people, seats] = await Promise.all([
    readLeaver(graph, {
      user: facts.user.id,
      steps: ['groups', 'licenses', ...(idsOf('app-access').length > 0 ? (['app-access'] as const) : [])],
      withMailbox: has('autoReply'),
      withDrive: has('drive'),
      withBlockGroup: true,
    }),
    mapped(groupIds, (id) => graph.find(path`/groups/${id}`, group)),
    mapped(
      owned.map(({ id }) => id),
      (id) => ownersOf(graph, id, owned.find((one) => one.id === id)?.data.kind),
    ),
    mapped(idsOf('devices'), async (id) => {
      const found = await graph.find(path`/devices/${id}`, device);
      return found === undefined ? undefined : found.accountEnabled !== false;
    }),
    mapped(
      handed.filter(({ data }) => data.kind === 'person').map(({ id }) => id),
      (id) => connectionsOf(graph, id),
    ),
    takenBy(taken, 'licenses').length > 0 ? seatsOf(graph) : new Map<string, number>(),
  ]);
  return { leaver, groups, owners, devices, people, seats };
}

/** Groups that were left for the licenses that they give. */
function groupsOfLicenses(taken: readonly Taken[]): string[] {
  return takenBy(taken, 'licenses').flatMap(({ work }) => (work.kind === 'group' ? [work.id] : []));
}

async function mapped<T>(ids: readonly string[], read: (id: string) => Promise<T>): Promise<ReadonlyMap<string, T>> {
  return new Map(await Promise.all(ids.map(async (id) => [id, await read(id)] as const)));
}

async function ownersOf(
  graph: GraphReader,
  id: string,
  kind: string | undefined,
): Promise<ReadonlySet<string> | undefined> {
  const what = { what: 'owners', permission: 'Group.Read.All' };
  const found = await readAll(graph, ownersAt(id, kind), reference, what, { top: 100 });
  if (!('items' in found) || found.items.length > 0)
    return 'items' in found ? new Set(found.items.map((one) => one.id)) : undefined;
  // No owners, or no such object.
  return (await graph.find(objectAt(id, kind), reference)) === undefined ? undefined : new Set();
}

function ownersAt(id: string, kind: string | undefined): GraphPath {
  if (kind === 'group') return path`/groups/${id}/owners`;
  return kind === 'application' ? path`/applications/${id}/owners` : path`/servicePrincipals/${id}/owners`;
}

function objectAt(id: string, kind: string | undefined): GraphPath {
  if (kind === 'group') return path`/groups/${id}`;
  return kind === 'application' ? path`/applications/${id}` : path`/servicePrincipals/${id}`;
}

async function connectionsOf(graph: GraphReader, id: string) {
  const [found, sponsors] = await Promise.all([
    graph.find(path`/users/${id}`, person, { expand: { manager: ['id'] } }),
    readAll(graph, path`/users/${id}/sponsors`, reference, { what: 'sponsors', permission: 'User.Read.All' }),
  ]);
  return {
    managerId: found?.manager?.id,
    sponsorIds: new Set('items' in sponsors ? sponsors.items.map((one) => one.id) : []),
  };
}

async function seatsOf(graph: GraphReader): Promise<ReadonlyMap<string, number>> {
  const wanted = { what: 'the licenses of the tenant', permission: 'LicenseAssignment.Read.All' };
  const found = await readAll(graph, path`/subscribedSkus`, sku, wanted);
  if (!('items' in found)) return new Map();
  return new Map(found.items.map((one) => [one.skuId, (one.prepaidUnits?.enabled ?? 0) - (one.consumedUnits ?? 0)]));
}
