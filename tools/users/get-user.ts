import { z } from 'zod';
import {
  defineReadTool,
  findUser,
  type GraphReader,
  isGuid,
  ToolError,
  userFields,
  userRef,
  userWith,
} from '../../src/contract/index.ts';
import { includes, type UserInclude, userIncludes } from './user-includes.ts';

const row = z.record(z.string(), z.unknown());
/** `{ items, more? }` with at most 100 items, or `{ unavailable: { code, message, fix } }`. */
const rows = row.optional();

export default defineReadTool({
  name: 'get_user',
  title: 'Get one user',
  description:
    'Reads one user, and what include asks for: each at most 100 items (`more` where there are others), ' +
    'or `unavailable` with the reason. Roles are active assignments, direct or by group, not eligible ones. ' +
    'Know only a name? search_users.',
  toolset: 'users',
  permissions: [
    'User.Read.All',
    'GroupMember.Read.All',
    'LicenseAssignment.Read.All',
    'RoleManagement.Read.Directory',
    'Device.Read.All',
    'UserAuthenticationMethod.Read.All',
    'AuditLog.Read.All',
  ],
  input: z.strictObject({
    user: userRef,
    include: z.array(z.enum(userIncludes)).max(userIncludes.length).optional().describe('What else to read'),
    fields: userFields,
  }),
  output: z.object({
    user: row,
    manager: row.nullish(),
    reports: rows,
    groups: rows,
    licenses: rows,
    roles: rows,
    devices: rows,
    authMethods: rows,
    signInActivity: row.nullish(),
  }),
  async run({ user, include = [], fields }, { graph }) {
    const finding = findUser(graph, user, userWith(fields));
    // The includes go by object id: signInActivity cannot be read by userPrincipalName. Where the id is known, all are
    // asked for at once, so that they travel together.
    const id = isGuid(user) ? user : z.string().parse((await finding)['id']);
    const asked = [...new Set(include)];
    const [found, ...read] = await Promise.all([finding, ...asked.map((name) => readOrSay(name, graph, id))]);
    return { user: found, ...Object.fromEntries(asked.map((name, i) => [name, read[i]])) };
  },
});

/** One include that cannot be read does not take the others with it. */
async function readOrSay(name: UserInclude, graph: GraphReader, id: string): Promise<unknown> {
  try {
    return await includes[name](graph, id);
  } catch (error) {
    if (!(error instanceof ToolError) || fatal.includes(error.code)) throw error;
    const { code, message, fix } = error;
    return { unavailable: { code, message, fix } };
  }
}

const fatal = ['CANCELLED', 'AUTH_REQUIRED', 'INTERNAL'];
