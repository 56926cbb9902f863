import { z } from 'zod';
import { formerName, type GraphReader, odata, path, ToolError } from '../../contract/index.ts';
import { readJournal } from '../journal.ts';
import { itemsOf, type Section, section } from '../offboarding/section.ts';
import type { WorkflowParts } from '../parts.ts';

const deleted = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  userPrincipalName: z.string(),
  deletedDateTime: z.string().nullish(),
});
type Deleted = z.output<typeof deleted>;
const holder = z.object({ id: z.string(), userPrincipalName: z.string() });

/** @throws ToolError INPUT_INVALID for the name of a guest. */
export function refuseGuestName(userPrincipalName: string): void {
  if (!/#EXT#/i.test(userPrincipalName)) return;
  throw new ToolError('INPUT_INVALID', {
    message: 'This is the userPrincipalName of a guest: guests are invited, not created.',
    fix: 'Call invite_guest with the mail address of the person.',
    detail: { field: 'userPrincipalName' },
  });
}

/**
 * Looks among the deleted users for whoever had the name: that person may be coming back. An account that an onboarding
 * of ours deleted again is no person, and does not count. Answers warnings.
 * @throws ToolError CONFLICT.
 */
export async function refuseDeletedName(
  parts: WorkflowParts,
  graph: GraphReader,
  userPrincipalName: string,
): Promise<string[]> {
  const found = await deletedNamed(graph, userPrincipalName);
  if ('unread' in found) return [`Whether a deleted user had this name is not known. ${found.unread}`];
  if (found.items.length === 0) return [];
  const ours = await takenBackIds(parts, userPrincipalName);
  const [person] = itemsOf(found).filter(({ id }) => !ours.has(id));
  if (person === undefined)
    return ['An earlier onboarding of this name was rolled back: its account is among the deleted users'];
  throw new ToolError('CONFLICT', {
    message: 'A deleted user had this userPrincipalName, and can still be restored.',
    fix: 'If it is the same person, call restore_user with detail.user.id. Otherwise choose another userPrincipalName.',
    detail: { field: 'userPrincipalName', user: { ...person, userPrincipalName } },
  });
}

/** Graph puts the id before the name of a deleted user, so the end of it is asked for. */
function deletedNamed(graph: GraphReader, name: string): Promise<Section<Deleted>> {
  return section({ what: 'deleted users', permission: 'User.Read.All' }, async () => {
    const query = { filter: odata`endsWith(userPrincipalName,${name})`, advanced: true, top: 20 };
    const { items } = await graph.page(path`/directory/deletedItems/microsoft.graph.user`, deleted, query);
    return items.filter((user) => formerName(user).toLowerCase() === name.toLowerCase());
  });
}

/** Accounts of this name that earlier onboardings made and deleted again. */
async function takenBackIds({ store, tenantId }: WorkflowParts, userPrincipalName: string): Promise<Set<string>> {
  const runs = await store
    .selectFrom('runs')
    .select(['tenant_id', 'id'])
    .where('tenant_id', '=', tenantId)
    .where('kind', '=', 'onboarding')
    .where('subject', '=', userPrincipalName.toLowerCase())
    .execute();
  const journals = await Promise.all(runs.map((run) => readJournal(store, run)));
  return new Set(journals.flat().flatMap(({ step, past }) => (step === 'roll-back' ? (past?.done ?? []) : [])));
}

/** Who has the mail nickname already, as a warning. */
export async function nicknameWarnings(graph: GraphReader, mailNickname: string): Promise<string[]> {
  const filter = odata`mailNickname eq ${mailNickname}`;
  const { items } = await graph.page(path`/users`, holder, { filter, top: 1 });
  return items.map((other) => `The mail nickname ${mailNickname} is also that of ${other.userPrincipalName}`);
}
