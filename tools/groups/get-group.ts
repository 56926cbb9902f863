import { z } from 'zod';
import {
  defineReadTool,
  findGroup,
  type GraphReader,
  groupFields,
  groupRef,
  groupWith,
  path,
} from '../../src/contract/index.ts';

const row = z.record(z.string(), z.unknown());
const idOnly = z.object({ id: z.string() });
const owner = z.object({
  '@odata.type': z.string().optional(),
  id: z.string(),
  displayName: z.string().nullish(),
  userPrincipalName: z.string().nullish(),
});

export default defineReadTool({
  name: 'get_group',
  title: 'Get one group',
  description:
    'Reads one group: kind, membership rule, whether it is synced or can hold roles; include adds owners (at most 100) ' +
    'and the count of direct members. Members: list_group_members.',
  toolset: 'groups',
  permissions: ['GroupMember.Read.All'],
  input: z.strictObject({
    group: groupRef,
    include: z
      .array(z.enum(['owners', 'memberCount']))
      .max(2)
      .optional()
      .describe('What else to read'),
    fields: groupFields,
  }),
  output: z.object({ group: row, owners: z.array(row).optional(), memberCount: z.number().optional() }),
  async run({ group, include = [], fields }, { graph }) {
    const found = await findGroup(graph, group, groupWith(fields));
    const id = z.string().parse(found['id']);
    const [owners, memberCount] = await Promise.all([
      include.includes('owners') ? ownersOf(graph, id) : undefined,
      include.includes('memberCount') ? countMembers(graph, id) : undefined,
    ]);
    return {
      group: found,
      ...(owners === undefined ? {} : { owners }),
      ...(memberCount === undefined ? {} : { memberCount }),
    };
  },
});

/** A group has at most 100 owners. [learn.microsoft.com/entra/identity/users/directory-service-limits-restrictions] */
async function ownersOf(graph: GraphReader, id: string) {
  const owners: z.output<typeof owner>[] = [];
  for await (const page of graph.pages(path`/groups/${id}/owners`, owner, { top: 100 })) owners.push(...page.items);
  return owners.map(({ '@odata.type': type, ...rest }) => ({
    ...rest,
    type: type?.replace('#microsoft.graph.', '') ?? null,
  }));
}

/** The count comes from an index that follows changes with a delay. [learn.microsoft.com/graph/aad-advanced-queries] */
async function countMembers(graph: GraphReader, id: string): Promise<number | undefined> {
  return (await graph.page(path`/groups/${id}/members`, idOnly, { advanced: true, top: 1 })).total;
}
