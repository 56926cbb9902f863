import type { z } from 'zod';
import { type GraphPath, type GraphReader, type GraphSchema, type ReadQuery, ToolError } from '../../contract/index.ts';

/** One part of what a leaver has, or why it could not be read. */
export type Section<T> = { readonly items: readonly T[] } | { readonly unread: string };

/** What a section holds; nothing where it was not read. */
export function itemsOf<T>(section: Section<T>): readonly T[] {
  return 'items' in section ? section.items : [];
}

/** What is read, and the permission it takes, in the words of a plan. */
export interface Wanted {
  readonly what: string;
  readonly permission: string;
}

/** Reads a whole collection. What this server may not read is a section that says so. */
export async function readAll<S extends GraphSchema>(
  graph: GraphReader,
  at: GraphPath,
  schema: S,
  wanted: Wanted,
  query?: ReadQuery,
): Promise<Section<z.output<S>>> {
  return section(wanted, async () => {
    const items: z.output<S>[] = [];
    for await (const page of graph.pages(at, schema, query)) items.push(...page.items);
    return items;
  });
}

/** Reads what there is one of, or none. */
export async function readOne<S extends GraphSchema>(
  graph: GraphReader,
  at: GraphPath,
  schema: S,
  wanted: Wanted,
  query?: Pick<ReadQuery, 'expand'>,
): Promise<Section<z.output<S>>> {
  return section(wanted, async () => {
    const found = await graph.find(at, schema, query);
    return found === undefined ? [] : [found];
  });
}

/** Refusals that mean that this cannot be read, rather than that Graph cannot be reached. */
const unreadable: readonly string[] = ['NOT_PERMITTED', 'INPUT_INVALID', 'UNSUPPORTED_QUERY', 'CONFLICT'];

/** A section from what reads it; `wanted` is for the reason where it cannot be read. */
export async function section<T>({ what, permission }: Wanted, read: () => Promise<readonly T[]>): Promise<Section<T>> {
  try {
    return { items: await read() };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    if (error.code === 'NOT_FOUND' || lacksLicense(error)) return { items: [] };
    if (!unreadable.includes(error.code)) throw error;
    return { unread: `This server cannot read ${what}: it needs ${permission} (${error.code})` };
  }
}

/** A tenant without the license for a feature has nothing of it. Graph's codes for that are not documented (medium). */
function lacksLicense({ detail }: ToolError): boolean {
  return /PremiumLicense|TenantLicense|LicenseRequired|NonPremiumTenant/i.test(String(detail?.['graphCode'] ?? ''));
}
