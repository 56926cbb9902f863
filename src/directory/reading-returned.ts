import { z } from 'zod';
import { type GraphReader, path, ToolError } from '../contract/index.ts';
import type { Back, Link, Links } from './writing/returned.ts';

const idOnly = z.object({ id: z.string() });
const typed = z.object({ id: z.string(), '@odata.type': z.string().optional() });

/** Asked for at a time. */
const atOnce = 20;

/**
 * Reads the links of those who came back, some at a time: who is gone again, is left for the next sync.
 * [learn.microsoft.com/graph/api/user-list-memberof, user-list-directreports, user-list-manager, group-list-members]
 */
export async function* readReturned(reader: GraphReader, all: readonly Back[]): AsyncIterable<readonly Links[]> {
  for (let from = 0; from < all.length; from += atOnce) {
    const some = all.slice(from, from + atOnce).map((back) => linksOf(reader, back).catch(unlessGone));
    yield (await Promise.all(some)).filter((links) => links !== undefined);
  }
}

/** Those of the users who are not deleted. */
export async function* standingAmong(reader: GraphReader, ids: readonly string[]): AsyncIterable<string> {
  for (let from = 0; from < ids.length; from += atOnce) {
    const some = ids.slice(from, from + atOnce).map((id) => reader.find(path`/users/${id}`, idOnly));
    for (const found of await Promise.all(some)) if (found !== undefined) yield found.id;
  }
}

async function linksOf(reader: GraphReader, { id, kind }: Back): Promise<Links> {
  if (kind === 'group') return { kind, id, members: await listed(reader, path`/groups/${id}/members`) };
  const [groups, reports, manager] = await Promise.all([
    listed(reader, path`/users/${id}/memberOf`),
    listed(reader, path`/users/${id}/directReports`),
    reader.find(path`/users/${id}/manager`, idOnly),
  ]);
  const isGroup = ({ type }: Link) => type === 'group';
  return { kind, id, groups: groups.filter(isGroup).map(idOf), reports: reports.map(idOf), manager: manager?.id };
}

const idOf = ({ id }: Link) => id;

async function listed(reader: GraphReader, at: ReturnType<typeof path>): Promise<readonly Link[]> {
  const links: Link[] = [];
  for await (const { items } of reader.pages(at, typed, { top: 999 })) {
    for (const { id, '@odata.type': type = '' } of items)
      links.push({ id, type: type.slice(type.lastIndexOf('.') + 1) });
  }
  return links;
}

function unlessGone(error: unknown): undefined {
  if (!(error instanceof ToolError) || error.code !== 'NOT_FOUND') throw error;
}
