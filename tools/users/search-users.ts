import { z } from 'zod';
import {
  cursor,
  defineReadTool,
  findLicense,
  licenseRef,
  moment,
  pageSize,
  path,
  ToolError,
  text,
  userFields,
  userRef,
  userWith,
} from '../../src/contract/index.ts';
import { withMirrorHint } from '../../src/contract/mirror/hint.ts';
import type { UserFilters } from '../../src/contract/user-filters.ts';
import { compileUserQuery } from './user-query.ts';

export default defineReadTool({
  name: 'search_users',
  title: 'Search users',
  description:
    'Lists users that meet every filter given; without filters, all. Exact match except text. ' +
    'No sorting: query_directory sorts, and combines more. Deleted users: list_deleted_users. One known user: get_user.',
  toolset: 'users',
  permissions: ['User.Read.All', 'LicenseAssignment.Read.All', 'AuditLog.Read.All'],
  input: z.strictObject(
    {
      text: text(200).optional().describe('Words of a name, or the start of a mail address or UPN'),
      department: text(64).optional(),
      jobTitle: text(128).optional(),
      accountEnabled: z.boolean().optional(),
      userType: z.enum(['Member', 'Guest']).optional(),
      license: licenseRef.optional(),
      synced: z.boolean().optional().describe('Synced from AD'),
      createdAfter: moment.optional(),
      createdBefore: moment.optional(),
      manager: userRef.optional().describe('Only direct reports of this user; not with text'),
      lastSignInBefore: moment.optional().describe('ISO 8601; no other filter with it. Leaves out who never signed in'),
      filter: text(2000).optional().describe('More conditions: Graph $filter'),
      fields: userFields,
      pageSize,
      cursor,
    },
    { error: (issue) => (issue.code === 'unrecognized_keys' ? sortingIn(issue.keys) : undefined) },
  ),
  output: z.object({
    items: z.array(z.record(z.string(), z.unknown())),
    nextCursor: z.string().optional(),
    total: z.number().optional(),
  }),
  async run({ manager, license, fields, pageSize, cursor, ...filters }, { graph, list }) {
    const of = manager === undefined ? 'users' : 'reports';
    // What Graph cannot do is found before anything is read.
    const unresolved = answerable({ ...filters, manager, license }, () => {
      refuseContradictions({ manager, ...filters });
      return compileUserQuery({ ...filters, skuId: license === undefined ? undefined : anyLicense }, of);
    });
    const skuId = license === undefined ? undefined : (await findLicense(graph, license)).skuId;
    return list({
      // Graph cannot filter by manager. [learn.microsoft.com/graph/aad-advanced-queries]
      at: manager === undefined ? path`/users` : path`/users/${manager}/directReports/microsoft.graph.user`,
      schema: filters.lastSignInBefore === undefined ? userWith(fields) : userWith(fields).extend(signInActivity),
      query: skuId === undefined ? unresolved : compileUserQuery({ ...filters, skuId }, of),
      pageSize,
      cursor,
    });
  },
});

const anyLicense = '00000000-0000-0000-0000-000000000000';
const signInActivity = {
  signInActivity: z.object({ lastSignInDateTime: z.string().nullish() }).nullish(),
};

/** Fields by which people ask for an order, and what to do instead. */
function sortingIn(keys: readonly string[]): string | undefined {
  const sorting = keys.filter((key) => /^\W?(?:sort|order)(?:_?by)?$/i.test(key));
  if (sorting.length === 0) return undefined;
  return sorting
    .map(
      (key) =>
        `${key} is not a field of this tool, which sorts nothing: query_directory (toolset directory) has ORDER BY`,
    )
    .join('; ');
}

/** What `compile` makes of filters; what Graph cannot do is refused with the way through the mirror. */
function answerable<Query>(filters: UserFilters, compile: () => Query): Query {
  try {
    return compile();
  } catch (error) {
    throw withMirrorHint(error, filters);
  }
}

function refuseContradictions(filters: UserFilters): void {
  const { text, manager, createdAfter, createdBefore } = filters;
  if (manager !== undefined && text !== undefined) {
    throw new ToolError('UNSUPPORTED_QUERY', {
      message: 'text and manager cannot be combined: Graph does not search among direct reports.',
      fix: 'Leave out text and look through the reports, or leave out manager.',
    });
  }
  if (
    createdAfter !== undefined &&
    createdBefore !== undefined &&
    Date.parse(createdAfter) > Date.parse(createdBefore)
  ) {
    throw new ToolError('INPUT_INVALID', {
      message: 'createdAfter is later than createdBefore: no user can meet both.',
      fix: 'Swap the two dates, or leave one out.',
    });
  }
}
