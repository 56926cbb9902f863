import { z } from 'zod';
import {
  cursor,
  defineReadTool,
  findUser,
  groupFields,
  groupWith,
  pageSize,
  path,
  userRef,
} from '../../src/contract/index.ts';

export default defineReadTool({
  name: 'list_user_groups',
  title: 'List the groups of a user',
  description: 'Lists the groups one user is in. Directory roles are not groups: get_user with include roles.',
  toolset: 'groups',
  permissions: ['User.Read.All', 'GroupMember.Read.All'],
  input: z.strictObject({
    user: userRef,
    transitive: z.boolean().default(false).describe('Through nested groups too'),
    fields: groupFields,
    pageSize,
    cursor,
  }),
  output: z.object({
    items: z.array(z.record(z.string(), z.unknown())),
    nextCursor: z.string().optional(),
    total: z.number().optional(),
  }),
  async run({ user, transitive, fields, pageSize, cursor }, { graph, list }) {
    const { id } = await findUser(graph, user, z.object({ id: z.string() }));
    return list({
      at: transitive
        ? path`/users/${id}/transitiveMemberOf/microsoft.graph.group`
        : path`/users/${id}/memberOf/microsoft.graph.group`,
      schema: groupWith(fields),
      // A cast of transitive memberships is an advanced query. [learn.microsoft.com/graph/aad-advanced-queries]
      query: { advanced: transitive },
      pageSize,
      cursor,
    });
  },
});
