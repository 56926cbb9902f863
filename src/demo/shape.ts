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

/** Something that stands in another object only: it is shown as it is. */
export class Inline {
  readonly value: Readonly<Record<string, unknown>> | readonly Readonly<Record<string, unknown>>[];

  constructor(value: Inline['value']) {
    this.value = value;
  }
}

/** What $expand puts into an object. */
export type Expanded = readonly DirectoryObject[] | DirectoryObject | Inline | undefined;

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
    const { name, expand: further } = expansion;
    const expanded = listing.expand(object, name, further ?? []);
    if (further !== undefined && !(expanded instanceof Inline))
      throw badRequest(`Only one level of $expand is supported in '${name}'.`);
    if (expanded !== undefined) body[name] = expandedJson(call, expanded, expansion);
  }
  return body;
}

function expandedJson(
  call: Call,
  expanded: readonly DirectoryObject[] | DirectoryObject | Inline,
  { select }: Expansion,
): unknown {
  const one = (object: DirectoryObject): Record<string, unknown> => {
    const resource = resourceOf(object);
    const known = select && selected(select, resource);
    return { '@odata.type': `#${resource.type}`, ...shown(call, object, resource, known) };
  };
  if (expanded instanceof Inline) {
    const picked = (value: Readonly<Record<string, unknown>>): Record<string, unknown> =>
      Object.fromEntries(Object.entries(value).filter(([key]) => select === undefined || select.includes(key)));
    return 'length' in expanded.value && Array.isArray(expanded.value)
      ? expanded.value.map(picked)
      : picked({ ...expanded.value });
  }
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
