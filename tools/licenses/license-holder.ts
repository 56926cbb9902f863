import { z } from 'zod';
import {
  findUser,
  type GraphReader,
  type LicenseState,
  licenseState,
  path,
  type SubscribedSku,
  ToolError,
} from '../../src/contract/index.ts';

const account = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  userPrincipalName: z.string(),
  userType: z.string().nullish(),
  accountEnabled: z.boolean().nullish(),
  usageLocation: z.string().nullish(),
  licenseAssignmentStates: z.array(licenseState).nullish(),
});
export type Holder = z.output<typeof account>;

/** A user with what they hold: one entry per license and source. Throws NOT_FOUND. */
export function findHolder(graph: GraphReader, ref: string): Promise<Holder> {
  return findUser(graph, ref, account);
}

export function statesOf({ licenseAssignmentStates }: Holder): readonly LicenseState[] {
  return licenseAssignmentStates ?? [];
}

/** Ids and names of the groups that give these licenses, each once; null where a name cannot be read. */
export async function groupsGiving(
  graph: GraphReader,
  states: readonly LicenseState[],
): Promise<{ id: string; displayName: string | null }[]> {
  const ids = new Set(states.flatMap(({ assignedByGroup }) => assignedByGroup ?? []));
  return Promise.all([...ids].map(async (id) => ({ id, displayName: await groupName(graph, id) })));
}

const group = z.object({ displayName: z.string().nullish() });

async function groupName(graph: GraphReader, id: string): Promise<string | null> {
  try {
    return (await graph.find(path`/groups/${id}`, group))?.displayName ?? null;
  } catch (error) {
    if (error instanceof ToolError && error.code === 'NOT_PERMITTED') return null;
    throw error;
  }
}

/** Names of service plans, ids where the tenant no longer has the product. */
export function planNames(skus: readonly SubscribedSku[], planIds: readonly string[]): string[] {
  const plans = skus.flatMap(({ servicePlans }) => servicePlans ?? []);
  return planIds.map((id) => plans.find(({ servicePlanId }) => servicePlanId === id)?.servicePlanName ?? id);
}
