import type { DirectoryObject } from './directory-object.ts';
import { resourceOf } from './entities.ts';
import { badRequest } from './errors.ts';
import type { Listing } from './listing.ts';
import type { Expansion } from './odata/query.ts';
import { type Resource, render } from './odata/resource.ts';
import { selected } from './prepared-query.ts';
import type { Call } from './router.ts';

/** How many related objects $expand puts into an object: there is no next link inside. */
export const mostExpanded = 20;

/** One object of an answer as JSON, with what $expand asks for. */
export function shape(
  call: Call,
  object: DirectoryObject,
  listing: Pick<Listing, 'resource' | 'mixed' | 'expand'>,
  select: readonly string[] | undefined,
): Record<string, unknown> {
  const own = listing.mixed ? resourceOf(object) : listing.resource;
  const known = listing.mixed ? select?.filter((name) => name in own.properties) : select;
  const body: Record<string, unknown> = {
    ...(listing.mixed ? { '@odata.type': `#${own.type}` } : {}),
    ...shown(call, object, own, known),
  };
  for (const expansion of call.query.expand) {
    if (!listing.resource.expandable.includes(expansion.name) || listing.expand === undefined) {
      throw badRequest(
        `Parsing OData Select and Expand failed: Could not find a property named '${expansion.name}' on type '${listing.resource.type}'.`,
      );
    }
    const expanded = listing.expand(object, expansion.name);
    if (expanded !== undefined) body[expansion.name] = expandedJson(call, expanded, expansion);
  }
  return body;
}

function expandedJson(
  call: Call,
  expanded: readonly DirectoryObject[] | DirectoryObject,
  { select }: Expansion,
): unknown {
  const one = (object: DirectoryObject): Record<string, unknown> => {
    const resource = resourceOf(object);
    const known = select && selected(select, resource);
    return { '@odata.type': `#${resource.type}`, ...shown(call, object, resource, known) };
  };
  return 'kind' in expanded ? one(expanded) : expanded.slice(0, mostExpanded).map(one);
}

/** What the caller may not read is null; the id is always there (GRAPH.md E). */
function shown(
  { tenant }: Call,
  object: DirectoryObject,
  resource: Resource,
  select: readonly string[] | undefined,
): Record<string, unknown> {
  const readable = tenant.authority.shownOf(object);
  const body = render(object, resource, select);
  if (readable === 'all') return body;
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [
      name,
      name === 'id' || (readable !== 'none' && readable.includes(name)) ? value : null,
    ]),
  );
}
