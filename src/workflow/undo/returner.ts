import { z } from 'zod';
import { freeSeats, type GraphPath, type GraphReader, path, subscribedSkus } from '../../contract/index.ts';
import type { OffboardingFacts } from '../offboarding/facts.ts';
import { appRole, group } from '../offboarding/graph-objects.ts';
import { type Leaver, readLeaver } from '../offboarding/leaver.ts';
import { readAll, readOne, type Section, section } from '../offboarding/section.ts';
import { handoverData } from '../offboarding/steps/handover.ts';
import { type OwnedKind, ownershipData, ownersOf } from '../offboarding/steps/ownerships.ts';
import { type Taken, takenBy } from './taken.ts';

/** One thing by its id: there, gone (no item), or not to be read. */
export type Seen<T> = ReadonlyMap<string, Section<T>>;

/** Who a person reports to, and who sponsors them. */
export interface Connections {
  readonly managerId: string | undefined;
  readonly sponsorIds: ReadonlySet<string>;
}

/** What an undo looks at: the account, and every object that the offboarding touched, as they are now. */
export interface Returner {
  /** Undefined where the account is gone for good. */
  readonly leaver: Leaver | undefined;
  readonly groups: Seen<z.output<typeof group>>;
  /** By what is owned: ids of its owners. */
  readonly owners: Seen<ReadonlySet<string>>;
  readonly devices: Seen<z.output<typeof device>>;
  readonly people: Seen<Connections>;
  readonly appRoles: Section<z.output<typeof appRole>>;
  /** Seats that are free, by SKU. */
  readonly seats: Section<{ readonly skuId: string; readonly free: number }>;
}

const device = z.object({ id: z.string(), accountEnabled: z.boolean().nullish() });
const reference = z.object({ id: z.string() });
const person = z.object({ id: z.string(), manager: reference.nullish() });
const nothing: Section<never> = { items: [] };

/** Reads the account and all that was taken, most of it at once. With a password to give, domains say who keeps it. */
export async function readReturner(
  graph: GraphReader,
  facts: OffboardingFacts,
  taken: readonly Taken[],
  { withPassword = false }: { readonly withPassword?: boolean } = {},
): Promise<Returner> {
  const idsOf = (step: string) => takenBy(taken, step).map(({ work }) => work.id);
  const handed = takenBy(taken, 'handover').map(({ work }) => ({ id: work.id, ...handoverData.parse(work.data) }));
  const kinds = new Map(
    takenBy(taken, 'ownerships').map(({ work }) => [work.id, ownershipData.parse(work.data).kind] as const),
  );
  const has = (kind: string) => handed.some((one) => one.kind === kind);
  const [leaver, groups, owners, devices, people, appRoles, seats] = await Promise.all([
    readLeaver(graph, {
      user: facts.user.id,
      steps: withPassword ? ['reset-password'] : [],
      withMailbox: has('autoReply'),
      withDrive: has('drive'),
      // The groups it is in now.
      withBlockGroup: true,
    }),
    seenOf([...idsOf('groups'), ...groupsOfLicenses(taken)], (id) =>
      readOne(graph, path`/groups/${id}`, group, { what: 'the group', permission: 'GroupMember.Read.All' }),
    ),
    seenOf([...kinds.keys()], (id) => ownersSeen(graph, id, kinds.get(id) ?? 'group')),
    seenOf(idsOf('devices'), (id) =>
      readOne(graph, path`/devices/${id}`, device, { what: 'the device', permission: 'Device.Read.All' }),
    ),
    seenOf(
      handed.filter(({ kind }) => kind === 'person').map(({ id }) => id),
      (id) => connectionsOf(graph, id),
    ),
    idsOf('app-access').length === 0
      ? nothing
      : readAll(graph, path`/users/${facts.user.id}/appRoleAssignments`, appRole, {
          what: 'app roles',
          permission: 'Directory.Read.All',
        }),
    idsOf('licenses').length === 0 ? nothing : seatsOf(graph),
  ]);
  return { leaver, groups, owners, devices, people, appRoles, seats };
}

/** Groups that were left for the licenses that they give. */
function groupsOfLicenses(taken: readonly Taken[]): string[] {
  return takenBy(taken, 'licenses').flatMap(({ work }) => (work.kind === 'group' ? [work.id] : []));
}

async function seenOf<T>(ids: readonly string[], read: (id: string) => Promise<Section<T>>): Promise<Seen<T>> {
  return new Map(await Promise.all(ids.map(async (id) => [id, await read(id)] as const)));
}

async function ownersSeen(graph: GraphReader, id: string, kind: OwnedKind): Promise<Section<ReadonlySet<string>>> {
  const wanted = { what: 'owners', permission: kind === 'group' ? 'Group.Read.All' : 'Application.Read.All' };
  const [thing, owners] = await Promise.all([
    readOne(graph, objectOf(kind, id), reference, wanted),
    readAll(graph, ownersOf(kind, id), reference, wanted, { top: 100 }),
  ]);
  if ('unread' in thing) return thing;
  if ('unread' in owners) return owners;
  return { items: thing.items.map(() => new Set(owners.items.map((one) => one.id))) };
}

function objectOf(kind: OwnedKind, id: string): GraphPath {
  if (kind === 'group') return path`/groups/${id}`;
  return kind === 'application' ? path`/applications/${id}` : path`/servicePrincipals/${id}`;
}

async function connectionsOf(graph: GraphReader, id: string): Promise<Section<Connections>> {
  const wanted = { what: 'who they report to', permission: 'User.Read.All' };
  const [found, sponsors] = await Promise.all([
    readOne(graph, path`/users/${id}`, person, wanted, { expand: { manager: ['id'] } }),
    readAll(graph, path`/users/${id}/sponsors`, reference, wanted),
  ]);
  if ('unread' in found) return found;
  if ('unread' in sponsors) return sponsors;
  const sponsorIds = new Set(sponsors.items.map((one) => one.id));
  return { items: found.items.map(({ manager }) => ({ managerId: manager?.id, sponsorIds })) };
}

function seatsOf(graph: GraphReader): Promise<Returner['seats']> {
  const wanted = { what: 'free seats', permission: 'LicenseAssignment.Read.All' };
  return section(wanted, async () =>
    (await subscribedSkus(graph)).map((sku) => ({ skuId: sku.skuId, free: freeSeats(sku) })),
  );
}
