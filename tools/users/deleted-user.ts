import { z } from 'zod';
import { formerName, type GraphReader, isGuid, odata, path, ToolError, userRef } from '../../src/contract/index.ts';

/** A deleted user: object id, or the name it had. */
export const deletedRef = userRef.describe('Object id, or the UPN before deletion');

/** What is read of a deleted user. */
export const deletedAccount = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  userPrincipalName: z.string(),
  accountEnabled: z.boolean().nullish(),
  userType: z.string().nullish(),
  onPremisesSyncEnabled: z.boolean().nullish(),
  deletedDateTime: z.string().nullish(),
  proxyAddresses: z.array(z.string()).nullish(),
});
export type DeletedAccount = z.output<typeof deletedAccount>;

/** Days that a deleted user can be restored. [learn.microsoft.com/graph/api/resources/deleteditems] */
const keptDays = 30;

/** When Graph deletes it for good. */
export function goneAfter(deletedDateTime: string | null | undefined): string | null {
  if (deletedDateTime == null) return null;
  return new Date(Date.parse(deletedDateTime) + keptDays * 86_400_000).toISOString();
}

/**
 * The deleted user, with the name it had. A name can have been deleted more than once: then ToolError CONFLICT lists
 * the accounts in `detail.candidates`. `undefined` where there is none.
 */
export async function findDeleted(graph: GraphReader, ref: string): Promise<DeletedAccount | undefined> {
  const found = isGuid(ref)
    ? [await graph.find(path`/directory/deletedItems/${ref}/microsoft.graph.user`, deletedAccount)]
    : await deletedNamed(graph, ref);
  const [user] = found;
  if (found.length > 1) {
    throw new ToolError('CONFLICT', {
      message: 'Several deleted users had this userPrincipalName.',
      fix: 'Call again with the object id of the one that is meant.',
      detail: { candidates: found },
    });
  }
  return user === undefined ? undefined : { ...user, userPrincipalName: formerName(user) };
}

/** Graph puts the id before the name of a deleted user, so the end of it is asked for. */
async function deletedNamed(graph: GraphReader, name: string): Promise<DeletedAccount[]> {
  const query = { filter: odata`endsWith(userPrincipalName,${name})`, advanced: true, top: 20 };
  const { items } = await graph.page(path`/directory/deletedItems/microsoft.graph.user`, deletedAccount, query);
  return items.filter((user) => formerName(user).toLowerCase() === name.toLowerCase());
}

const live = z.object({ id: z.string(), displayName: z.string().nullish(), userPrincipalName: z.string() });

/** The account with this id or name that is not deleted. */
export function findLive(graph: GraphReader, ref: string): Promise<z.output<typeof live> | undefined> {
  return graph.find(path`/users/${ref}`, live);
}

/** Said where no deleted user is meant. */
export function noDeletedUser(): ToolError {
  return new ToolError('NOT_FOUND', {
    message: 'No deleted user has this object id or had this userPrincipalName.',
    fix: 'Find it with list_deleted_users. What was deleted more than 30 days ago is gone for good.',
  });
}
