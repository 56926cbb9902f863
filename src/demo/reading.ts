import type { DirectoryObject } from './directory-object.ts';
import { directoryObjectResource, kindOf, resourceOfKind } from './entities.ts';
import { malformed, noSegment } from './errors.ts';
import { contextOf, type Listing, list } from './listing.ts';
import type { Resource } from './odata/resource.ts';
import { selected } from './prepared-query.ts';
import type { Answer } from './request.ts';
import type { Call } from './router.ts';
import { shape } from './shape.ts';

/** Answers one object. */
export function one(
  call: Call,
  context: string,
  object: DirectoryObject,
  listing: Pick<Listing, 'resource' | 'mixed' | 'expand'>,
): Answer {
  const { query } = call;
  for (const name of ['filter', 'search', 'orderby', 'top', 'count', 'skiptoken']) {
    if (query.raw.has(name)) throw malformed(`Query option '$${name}' is not allowed on a single resource.`);
  }
  const select = selected(query.select, listing.resource);
  const body = {
    '@odata.context': contextOf(call, context, select, true),
    ...shape(call, object, listing, select),
  };
  return { status: 200, body };
}

/** Answers what stands in relation to an object, all of it or one type. `objects` are computed anew for every page. */
export function related(
  call: Call,
  objects: (after: number) => Iterable<DirectoryObject>,
  castName: string | undefined,
): Promise<Answer> {
  return list(call, relatedListing(objects, castName));
}

export function relatedListing(
  objects: (after: number) => Iterable<DirectoryObject>,
  castName: string | undefined,
): Listing {
  if (castName === undefined) {
    return {
      context: 'directoryObjects',
      resource: directoryObjectResource,
      mixed: true,
      relation: true,
      after: objects,
    };
  }
  const kind = kindOf(castName);
  if (kind === undefined) throw noSegment(`microsoft.graph.${castName}`);
  const resource: Resource = resourceOfKind(kind);
  return {
    context: `${kind}s`,
    resource,
    relation: true,
    *after(ordinal) {
      for (const object of objects(ordinal)) if (object.kind === kind) yield object;
    },
  };
}

/** Makes a listing's source of an array, which need not be sorted. */
export const inOrder =
  (objects: readonly DirectoryObject[]) =>
  (after: number): readonly DirectoryObject[] =>
    objects.filter((object) => object.ordinal > after).sort((a, b) => a.ordinal - b.ordinal);
