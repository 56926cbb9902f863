import { z } from 'zod';
import { ToolError } from './error.ts';
import type { GraphReader, GraphSchema } from './graph.ts';
import { isGuid, odata } from './odata.ts';
import { path } from './path.ts';

/** A person, as summaries and messages call them. */
export function named(user: { displayName?: string | null | undefined; userPrincipalName: string }): string {
  return `${user.displayName ?? 'unnamed user'} (${user.userPrincipalName})`;
}

/**
 * The userPrincipalName that a deleted user had: Graph puts the object id without dashes before it, so that the name
 * is free again. [learn.microsoft.com/graph/api/directory-deleteditems-list]
 */
export function formerName(user: { readonly id: string; readonly userPrincipalName: string }): string {
  const prefix = user.id.replaceAll('-', '').toLowerCase();
  const { userPrincipalName } = user;
  return userPrincipalName.toLowerCase().startsWith(prefix)
    ? userPrincipalName.slice(prefix.length)
    : userPrincipalName;
}

/** The user with this object id or userPrincipalName. Throws ToolError NOT_FOUND. */
export async function findUser<S extends GraphSchema>(
  graph: GraphReader,
  ref: string,
  schema: S,
): Promise<z.output<S>> {
  const found = await graph.find(path`/users/${ref}`, schema);
  if (found !== undefined) return found;
  throw new ToolError('NOT_FOUND', {
    message: 'No user has this object id or userPrincipalName.',
    fix: 'Find the user with search_users; a mail address is not always the userPrincipalName.',
    detail: { user: ref },
  });
}

/**
 * The group with this object id, or with exactly this display name. Names are not unique in Entra: where several
 * groups have it, ToolError CONFLICT lists them in `detail.candidates`. Throws NOT_FOUND where none has.
 */
export async function findGroup<S extends GraphSchema>(
  graph: GraphReader,
  ref: string,
  schema: S,
): Promise<z.output<S>> {
  const found = isGuid(ref) ? [await graph.find(path`/groups/${ref}`, schema)] : await groupsNamed(graph, ref, schema);
  const [group] = found;
  if (found.length > 1) {
    throw new ToolError('CONFLICT', {
      message: 'Several groups have this display name.',
      fix: 'Call again with the object id of the one that is meant.',
      detail: { group: ref, candidates: found },
    });
  }
  if (group !== undefined) return group;
  throw new ToolError('NOT_FOUND', {
    message: 'No group has this object id or exact display name.',
    fix: 'Find the group with search_groups and pass its object id.',
    detail: { group: ref },
  });
}

const mostCandidates = 20;

async function groupsNamed<S extends GraphSchema>(graph: GraphReader, name: string, schema: S): Promise<z.output<S>[]> {
  const found: z.output<S>[] = [];
  // A literal of more than 120 characters needs an advanced query. [learn.microsoft.com/graph/aad-advanced-queries]
  const query = { filter: odata`displayName eq ${name}`, advanced: name.length > 120, top: mostCandidates };
  for await (const page of graph.pages(path`/groups`, schema, query)) {
    found.push(...page.items);
    if (found.length >= mostCandidates) break;
  }
  return found;
}

const subscription = z.object({ skuId: z.string(), skuPartNumber: z.string() });

/** The subscribed license with this SKU id or part number (letter case does not matter). Throws ToolError NOT_FOUND. */
export async function findLicense(
  graph: GraphReader,
  ref: string,
): Promise<{ readonly skuId: string; readonly skuPartNumber: string }> {
  const wanted = ref.toLowerCase();
  const partNumbers: string[] = [];
  for await (const page of graph.pages(path`/subscribedSkus`, subscription)) {
    for (const sku of page.items) {
      if (sku.skuId.toLowerCase() === wanted || sku.skuPartNumber.toLowerCase() === wanted) return sku;
      partNumbers.push(sku.skuPartNumber);
    }
  }
  throw new ToolError('NOT_FOUND', {
    message: 'The tenant has no subscription for this license.',
    fix: 'Use one of the part numbers in detail.partNumbers.',
    detail: { license: ref, partNumbers },
  });
}
