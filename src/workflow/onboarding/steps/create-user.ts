import { z } from 'zod';
import { type GraphReader, named, path, ToolError } from '../../../contract/index.ts';
import { attempted } from '../../offboarding/steps/acting.ts';
import type { ActContext } from '../../step.ts';
import type { Account } from '../account.ts';
import type { OnboardingFacts } from '../facts.ts';
import type { Newcomer } from '../newcomer.ts';
import { type OnboardingStep, todoFor } from './joining.ts';

const needs = { permissions: ['User.Create'] };
const created = z.object({ id: z.string() });
const holder = created.extend({ createdDateTime: z.string().nullish() });

/** Creates the account. Its first password is sealed before it is sent, and to be changed at the first sign-in. */
export function createUser(account: Account): OnboardingStep {
  return {
    name: 'create-user',
    title: 'The account is created',
    lists: false,
    todo: ({ user: found }, { user }) =>
      todoFor(account, found === undefined ? [{ id: user.userPrincipalName, name: named(user) }] : []),
    act: async (_, context) => {
      const making = create(account, context).then(({ id }) => account.found(id));
      const outcome = await attempted(making, needs);
      return [outcome.ok && account.id !== undefined ? { ...outcome, made: account.id } : outcome];
    },
  };
}

/** The name is a key that nothing else can have, so a lost answer resolves itself. */
async function create(
  account: Account,
  { graph, clock, handoff, sealed, facts }: ActContext<Newcomer, OnboardingFacts>,
): Promise<z.output<typeof created>> {
  const { userPrincipalName } = facts.user;
  account.begin(clock.now());
  const { value: password, handoffId } = await handoff.password({ userPrincipalName });
  await sealed(handoffId);
  const passwordProfile = { forceChangePasswordNextSignIn: true, password };
  const find = async (reader: GraphReader) => {
    const found = await reader.find(path`/users/${userPrincipalName}`, holder);
    return found !== undefined && account.isOurs(found) ? found : undefined;
  };
  const body = { ...facts.body, accountEnabled: true, passwordProfile };
  try {
    return await graph.post(path`/users`, body, created, { find, naturalKey: true });
  } catch (error) {
    if (!(error instanceof ToolError) || error.code !== 'CONFLICT') throw error;
    throw new ToolError('CONFLICT', {
      message:
        'Graph refused to create the account: someone may have taken its name, or a value in it, since the plan.',
      fix: 'Look with get_user who has the userPrincipalName, and plan anew with onboard_user.',
      detail: error.detail ?? {},
      cause: error,
    });
  }
}
