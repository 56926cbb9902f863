import { z } from 'zod';
import { type GraphReader, licenseState, path } from '../../contract/index.ts';
import type { Account } from './account.ts';
import type { OnboardingFacts } from './facts.ts';

const text = z.string().nullish();

const user = z.object({
  id: z.string(),
  userPrincipalName: z.string(),
  createdDateTime: text,
  licenseAssignmentStates: z.array(licenseState.pick({ skuId: true, assignedByGroup: true })).nullish(),
  manager: z.object({ id: z.string() }).nullish(),
});
const withId = z.object({ id: z.string() });

/** The new account as the tenant shows it. */
export interface Newcomer {
  /** Undefined while it is not there, or not to be seen. */
  readonly user: z.output<typeof user> | undefined;
  /** Groups that it is in directly. */
  readonly groupIds: ReadonlySet<string>;
  /** True where a way into it is still to be given. */
  readonly needsPass: boolean;
}

/** Nobody is there yet. */
export function nobody({ steps }: Pick<OnboardingFacts, 'steps'>): Newcomer {
  return { user: undefined, groupIds: new Set(), needsPass: steps.includes('temporary-access-pass') };
}

/** Reads the account that this run made; any other that has its name by now is not it. */
export async function readNewcomer(graph: GraphReader, facts: OnboardingFacts, account: Account): Promise<Newcomer> {
  const needsPass = facts.steps.includes('temporary-access-pass') && !account.hasPass;
  if (!account.isBegun || account.isTakenBack) return { ...nobody(facts), needsPass };
  const ref = account.id ?? facts.user.userPrincipalName;
  const found = await graph.find(path`/users/${ref}`, user, { expand: { manager: ['id'] } });
  if (found === undefined && account.isGoingBack && (await isDeleted(graph, account.id))) account.takenBack();
  if (found === undefined || (account.id === undefined && !account.isOurs(found))) {
    return { ...nobody(facts), needsPass };
  }
  account.found(found.id);
  const groupIds = facts.steps.includes('groups') ? await groupsOf(graph, found.id) : [];
  return { user: found, groupIds: new Set(groupIds), needsPass };
}

/** One that only does not show yet is not among the deleted. */
async function isDeleted(graph: GraphReader, id: string | undefined): Promise<boolean> {
  if (id === undefined) return false;
  return (await graph.find(path`/directory/deletedItems/${id}/microsoft.graph.user`, withId)) !== undefined;
}

/** Read without the delayed index of advanced queries: what was joined a moment ago shows. */
async function groupsOf(graph: GraphReader, id: string): Promise<string[]> {
  const ids: string[] = [];
  const pages = graph.pages(path`/users/${id}/memberOf/microsoft.graph.group`, withId, { top: 999 });
  for await (const page of pages) ids.push(...page.items.map((group) => group.id));
  return ids;
}
