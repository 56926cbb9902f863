import { z } from 'zod';
import {
  cursor,
  defineReadTool,
  findLicense,
  groupFields,
  groupWith,
  licenseRef,
  pageSize,
  path,
  text,
} from '../../src/contract/index.ts';
import { compileGroupQuery, groupKinds } from './group-query.ts';

export default defineReadTool({
  name: 'search_groups',
  title: 'Search groups',
  description:
    'Lists groups that meet every filter given; without filters, all. No sorting. ' +
    'One known group: get_group. Groups of one user: list_user_groups.',
  toolset: 'groups',
  permissions: ['GroupMember.Read.All', 'LicenseAssignment.Read.All'],
  input: z.strictObject({
    text: text(200).optional().describe('Words of the name or description'),
    kind: z.enum(groupKinds).optional().describe('Last two: mastered by Exchange'),
    dynamic: z.boolean().optional().describe('Members come from a rule'),
    roleAssignable: z.boolean().optional().describe('Can hold directory roles'),
    synced: z.boolean().optional().describe('Synced from AD'),
    license: licenseRef.optional(),
    filter: text(2000).optional().describe('More conditions: Graph $filter'),
    fields: groupFields,
    pageSize,
    cursor,
  }),
  output: z.object({
    items: z.array(z.record(z.string(), z.unknown())),
    nextCursor: z.string().optional(),
    total: z.number().optional(),
  }),
  async run({ license, fields, pageSize, cursor, ...filters }, { graph, list }) {
    // What Graph cannot do is found before anything is read.
    compileGroupQuery(filters);
    const skuId = license === undefined ? undefined : (await findLicense(graph, license)).skuId;
    return list({
      at: path`/groups`,
      schema: groupWith(fields),
      query: compileGroupQuery({ ...filters, skuId }),
      pageSize,
      cursor,
    });
  },
});
