import { z } from 'zod';
import { type GraphReader, odata, path, text } from '../../src/contract/index.ts';
import { refused } from './changeable-group.ts';

/** The mail alias of a group. [learn.microsoft.com/graph/api/resources/group] */
export const groupNickname = text(64).refine(
  (value) => /^[\x21-\x7e]+$/.test(value) && !/[@()\\[\]";:<>,]/.test(value),
  'has a character that a mail alias cannot have',
);

/** The rule of a dynamic group. [learn.microsoft.com/entra/identity/users/groups-dynamic-membership] */
export const membershipRule = text(3072).describe('Such as user.department -eq "Sales"');

const row = z.object({ id: z.string(), displayName: z.string().nullish() });

/** Ids of the groups that have this display name: names are not unique in Entra. */
export async function groupsCalled(graph: GraphReader, displayName: string): Promise<string[]> {
  const query = { filter: odata`displayName eq ${displayName}`, advanced: displayName.length > 120, top: 5 };
  return (await graph.page(path`/groups`, row, query)).items.map(({ id }) => id);
}

/** Throws ToolError CONFLICT where another group has the mail alias, which is unique among Microsoft 365 groups. */
export async function refuseTakenNickname(graph: GraphReader, mailNickname: string, except?: string): Promise<void> {
  const { items } = await graph.page(path`/groups`, row, { filter: odata`mailNickname eq ${mailNickname}`, top: 5 });
  if (items.every(({ id }) => id === except)) return;
  throw refused('Another group has this mailNickname.', 'Choose another mailNickname.');
}
