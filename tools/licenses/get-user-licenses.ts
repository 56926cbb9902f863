import { z } from 'zod';
import { defineReadTool, licenseErrorOf, subscribedSkus, userRef } from '../../src/contract/index.ts';
import { findHolder, groupsGiving, planNames, statesOf } from './license-holder.ts';

export default defineReadTool({
  name: 'get_user_licenses',
  title: 'List the licenses of a user',
  description:
    'Lists what one user holds, directly (assignedByGroup null) or by a group, with the service plans that are off and what failed. ' +
    'A license from two sources stands there twice.',
  toolset: 'licenses',
  permissions: ['User.Read.All', 'LicenseAssignment.Read.All', 'GroupMember.Read.All'],
  input: z.strictObject({ user: userRef }),
  output: z.object({
    user: z.object({
      id: z.string(),
      displayName: z.string().nullable(),
      userPrincipalName: z.string(),
      usageLocation: z.string().nullable(),
    }),
    items: z.array(
      z.object({
        skuId: z.string(),
        /** Null where the tenant no longer has the license. */
        skuPartNumber: z.string().nullable(),
        assignedByGroup: z.object({ id: z.string(), displayName: z.string().nullable() }).nullable(),
        state: z.string().nullable(),
        error: z.string().optional(),
        disabledPlans: z.array(z.string()),
      }),
    ),
  }),
  async run({ user }, { graph }) {
    const [found, skus] = await Promise.all([findHolder(graph, user), subscribedSkus(graph)]);
    const states = statesOf(found);
    const groups = await groupsGiving(graph, states);
    return {
      user: {
        id: found.id,
        displayName: found.displayName ?? null,
        userPrincipalName: found.userPrincipalName,
        usageLocation: found.usageLocation ?? null,
      },
      items: states.map(({ skuId, assignedByGroup, state, error, disabledPlans }) => ({
        skuId,
        skuPartNumber: skus.find((sku) => sku.skuId === skuId)?.skuPartNumber ?? null,
        assignedByGroup: groups.find(({ id }) => id === assignedByGroup) ?? null,
        state: state ?? null,
        ...inWords(error),
        disabledPlans: planNames(skus, disabledPlans ?? []),
      })),
    };
  },
});

function inWords(error: string | null | undefined): { error?: string } {
  const words = licenseErrorOf({ error });
  return words === undefined ? {} : { error: words };
}
