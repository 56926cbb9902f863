import { z } from 'zod';
import {
  defineTool,
  explainRefusal,
  explainUnknown,
  findUser,
  type GraphReader,
  named,
  optionalReason,
  path,
  ToolError,
  text,
  userRef,
} from '../../src/contract/index.ts';
import { groupNickname, groupsCalled, membershipRule, refuseTakenNickname } from './group-input.ts';

const created = z.object({ id: z.string(), displayName: z.string().nullish() });
const person = z.object({ id: z.string(), displayName: z.string().nullish(), userPrincipalName: z.string() });
const addressed = z.object({ '@odata.context': z.string(), id: z.string() });

const input = z.strictObject({
  displayName: text(256),
  kind: z.enum(['security', 'microsoft365']).describe('microsoft365: with mailbox and site'),
  description: text(1024).optional(),
  mailNickname: groupNickname.optional().describe('Default: made from displayName'),
  owners: z.array(userRef).max(20).optional().describe('Object ids or UPNs'),
  membershipRule: membershipRule.optional().describe('Makes it dynamic, such as user.department -eq "Sales"'),
  roleAssignable: z.boolean().default(false).describe('Can hold directory roles; never changes'),
  visibility: z
    .enum(['Private', 'Public', 'HiddenMembership'])
    .optional()
    .describe('microsoft365 only; default: Private'),
  reason: optionalReason,
});
type Asked = z.output<typeof input>;

export default defineTool({
  name: 'create_group',
  title: 'Create a group',
  description:
    'Creates a security or Microsoft 365 group without members: add_group_members, or a rule, brings them in. ' +
    'Not for distribution lists and mail-enabled security groups, which Exchange creates.',
  toolset: 'groups',
  risk: 'grant',
  permissions: ['Group.Create', 'GroupMember.Read.All', 'User.Read.All'],
  writes: ['POST /groups'],
  idempotent: false,
  input,
  output: z.object({ id: z.string(), displayName: z.string().nullish() }),

  async plan(asked, { graph }) {
    refuseContradictions(asked);
    const body = bodyOf(asked);
    const owners = await Promise.all((asked.owners ?? []).map((ref) => findUser(graph, ref, person)));
    const [called] = await Promise.all([
      groupsCalled(graph, asked.displayName),
      asked.kind === 'microsoft365' ? refuseTakenNickname(graph, body.mailNickname) : undefined,
    ]);
    return {
      summary: `Create the ${describedKind(asked)} ${asked.displayName}`,
      effects: effectsOf(asked, owners),
      warnings: warningsOf(asked, called, owners.length),
      undo: 'delete_group',
      changes: Object.entries({ ...body, groupTypes: body.groupTypes.join(', ') || null }).map(([property, after]) => ({
        property,
        before: null,
        after: after === null ? null : String(after),
      })),
      targets: [],
      references: owners.map(({ id }) => id),
      facts: { body, owners: [...new Set(owners.map(({ id }) => id))] },
    };
  },

  async run({ body, owners }, { graph }) {
    const bound = owners.length === 0 ? {} : { 'owners@odata.bind': await Promise.all(owners.map(linkTo(graph))) };
    return graph
      .post(path`/groups`, { ...body, ...bound }, created, 'once')
      .catch(
        explainRefusal({
          permissions: ['Group.Create'],
          sometimes: {
            'RoleManagement.ReadWrite.Directory': 'for role-assignable groups',
            'User.Read.All': 'to name owners',
          },
        }),
      )
      .catch(
        explainUnknown({
          message: 'The answer to the creation was lost: the group may exist or not. It was not sent again.',
          fix: 'Wait a minute, then search_groups with detail.mailNickname in filter. Not found: call create_group again.',
          detail: { displayName: body.displayName, mailNickname: body.mailNickname },
        }),
      );
  },
});

/**
 * Links in bodies are whole URLs, and which root this Graph has is told by the context of any answer. The transport
 * refuses a link to any other root. [docs.oasis-open.org/odata/odata-json-format, context URL]
 */
function linkTo(graph: GraphReader): (userId: string) => Promise<string> {
  return async (userId) => {
    const { id, ...answer } = await graph.get(path`/users/${userId}`, addressed);
    return `${answer['@odata.context'].replace(/\/\$metadata.*$/, '')}/users/${id}`;
  };
}

function refuseContradictions({ kind, membershipRule, roleAssignable, visibility }: Asked): void {
  const problem =
    roleAssignable && membershipRule !== undefined
      ? 'A group that can hold directory roles cannot be dynamic.'
      : roleAssignable && visibility !== undefined && visibility !== 'Private'
        ? 'A group that can hold directory roles is Private.'
        : kind === 'security' && visibility !== undefined
          ? 'Only Microsoft 365 groups have a visibility.'
          : undefined;
  if (problem === undefined) return;
  throw new ToolError('INPUT_INVALID', { message: problem, fix: 'Leave one of the two out.' });
}

function bodyOf({ displayName, kind, description, mailNickname, membershipRule, roleAssignable, visibility }: Asked) {
  const isUnified = kind === 'microsoft365';
  return {
    displayName,
    ...(description === undefined ? {} : { description }),
    mailNickname: mailNickname ?? nicknameOf(displayName),
    mailEnabled: isUnified,
    // What holds roles is a security group too. [learn.microsoft.com/graph/api/group-post-groups]
    securityEnabled: !isUnified || roleAssignable,
    groupTypes: [...(isUnified ? ['Unified'] : []), ...(membershipRule === undefined ? [] : ['DynamicMembership'])],
    ...(membershipRule === undefined ? {} : { membershipRule, membershipRuleProcessingState: 'On' }),
    ...(roleAssignable ? { isAssignableToRole: true } : {}),
    ...(isUnified ? { visibility: visibility ?? 'Private' } : {}),
  };
}

function nicknameOf(displayName: string): string {
  const plain = displayName.normalize('NFKD').replace(/[^A-Za-z0-9]+/g, '');
  return plain === '' ? 'group' : plain.slice(0, 64);
}

function describedKind({ kind, membershipRule, roleAssignable }: Asked): string {
  const traits = `${membershipRule === undefined ? '' : 'dynamic '}${roleAssignable ? 'role-assignable ' : ''}`;
  return `${traits}${kind === 'microsoft365' ? 'Microsoft 365 group' : 'security group'}`;
}

function effectsOf(asked: Asked, owners: readonly z.output<typeof person>[]): string[] {
  return [
    asked.membershipRule === undefined
      ? 'A new group without members'
      : 'A new group; Entra takes in everyone whom its rule fits, now and later',
    ...owners.map((one) => `${named(one)} becomes an owner, and can change the group and who is in it`),
    ...(asked.kind === 'microsoft365' ? ['A mailbox and a site come with it'] : []),
    ...(asked.visibility === 'Public' ? ['Everyone in the organization can read it and join'] : []),
  ];
}

function warningsOf(asked: Asked, called: readonly string[], owners: number): string[] {
  return [
    ...(called.length === 0 ? [] : ['Another group has this name: people and tools can take one for the other']),
    ...(asked.roleAssignable ? ['Directory roles can be assigned to it, which make its members administrators'] : []),
    // [learn.microsoft.com/graph/api/group-post-groups]
    ...(owners === 0
      ? [`It has no owner${asked.kind === 'microsoft365' ? ', and its site may not be set up until it has one' : ''}`]
      : []),
    ...(asked.membershipRule === undefined ? [] : ['Dynamic groups need Entra ID P1 for each member']),
  ];
}
