import { z } from 'zod';
import { defineReadTool, freeSeats, personalPlans, subscribedSkus } from '../../src/contract/index.ts';

export default defineReadTool({
  name: 'list_licenses',
  title: 'List the licenses of the tenant',
  description:
    'Lists every license the tenant has bought, with seats bought, used and free. ' +
    'For what one user holds take get_user_licenses; for who holds one, search_users with license.',
  toolset: 'licenses',
  permissions: ['LicenseAssignment.Read.All'],
  input: z.strictObject({
    servicePlans: z.boolean().default(false).describe('Names of the service plans too'),
  }),
  output: z.object({
    items: z.array(
      z.object({
        skuId: z.string(),
        skuPartNumber: z.string(),
        capabilityStatus: z.string().nullable(),
        enabled: z.number(),
        consumed: z.number(),
        free: z.number(),
        servicePlans: z.array(z.string()).optional(),
      }),
    ),
  }),
  async run({ servicePlans }, { graph }) {
    // The list has no pages and no filter. [learn.microsoft.com/graph/api/subscribedsku-list]
    const skus = await subscribedSkus(graph);
    return {
      items: skus.map((sku) => ({
        skuId: sku.skuId,
        skuPartNumber: sku.skuPartNumber,
        capabilityStatus: sku.capabilityStatus ?? null,
        enabled: sku.prepaidUnits?.enabled ?? 0,
        consumed: sku.consumedUnits ?? 0,
        free: freeSeats(sku),
        ...(servicePlans
          ? { servicePlans: personalPlans(sku).map((plan) => plan.servicePlanName ?? plan.servicePlanId) }
          : {}),
      })),
    };
  },
});
