import { z } from 'zod';
import {
  cursor,
  defineReadTool,
  freeSeats,
  pageSize,
  personalPlans,
  type SubscribedSku,
  seatWarnings,
  subscribedSkus,
} from '../../src/contract/index.ts';

const product = z.object({
  skuId: z.string(),
  skuPartNumber: z.string(),
  capabilityStatus: z.string().nullable(),
  enabled: z.number(),
  consumed: z.number(),
  free: z.number(),
  warnings: z.array(z.string()).optional(),
  servicePlans: z.array(z.string()).optional(),
});

export default defineReadTool({
  name: 'list_licenses',
  title: 'List the licenses of the tenant',
  description:
    "Lists the tenant's licenses, with seats bought, used and free. " +
    'What one user holds: get_user_licenses. Who holds one: search_users with license.',
  toolset: 'licenses',
  permissions: ['LicenseAssignment.Read.All'],
  input: z.strictObject({
    servicePlans: z.boolean().default(false).describe('Their names too'),
    pageSize,
    cursor,
  }),
  output: z.object({ items: z.array(product), nextCursor: z.string().optional(), total: z.number().optional() }),
  run({ servicePlans, pageSize, cursor }, { graph, listKept }) {
    // Graph answers all at once, without pages or filters, and names many plans. [learn.microsoft.com/graph/api/subscribedsku-list]
    return listKept({
      pageSize,
      cursor,
      read: async (offset, limit) => {
        const skus = await subscribedSkus(graph);
        return {
          items: skus.slice(offset, offset + limit).map((sku) => itemOf(sku, servicePlans)),
          total: skus.length,
        };
      },
    });
  },
});

function itemOf(sku: SubscribedSku, withPlans: boolean): z.output<typeof product> {
  const warnings = seatWarnings(sku);
  return {
    skuId: sku.skuId,
    skuPartNumber: sku.skuPartNumber,
    capabilityStatus: sku.capabilityStatus ?? null,
    enabled: sku.prepaidUnits?.enabled ?? 0,
    consumed: sku.consumedUnits ?? 0,
    free: freeSeats(sku),
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(withPlans
      ? { servicePlans: personalPlans(sku).map((plan) => plan.servicePlanName ?? plan.servicePlanId) }
      : {}),
  };
}
