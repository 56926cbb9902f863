import { z } from 'zod';
import {
  cursor,
  defineReadTool,
  findGroup,
  type GraphPath,
  type GraphReader,
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
    'Lists who is in a group: users, devices and nested groups, each with its type. ' +
    'Service principals, direct ones alone, stand apart on the first page. Groups of a user: list_user_groups.',
  toolset: 'groups',
  permissions: ['GroupMember.Read.All', 'User.Read.All', 'Device.Read.All'],
  input: z.strictObject({
    group: groupRef,
    transitive: z.boolean().default(false).describe('Through nested groups too'),
    usersOnly: z.boolean().default(false).describe('Leave out all others'),
    pageSize,
    cursor,
  }),
  output: z.object({
    items: z.array(z.record(z.string(), z.unknown())),
    nextCursor: z.string().optional(),
    total: z.number().optional(),
    servicePrincipals: z
      .object({ items: z.array(z.record(z.string(), z.unknown())), more: z.literal(true).optional() })
      .optional(),
  }),
  async run({ group, transitive, usersOnly, pageSize, cursor }, { graph, list }) {
    const { id } = await findGroup(graph, group, z.object({ id: z.string(), displayName: z.string().nullish() }));
    const at = addressOf(id, transitive, usersOnly);
    if (usersOnly) {
      const page = await list({ at, schema: userRow, query: { advanced: transitive }, pageSize, cursor });
      return { ...page, items: page.items.map((item) => ({ type: 'user', ...item })) };
    }
    const isFirst = cursor === undefined && !transitive;
    const [page, servicePrincipals] = await Promise.all([
      list({ at, schema: member, pageSize, cursor }),
      isFirst ? servicePrincipalsOf(graph, id) : undefined,
    ]);
    return { ...page, items: page.items.map(typed), ...(servicePrincipals === undefined ? {} : { servicePrincipals }) };
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

const expanded = z.object({
  id: z.string(),
  members: z
    .array(z.object({ '@odata.type': z.string().optional(), id: z.string(), displayName: z.string().nullish() }))
    .nullish(),
});

/** The most that `$expand` answers, without a next page. [learn.microsoft.com/graph/query-parameters] */
const mostExpanded = 20;

/**
 * v1.0 leaves service principals out of `members`, and shows them in `$expand=members` alone, among at most 20 members
 * of any kind. [learn.microsoft.com/graph/known-issues, groups]
 */
async function servicePrincipalsOf(graph: GraphReader, id: string) {
  const { members } = await graph.get(path`/groups/${id}`, expanded, { expand: { members: ['id', 'displayName'] } });
  const items = (members ?? [])
    .filter((one) => one['@odata.type'] === '#microsoft.graph.servicePrincipal')
    .map(({ '@odata.type': _type, ...item }) => item);
  // Of a group with more members, others can be left out.
  if ((members ?? []).length >= mostExpanded) return { items, more: true as const };
  return items.length === 0 ? undefined : { items };
}

/** The type in Graph's word, and of a device or group only what it has. */
function typed({ '@odata.type': odataType, ...item }: z.output<typeof member>) {
  const type = odataType?.replace('#microsoft.graph.', '') ?? null;
  if (type === 'user') return { type, ...item };
  return { type, ...Object.fromEntries(Object.entries(item).filter(([, value]) => value != null)) };
}
