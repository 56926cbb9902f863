import { z } from 'zod';
import {
  changeOf,
  checkPrincipalName,
  defineTool,
  explainRefusal,
  explainUnknown,
  type GraphReader,
  mailNickname as nicknameText,
  odata,
  optionalReason,
  path,
  profile,
  text,
  usageLocation,
  written,
} from '../../src/contract/index.ts';

const created = z.object({ id: z.string(), userPrincipalName: z.string() });
const nicknamed = z.object({ id: z.string(), userPrincipalName: z.string() });

export default defineTool({
  name: 'create_user',
  title: 'Create a user account',
  description:
    'Creates a cloud account in a verified domain. Its first password is generated, sealed to the approver and changed ' +
    'at first sign-in: never ask for one. Gives no groups, licenses or manager: onboard_user does. Guests: invite_guest.',
  toolset: 'users',
  risk: 'grant',
  permissions: ['User.Create', 'User.Read.All', 'Domain.Read.All'],
  writes: ['POST /users'],
  idempotent: false,
  seals: 'password',
  input: z.strictObject({
    userPrincipalName: text(113),
    displayName: text(256),
    mailNickname: nicknameText.optional().describe('Default: UPN up to the @'),
    accountEnabled: z.boolean().default(true),
    ...z.object(profile).partial().shape,
    usageLocation: usageLocation.optional(),
    reason: optionalReason,
  }),
  output: z.object({
    id: z.string(),
    userPrincipalName: z.string(),
    /** Names the sealed first password; a human opens it with `entra-mcp reveal`. */
    handoffId: z.string(),
  }),

  async plan({ reason: _reason, userPrincipalName, displayName, mailNickname, accountEnabled, ...set }, { graph }) {
    await checkPrincipalName(graph, userPrincipalName, { forNew: true });
    const nickname = mailNickname ?? userPrincipalName.slice(0, userPrincipalName.indexOf('@'));
    const profileBody = Object.fromEntries(
      Object.entries(set).flatMap(([property, value]) =>
        value === undefined ? [] : [[property, written(property, value)] as const],
      ),
    );
    const body = { userPrincipalName, displayName, mailNickname: nickname, ...profileBody };
    return {
      summary: `Create ${displayName} (${userPrincipalName})`,
      effects: [
        accountEnabled
          ? 'A new account that can sign in at once'
          : 'A new account that cannot sign in until it is enabled',
        'A first password is generated, and only the approver can open it, once, within 24 hours',
        'It must be changed at the first sign-in',
        'Dynamic groups can take the account in by its properties',
      ],
      warnings: await nicknameWarnings(graph, nickname),
      undo: 'disable_user',
      changes: Object.entries({ ...body, accountEnabled: String(accountEnabled) }).map(([property, after]) =>
        changeOf(property, null, after),
      ),
      targets: [],
      facts: { body, accountEnabled },
    };
  },

  async run({ body, accountEnabled }, { graph, handoff }) {
    const { userPrincipalName } = body;
    const { value: password, handoffId } = await handoff.password({ userPrincipalName });
    const passwordProfile = { forceChangePasswordNextSignIn: true, password };
    const user = await graph
      .post(path`/users`, { ...body, accountEnabled, passwordProfile }, created, 'once')
      .catch(explainRefusal({ permissions: ['User.Create'] }))
      .catch(
        explainUnknown({
          message: 'The answer to the creation was lost: the account may exist or not. It was not sent again.',
          fix:
            'Wait a minute, then call get_user with detail.userPrincipalName. Found: it was created, and detail.handoffId is its ' +
            'password. Not found: call create_user again.',
          detail: { userPrincipalName, handoffId },
        }),
      );
    return { ...user, handoffId };
  },
});

async function nicknameWarnings(graph: GraphReader, mailNickname: string): Promise<string[]> {
  const { items } = await graph.page(path`/users`, nicknamed, {
    filter: odata`mailNickname eq ${mailNickname}`,
    top: 1,
  });
  return items.map((other) => `The mail nickname ${mailNickname} is also that of ${other.userPrincipalName}`);
}
