import { z } from 'zod';
import { type ErrorCode, findUser, type GraphReader, path, ToolError, userRef } from '../../src/contract/index.ts';

/** The users of one change of membership: at most 20. */
export const memberRefs = z.array(userRef).min(1).max(20).describe('1 to 20 object ids or UPNs');

const person = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  userPrincipalName: z.string(),
  userType: z.string().nullish(),
});
const idOnly = z.object({ id: z.string() });

export type Person = z.output<typeof person>;

/** The users, each once, and whether each is a direct member now. Throws NOT_FOUND for one that does not exist. */
export async function membersAmong(
  graph: GraphReader,
  groupId: string,
  refs: readonly string[],
): Promise<{ readonly inside: Person[]; readonly outside: Person[] }> {
  const people = await Promise.all(refs.map((ref) => findUser(graph, ref, person)));
  const unique = [...new Map(people.map((one) => [one.id, one])).values()];
  const isMember = await Promise.all(unique.map((one) => isDirectMember(graph, groupId, one.id)));
  return { inside: unique.filter((_, i) => isMember[i]), outside: unique.filter((_, i) => !isMember[i]) };
}

/** Read from the user's side: a person is in fewer groups than a group has members, and no delayed index is asked. */
async function isDirectMember(graph: GraphReader, groupId: string, userId: string): Promise<boolean> {
  for await (const page of graph.pages(path`/users/${userId}/memberOf/microsoft.graph.group`, idOnly, { top: 999 })) {
    if (page.items.some((one) => one.id === groupId)) return true;
  }
  return false;
}

/** What became of one member. */
export const memberOutcome = z.object({
  id: z.string(),
  userPrincipalName: z.string(),
  status: z.enum(['added', 'removed', 'failed', 'unknown']),
  error: z.object({ code: z.string(), message: z.string(), fix: z.string() }).optional(),
});
export type MemberOutcome = z.output<typeof memberOutcome>;

// After these, the next member would fail the same way.
const stopping: readonly ErrorCode[] = ['CANCELLED', 'AUTH_REQUIRED', 'NOT_PERMITTED', 'THROTTLED'];

/**
 * Changes one member after the other: a failure is told beside its member and does not hide what succeeded.
 * Where nothing succeeded, the first error is thrown. Concurrent writes to one group conflict, so they go in order.
 */
export async function eachMember(
  members: readonly { readonly id: string; readonly userPrincipalName: string }[],
  status: 'added' | 'removed',
  change: (userId: string) => Promise<void>,
): Promise<MemberOutcome[]> {
  const outcomes: MemberOutcome[] = [];
  let failure: ToolError | undefined;
  for (const { id, userPrincipalName } of members) {
    let ended: MemberOutcome['status'] = 'failed';
    if (failure === undefined || !stopping.includes(failure.code)) {
      try {
        await change(id);
        outcomes.push({ id, userPrincipalName, status });
        continue;
      } catch (error) {
        if (!(error instanceof ToolError)) throw error;
        failure = error;
        // Its answer was lost: it may be done.
        if (error.code === 'OUTCOME_UNKNOWN') ended = 'unknown';
      }
    }
    const { code, message, fix } = failure;
    outcomes.push({ id, userPrincipalName, status: ended, error: { code, message, fix } });
  }
  if (failure !== undefined && outcomes.every((outcome) => outcome.status !== status)) throw failure;
  return outcomes;
}
