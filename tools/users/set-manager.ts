import { z } from 'zod';
import {
  defineTool,
  explainRefusal,
  findUser,
  type GraphReader,
  named,
  optionalReason,
  path,
  type RuleMatches,
  rulesOnReportsOf,
  ToolError,
  userRef,
} from '../../src/contract/index.ts';

const person = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  userPrincipalName: z.string(),
  accountEnabled: z.boolean().nullish(),
});
const account = person.extend({ onPremisesSyncEnabled: z.boolean().nullish() });
type Person = z.output<typeof person>;

export default defineTool({
  name: 'set_manager',
  title: 'Set the manager of a user',
  description:
    'Makes one user the manager of another, in place of the one before. ' +
    'Whoever approves by manager follows it. Users synced from AD: change it there.',
  toolset: 'users',
  risk: 'write',
  mayRaiseTo: ['grant'],
  permissions: ['User.ReadWrite.All', 'User.Read.All', 'GroupMember.Read.All'],
  writes: ['PUT /users/{}/manager/$ref', 'DELETE /users/{}/manager/$ref'],
  idempotent: true,
  input: z.strictObject({
    user: userRef,
    manager: userRef.nullable().describe('Object id or UPN; null for none'),
    reason: optionalReason,
  }),
  output: z.object({ id: z.string(), userPrincipalName: z.string(), manager: z.string().nullable() }),

  async plan({ user, manager }, { graph }) {
    const [found, wanted] = await Promise.all([
      findUser(graph, user, account),
      manager === null ? null : findUser(graph, manager, person),
    ]);
    // 404 where none is set. [learn.microsoft.com/graph/api/user-list-manager]
    const before = (await graph.find(path`/users/${found.id}/manager`, person)) ?? null;
    if ((before?.id ?? null) === (wanted?.id ?? null)) {
      return {
        unchanged: wanted === null ? `${named(found)} has no manager` : `${named(wanted)} is the manager already`,
      };
    }
    refuse(found, wanted);
    const rules = await rulesOnReportsOf(
      graph,
      [before, wanted].flatMap((one) => one?.id ?? []),
    );
    return {
      summary:
        wanted === null
          ? `Leave ${named(found)} without a manager`
          : `Make ${named(wanted)} manager of ${named(found)}`,
      effects: effectsOf(before, wanted, rules),
      warnings: await warningsOf(graph, found, wanted, rules),
      undo: before === null ? 'set_manager, with null' : 'set_manager, with the manager before',
      changes: [{ property: 'manager', before: before && named(before), after: wanted && named(wanted) }],
      targets: [{ kind: 'user', id: found.id, touch: 'change' }],
      references: wanted === null ? [] : [wanted.id],
      raise: rules.groups.length > 0 || !rules.known ? ['grant'] : [],
      facts: {
        id: found.id,
        userPrincipalName: found.userPrincipalName,
        before: before?.id ?? null,
        manager: wanted?.id ?? null,
      },
    };
  },

  async run({ id, userPrincipalName, manager }, { graph }) {
    const at = path`/users/${id}/manager`;
    const change = manager === null ? graph.removeRef(at) : graph.setRef(at, path`/users/${manager}`);
    await change.catch(explainRefusal({ permissions: ['User.ReadWrite.All'] }));
    return { id, userPrincipalName, manager };
  },
});

function refuse(found: z.output<typeof account>, wanted: Person | null): void {
  if (found.id === wanted?.id) {
    throw new ToolError('INPUT_INVALID', {
      message: 'A user cannot be their own manager.',
      fix: 'Name another user as manager, or null for none.',
      detail: { field: 'manager' },
    });
  }
  if (found.onPremisesSyncEnabled !== true) return;
  throw new ToolError('CONFLICT', {
    message: 'The account is synced from AD, which masters its manager: Entra refuses the change.',
    fix: 'Change the manager in Active Directory.',
  });
}

function effectsOf(before: Person | null, wanted: Person | null, { groups }: RuleMatches): string[] {
  return [
    ...(before === null ? [] : [`${named(before)} is no longer the manager`]),
    wanted === null
      ? 'Requests that go to the manager go to nobody'
      : 'Requests that go to the manager go to the new one',
    ...(groups.length === 0
      ? []
      : [`Dynamic groups of direct reports can take them in or let them go: ${groups.slice(0, 10).join(', ')}`]),
  ];
}

async function warningsOf(
  graph: GraphReader,
  found: Person,
  wanted: Person | null,
  { known }: RuleMatches,
): Promise<string[]> {
  const above = wanted === null ? undefined : await graph.find(path`/users/${wanted.id}/manager`, person);
  return [
    ...(wanted?.accountEnabled === false ? ['The new manager is disabled: nobody answers what is sent to them'] : []),
    ...(above?.id === found.id ? ['They become managers of each other'] : []),
    ...(known ? [] : ['The rules of some dynamic groups could not be read: they may go by direct reports']),
  ];
}
