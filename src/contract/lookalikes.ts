import { z } from 'zod';
import { ToolError } from './error.ts';
import type { GraphReader } from './graph.ts';
import { odata } from './odata.ts';
import { path } from './path.ts';

const row = z.object({ id: z.string(), userPrincipalName: z.string(), displayName: z.string().nullish() });

/**
 * UPNs of other accounts that a reader could take for this one: same display name, or a UPN that differs by one
 * character or only in characters that look alike. One page of candidates is looked at (999), so this is a help to
 * the eye and no proof.
 */
export async function lookalikesOf(
  user: { id: string; userPrincipalName: string; displayName?: string | null | undefined },
  graph: GraphReader,
): Promise<string[]> {
  const name = user.displayName ?? '';
  // 120 characters is the longest literal of a default query. [learn.microsoft.com/graph/aad-advanced-queries]
  const sameName = name !== '' && name.length <= 120;
  const prefix = user.userPrincipalName.slice(0, 3);
  const filter = sameName
    ? odata`startsWith(userPrincipalName,${prefix}) or displayName eq ${name}`
    : odata`startsWith(userPrincipalName,${prefix})`;
  try {
    const { items } = await graph.page(path`/users`, row, { filter, top: 999 });
    return items
      .filter((other) => other.id !== user.id)
      .filter(
        (other) =>
          (sameName && other.displayName === name) || looksLike(other.userPrincipalName, user.userPrincipalName),
      )
      .map((other) => other.userPrincipalName)
      .slice(0, 5);
  } catch (error) {
    if (error instanceof ToolError && error.code !== 'CANCELLED') return [];
    throw error;
  }
}

/** True for two different UPNs that are easily taken for one another. */
export function looksLike(a: string, b: string): boolean {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()];
  const [nameA = '', nameB = ''] = [left.split('@')[0], right.split('@')[0]];
  if (nameA === nameB) return left !== right;
  return skeleton(nameA) === skeleton(nameB) || isOneEditApart(nameA, nameB);
}

function skeleton(text: string): string {
  return text
    .replace(/[.\-_~^]/g, '')
    .replace(/rn/g, 'm')
    .replace(/vv/g, 'w')
    .replace(/[1i|]/g, 'l')
    .replace(/0/g, 'o')
    .replace(/5/g, 's');
}

function isOneEditApart(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  // Short names differ by a letter all the time: anna, anne.
  if (Math.min(a.length, b.length) < 5) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  return a.length - start - end <= 1 && b.length - start - end <= 1;
}
