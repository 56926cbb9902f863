import type { DirectoryObject } from './directory-object.ts';
import { badRequest, GraphFault, needsAdvanced } from './errors.ts';
import { type Ordering, pageSizeOf } from './odata/query.ts';
import type { Resource } from './odata/resource.ts';
import { sharePointProperties } from './people/user-resource.ts';
import { isEventual, type PreparedQuery, prepareQuery } from './prepared-query.ts';
import type { Answer } from './request.ts';
import type { Call } from './router.ts';
import { type Expanded, shape } from './shape.ts';
import { asksForActivity } from './throttle.ts';

/** A collection, as a route describes it. */
export interface Listing {
  /** What stands behind `$metadata#` in @odata.context. */
  readonly context: string;
  readonly resource: Resource;
  /** Objects in order, after the given place. */
  readonly after: (ordinal: number) => Iterable<DirectoryObject>;
  /** Several types in one list: each object says its own. */
  readonly mixed?: boolean;
  /** A list of what stands in relation to an object: $filter, $search and $orderby are always advanced there. */
  readonly relation?: boolean;
  /** The count of all objects, where it is known without going through them. */
  readonly total?: () => number;
  /** What $expand puts into an object. */
  readonly expand?: (object: DirectoryObject, name: string, further: readonly string[]) => Expanded;
}

/** How many objects are looked at before other requests get a turn. */
const turn = 2000;

/** Answers a page of a collection. */
export async function list(call: Call, listing: Listing): Promise<Answer> {
  const { query, tenant } = call;
  const { resource } = listing;
  const prepared = prepareQuery(call, resource, listing.relation === true);
  refuseSharePoint(prepared.select, resource);
  const size = pageSizeOf(query, limitsOf(call, resource));
  const name = listName(call);
  const start = query.skipToken === undefined ? undefined : tenant.pageTokens.open(query.skipToken, name);
  if (start?.advanced && !isEventual(call)) throw needsAdvanced('$count');
  const page = prepared.orderby
    ? await sortedPage(listing, prepared, prepared.orderby, size, start)
    : await plainPage(listing, prepared, size, start?.ordinal ?? -1);
  const last = page.objects.at(-1);
  const body: Record<string, unknown> = { '@odata.context': contextOf(call, listing.context, prepared.select) };
  if (query.count && isEventual(call) && start === undefined) body['@odata.count'] = await countOf(listing, prepared);
  if (page.more && last !== undefined) {
    const key = prepared.orderby ? sortKey(last, prepared.orderby) : undefined;
    const token = tenant.pageTokens.seal({
      ordinal: last.ordinal,
      advanced: prepared.advanced,
      list: name,
      ...(key === undefined ? {} : { key }),
    });
    body['@odata.nextLink'] = nextLink(call, token);
  }
  body['value'] = page.objects.map((object) => shape(call, object, listing, prepared.select));
  return { status: 200, body };
}

/** Answers `/$count`: a bare number. Needs the header of advanced queries. */
export async function count(call: Call, listing: Listing): Promise<Answer> {
  if (!isEventual(call)) throw badRequest('$count is not currently supported.');
  const counted = { ...call, query: { ...call.query, count: true } };
  return {
    status: 200,
    body: String(await countOf(listing, prepareQuery(counted, listing.resource, false))),
    headers: { 'content-type': 'text/plain' },
  };
}

interface Page {
  readonly objects: readonly DirectoryObject[];
  readonly more: boolean;
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function* passing(listing: Listing, prepared: PreparedQuery, after: number): AsyncGenerator<DirectoryObject> {
  let looked = 0;
  for (const object of listing.after(after)) {
    if (prepared.passes(object)) yield object;
    looked += 1;
    if (looked % turn === 0) await nextTurn();
  }
}

async function plainPage(listing: Listing, prepared: PreparedQuery, size: number, after: number): Promise<Page> {
  const objects: DirectoryObject[] = [];
  for await (const object of passing(listing, prepared, after)) {
    if (objects.length === size) return { objects, more: true };
    objects.push(object);
  }
  return { objects, more: false };
}

const sortKey = (object: DirectoryObject, { property }: Ordering): string =>
  String(object.get(property) ?? '').toLowerCase();

/** A place in a sorted list. */
interface Place {
  readonly ordinal: number;
  readonly key: string;
}

async function sortedPage(
  listing: Listing,
  prepared: PreparedQuery,
  orderby: Ordering,
  size: number,
  start: { ordinal: number; key?: string } | undefined,
): Promise<Page> {
  const direction = orderby.descending ? -1 : 1;
  const byKey = (a: Place, b: Place): number =>
    (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) * direction || a.ordinal - b.ordinal;
  const entries: (Place & { object: DirectoryObject })[] = [];
  for await (const object of passing(listing, prepared, -1)) {
    const entry = { object, ordinal: object.ordinal, key: sortKey(object, orderby) };
    if (start && byKey(entry, { key: '', ...start }) <= 0) continue;
    entries.push(entry);
    // Only the first ones are ever needed.
    if (entries.length > 4 * size + turn) entries.sort(byKey).splice(size + 1);
  }
  entries.sort(byKey);
  return { objects: entries.slice(0, size).map(({ object }) => object), more: entries.length > size };
}

async function countOf(listing: Listing, prepared: PreparedQuery): Promise<number> {
  if (prepared.everything && listing.total) return listing.total();
  let total = 0;
  for await (const _ of passing(listing, prepared, -1)) total += 1;
  return total;
}

/** signInActivity makes pages smaller (GRAPH.md A6). */
/** Sign-in activity makes pages smaller, whether it is shown or filtered by (GRAPH.md A6). */
const limitsOf = ({ segments, query }: Call, resource: Resource): Resource['pageSize'] =>
  asksForActivity(segments, query) ? { ...resource.pageSize, max: 500 } : resource.pageSize;

function refuseSharePoint(select: readonly string[] | undefined, resource: Resource): void {
  if (resource.name === 'User' && select?.some((name) => sharePointProperties.includes(name))) {
    throw new GraphFault(501, 'NotImplemented', 'This operation target is not yet supported.');
  }
}

/** What makes two requests pages of the same list: the path and every option but the token. */
function listName(call: Call): string {
  const options = [...call.query.raw].filter(([name]) => name !== 'skiptoken').sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([call.segments.map((segment) => segment.toLowerCase()), options]);
}

function nextLink(call: Call, token: string): string {
  const { path, root } = call.request;
  const mark = path.indexOf('?');
  const options = (mark < 0 ? '' : path.slice(mark + 1))
    .split('&')
    .filter((option) => option !== '' && !/^(\$|%24)?skiptoken=/i.test(option));
  return `${root}${mark < 0 ? path : path.slice(0, mark)}?${[...options, `$skiptoken=${token}`].join('&')}`;
}

/** The value of @odata.context. */
export function contextOf(call: Call, context: string, select?: readonly string[], entity = false): string {
  const names = select === undefined ? '' : `(${select.join(',')})`;
  return `${call.request.root}/v1.0/$metadata#${context}${names}${entity ? '/$entity' : ''}`;
}
