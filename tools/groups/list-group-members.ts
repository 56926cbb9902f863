import { z } from 'zod';
import {
  cursor,
  defineReadTool,
  findGroup,
  type GraphPath,
  groupRef,
  pageSize,
  path,
  userRow,
} from '../../src/contract/index.ts';

// A mixed list: devices and groups have no userPrincipalName.
const member = userRow.extend({ '@odata.type': z.string().optional(), userPrincipalName: z.string().nullish() });

export default defineReadTool({
  name: 'list_group_members',
  title: 'List the members of a group',
  description:
    'Lists who is in a group: users, devices and nested groups, each with its type; transitive adds the members of nested groups. ' +
    'Service principals are not listed. The other way round: list_user_groups.',
  toolset: 'groups',
  permissions: ['GroupMember.Read.All', 'User.Read.All', 'Device.Read.All'],
  input: z.strictObject({
    group: groupRef,
    transitive: z.boolean().default(false).describe('Through nested groups too'),
    usersOnly: z.boolean().default(false).describe('Leave out devices and groups'),
    pageSize,
    cursor,
  }),
  output: z.object({
    items: z.array(z.record(z.string(), z.unknown())),
    nextCursor: z.string().optional(),
    total: z.number().optional(),
  }),
  async run({ group, transitive, usersOnly, pageSize, cursor }, { graph, list }) {
    const { id } = await findGroup(graph, group, z.object({ id: z.string(), displayName: z.string().nullish() }));
    const at = addressOf(id, transitive, usersOnly);
    if (usersOnly) {
      const page = await list({ at, schema: userRow, query: { advanced: transitive }, pageSize, cursor });
      return { ...page, items: page.items.map((item) => ({ type: 'user', ...item })) };
    }
    const page = await list({ at, schema: member, pageSize, cursor });
    return { ...page, items: page.items.map(typed) };
  },
});

function addressOf(id: string, transitive: boolean, usersOnly: boolean): GraphPath {
  // A cast of transitive members is an advanced query. [learn.microsoft.com/graph/aad-advanced-queries]
  if (transitive) {
    return usersOnly
      ? path`/groups/${id}/transitiveMembers/microsoft.graph.user`
      : path`/groups/${id}/transitiveMembers`;
  }
  return usersOnly ? path`/groups/${id}/members/microsoft.graph.user` : path`/groups/${id}/members`;
}

/** The type in Graph's word, and of a device or group only what it has. */
function typed({ '@odata.type': odataType, ...item }: z.output<typeof member>) {
  const type = odataType?.replace('#microsoft.graph.', '') ?? null;
  if (type === 'user') return { type, ...item };
  return { type, ...Object.fromEntries(Object.entries(item).filter(([, value]) => value != null)) };
}
