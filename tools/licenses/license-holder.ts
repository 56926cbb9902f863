import { z } from 'zod';
import {
  bringMailbox,
  findUser,
  type GraphReader,
  type LicenseState,
  licenseState,
  mailboxLostOn,
  path,
  type ServicePlan,
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

/** Says when the mailbox is lost, where the last plan that brings one goes. */
export function mailboxWarning(before: readonly ServicePlan[], after: readonly ServicePlan[], now: number): string[] {
  if (!bringMailbox(before) || bringMailbox(after)) return [];
  return [
    `The last license with Exchange goes: the mailbox is deleted for good on ${mailboxLostOn(now)}, unless it is licensed again by then. One to keep has to be made a shared mailbox first`,
  ];
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
