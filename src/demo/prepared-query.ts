import type { DirectoryObject } from './directory-object.ts';
import { badRequest, GraphFault, malformed, needsAdvanced, unsupportedQuery } from './errors.ts';
import { parseFilter } from './odata/filter.ts';
import { matches } from './odata/match.ts';
import type { Ordering, Query } from './odata/query.ts';
import { canonicalProperty, type Resource } from './odata/resource.ts';
import { found, parseSearch } from './odata/search.ts';
import { checkFilter } from './odata/support.ts';
import type { Call } from './router.ts';

/** Whether a request carries `ConsistencyLevel: eventual`. */
export const isEventual = (call: Call): boolean =>
  call.request.headers['consistencylevel']?.toLowerCase() === 'eventual';

const longestAdvancedUrl = 2048;

/** Query options that were held against a resource. */
export interface PreparedQuery {
  readonly passes: (object: DirectoryObject) => boolean;
  /** Nothing is filtered out. */
  readonly everything: boolean;
  /** Every page needs the header. */
  readonly advanced: boolean;
  readonly select: readonly string[] | undefined;
  readonly orderby: Ordering | undefined;
}

/** Holds the query options against what the resource supports. Throws as Graph answers. */
export function prepareQuery(call: Call, resource: Resource, relation: boolean): PreparedQuery {
  const { query } = call;
  const eventual = isEventual(call);
  if (query.raw.has('deltatoken')) throw malformed("The query parameter '$deltatoken' is not supported.");
  const advanced = eventual && (query.count || query.search !== undefined);
  if (query.search !== undefined && !eventual) {
    throw unsupportedQuery(
      "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'",
    );
  }
  if (relation && query.filter !== undefined && !advanced) throw needsAdvanced('$filter');
  if (resource.directory && query.filter !== undefined && query.orderby.length > 0 && !advanced)
    throw needsAdvanced('$orderby');
  if (resource.directory && query.expand.length > 0 && eventual && query.count) {
    throw badRequest('$expand is not supported together with advanced query parameters.');
  }
  if (advanced && call.request.path.replace(/[?&](\$|%24)skiptoken=[^&]*/i, '').length > longestAdvancedUrl)
    throw new GraphFault(414, 'UriTooLong', 'The request URI is too long.');
  const filter =
    query.filter === undefined
      ? undefined
      : checkFilter(parseFilter(query.filter), resource, { advanced: eventual && query.count });
  const search = query.search === undefined ? undefined : parseSearch(query.search, resource);
  return {
    passes: (object) =>
      (filter === undefined || matches(filter, object)) && (search === undefined || found(search, object)),
    everything: filter === undefined && search === undefined,
    advanced: eventual && (query.count || search !== undefined),
    select: selected(query.select, resource),
    orderby: orderingOf(query, resource, relation, advanced),
  };
}

/** The properties that $select names, spelled as Graph does. Throws Request_BadRequest for a property that does not exist. */
export function selected(select: readonly string[] | undefined, resource: Resource): readonly string[] | undefined {
  return select?.map((name) => {
    const known = canonicalProperty(resource, name);
    if (known === undefined) {
      throw badRequest(
        `Parsing OData Select and Expand failed: Could not find a property named '${name}' on type '${resource.type}'.`,
      );
    }
    return known;
  });
}

function orderingOf(query: Query, resource: Resource, relation: boolean, advanced: boolean): Ordering | undefined {
  const [first, ...more] = query.orderby;
  if (first === undefined) return undefined;
  if (more.length > 0) throw unsupportedQuery('Sorting by more than one property is not supported.');
  const property = canonicalProperty(resource, first.property);
  if (property === undefined)
    throw malformed(`Could not find a property named '${first.property}' on type '${resource.type}'.`);
  const support = resource.orderby[property] ?? 'unsupported';
  if (support === 'unsupported') throw unsupportedQuery(`Sort not supported for property '${property}'.`);
  if ((support === 'advanced' || relation) && !advanced) throw needsAdvanced('$orderby');
  return { property, descending: first.descending };
}
