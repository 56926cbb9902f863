import { z } from 'zod';
import {
  changeOf,
  checkPrincipalName,
  defineTool,
  explainRefusal,
  findUser,
  named,
  optionalReason,
  type ProfileValue,
  path,
  profileValue,
  rulesNaming,
  sameValue,
  userProperties,
  userRef,
  written,
} from '../../src/contract/index.ts';
import { settable } from './settable.ts';
import { effectsOf, opensAccount, raisedTo, refuseMastered, requirementOf, warningsOf } from './user-change.ts';

export default defineTool({
  name: 'update_user',
  title: 'Change properties of a user',
  description:
    'Sets properties of one user; null clears one. Needs approval where the change can give access. Not for enabling, passwords, groups, licenses or manager. ' +
    'Users synced from AD: only what the cloud masters.',
  toolset: 'users',
  risk: 'write',
  mayRaiseTo: ['grant', 'destructive'],
  permissions: [
    'User.ReadUpdate.All',
    'User.Read.All',
    'User-Phone.ReadWrite.All',
    'User-Mail.ReadWrite.All',
    'User-LifeCycleInfo.ReadWrite.All',
    'GroupMember.Read.All',
    'Domain.Read.All',
  ],
  writes: ['PATCH /users/{}'],
  idempotent: true,
  input: z.strictObject({
    user: userRef,
    set: settable
      .refine((set) => Object.values(set).some((value) => value !== undefined), 'names no property')
      .describe('Only what changes'),
    reason: optionalReason,
  }),
  output: z.object({ id: z.string(), userPrincipalName: z.string(), changed: z.array(z.string()) }),

  async plan({ user, set }, { graph }) {
    const wanted = wantedValues(set);
    const asked = Object.keys(wanted);
    const found = await findUser(graph, user, accountWith(asked));
    const account = identity.parse(found);
    const differing = asked.filter((property) => !sameValue(profileValue(found[property]), wanted[property] ?? null));
    if (differing.length === 0) return { unchanged: `${named(account)} already has these values` };
    if (account.onPremisesSyncEnabled === true) refuseMastered(differing);
    const newName = differing.includes('userPrincipalName') ? wanted['userPrincipalName'] : undefined;
    if (typeof newName === 'string') await checkPrincipalName(graph, newName, { keptBy: account.id });
    const rules = await rulesNaming(graph, differing);
    const before = Object.fromEntries(differing.map((property) => [property, profileValue(found[property])]));
    const body = Object.fromEntries(differing.map((property) => [property, wanted[property] ?? null]));
    return {
      summary: `Change ${differing.join(', ')} of ${named(account)}`,
      effects: effectsOf(differing, rules),
      warnings: warningsOf(differing, rules),
      undo: 'update_user, with the values before',
      changes: differing.map((property) => changeOf(property, before[property] ?? null, body[property] ?? null)),
      targets: [{ kind: 'user', id: account.id, touch: differing.some(opensAccount) ? 'takeover' : 'change' }],
      raise: raisedTo(differing, rules),
      facts: { id: account.id, userPrincipalName: account.userPrincipalName, before, body },
    };
  },

  async run({ id, userPrincipalName, body }, { graph }) {
    await graph.patch(path`/users/${id}`, body).catch(explainRefusal(requirementOf(Object.keys(body))));
    const renamed = body['userPrincipalName'];
    return {
      id,
      userPrincipalName: typeof renamed === 'string' ? renamed : userPrincipalName,
      changed: Object.keys(body),
    };
  },
});

const identity = z.object({
  id: z.string(),
  displayName: z.string().nullable(),
  userPrincipalName: z.string(),
  onPremisesSyncEnabled: z.boolean().nullish(),
});

/** The schema of what is read: who it is, and each property that is asked for. */
function accountWith(properties: readonly string[]): z.ZodObject {
  const readable: Readonly<Record<string, z.ZodType>> = userProperties;
  const asked = properties.flatMap((property) => {
    const schema = readable[property];
    return schema === undefined ? [] : [[property, schema] as const];
  });
  return z.object({ ...identity.shape, ...Object.fromEntries(asked) });
}

function wantedValues(set: z.output<typeof settable>): Record<string, ProfileValue> {
  return Object.fromEntries(
    Object.entries(set).flatMap(([property, value]) =>
      value === undefined ? [] : [[property, written(property, profileValue(value))] as const],
    ),
  );
}
