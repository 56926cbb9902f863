import { z } from 'zod';
import { badRequest, GraphFault, malformed } from '../errors.ts';
import { type Filter, parseFilter } from '../odata/filter.ts';
import type { Resource } from '../odata/resource.ts';
import { selected } from '../prepared-query.ts';
import type { Call } from '../router.ts';

/** Page size of delta queries. */
export const pageSize = 200;
const dayMs = 86_400_000;
/** Directory objects: seven days (GRAPH.md C7). */
const tokenLifeMs = 7 * dayMs;
const mostIds = 50;

/** One round of a delta query, and where it stands. Carried by its tokens. */
export const round = z.object({
  collection: z.enum(['users', 'groups']),
  select: z.array(z.string()).exactOptional(),
  /** The followed relation (`manager`, `members`) is wanted. */
  relation: z.boolean(),
  ids: z.array(z.string()).exactOptional(),
  issuedMs: z.number(),
  /** `initial` goes through all objects, `changes` through the feed after `since`. */
  mode: z.enum(['initial', 'changes']),
  since: z.number(),
  /** Where the next round begins. */
  until: z.number(),
  /** Place of the last object, or sequence of the last change, of the page before. */
  after: z.number(),
  /** The group of the page before was not finished: the place of the last member. */
  afterMember: z.number().exactOptional(),
});
export type Round = Readonly<z.infer<typeof round>>;

const relations = { users: 'manager', groups: 'members' } as const;

/** The round that a request begins or goes on with. Throws as Graph answers. */
export function roundOf(call: Call, collection: Round['collection'], resource: Resource, until: number): Round {
  const { query, tenant } = call;
  const token = query.skipToken ?? query.raw.get('deltatoken');
  const nowMs = tenant.now();
  if (token === undefined || token === '' || token === 'latest') {
    checkOptions(call, ['select', 'filter', 'deltatoken', 'format']);
    const names = query.select?.map((name) => name.toLowerCase());
    const relation = relations[collection];
    const select = selected(
      query.select?.filter((name) => name.toLowerCase() !== relation),
      resource,
    );
    refuseOutside(select, collection);
    return {
      collection,
      ...(select === undefined ? {} : { select: [...new Set(['id', ...select])] }),
      relation: names === undefined ? collection === 'groups' : names.includes(relation),
      ...(query.filter === undefined ? {} : { ids: idsOf(parseFilter(query.filter)) }),
      issuedMs: nowMs,
      mode: token === 'latest' ? 'changes' : 'initial',
      since: until,
      until,
      after: token === 'latest' ? until : -1,
    };
  }
  checkOptions(call, ['skiptoken', 'deltatoken', 'format']);
  return resumed(call, collection, token, until);
}

function resumed(call: Call, collection: Round['collection'], token: string, until: number): Round {
  const { tenant, request } = call;
  const opened = round.safeParse(tenant.deltaTokens.open(token));
  if (!opened.success || opened.data.collection !== collection)
    throw badRequest('The specified delta token is not valid.');
  if (tenant.now() - opened.data.issuedMs > tokenLifeMs) {
    throw new GraphFault(400, 'syncStateNotFound', 'The sync state generation is not found; it has expired.');
  }
  if (!tenant.feed.reaches(opened.data.since)) {
    const location = `${request.root}/v1.0/${collection}/delta?$deltatoken=`;
    throw new GraphFault(410, 'resyncRequired', 'Resync required: changes since the token are no longer known.', [], {
      location,
    });
  }
  if (call.query.skipToken !== undefined) return opened.data;
  const { until: since } = opened.data;
  return {
    ...opened.data,
    mode: 'changes',
    since,
    until: Math.max(since, until),
    after: since,
    issuedMs: tenant.now(),
  };
}

/** Options that a delta query does not know, or not here: tokens stand alone (GRAPH.md C1). */
function checkOptions({ query }: Call, allowed: readonly string[]): void {
  for (const name of query.raw.keys()) {
    if (!allowed.includes(name))
      throw malformed(`The query parameter '$${name}' is not supported in this delta query.`);
  }
}

/** Changes of what is kept outside the directory are never told (GRAPH.md C8). */
function refuseOutside(select: readonly string[] | undefined, collection: Round['collection']): void {
  const outside = select?.find((name) => name === 'signInActivity');
  if (collection === 'users' && outside !== undefined)
    throw badRequest(`Property '${outside}' is not supported in a delta query.`);
}

/** `id eq 'a' or id eq 'b'`, and nothing else. */
function idsOf(filter: Filter): string[] {
  const ids = (part: Filter): string[] => {
    if (part.kind === 'or') return [...ids(part.left), ...ids(part.right)];
    const isId = part.kind === 'compare' && part.operator === 'eq' && part.path.join('/').toLowerCase() === 'id';
    if (!isId || typeof part.value.value !== 'string') throw badRequest('Only id can be filtered by in a delta query.');
    return [part.value.value.toLowerCase()];
  };
  const found = ids(filter);
  if (found.length > mostIds) throw badRequest(`A delta query can be filtered by at most ${mostIds} ids.`);
  return found;
}
