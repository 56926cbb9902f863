import { z } from 'zod';
import { type Clock, type GraphWriter, path, ToolError } from '../../../contract/index.ts';
import { makeAccessPass, passNeeds } from '../../access-pass.ts';
import { attempted } from '../../offboarding/steps/acting.ts';
import { passwordNeeds } from '../../offboarding/steps/reset-password.ts';
import type { ActContext } from '../../step.ts';
import type { UndoFacts } from '../facts.ts';
import { accountOf, type UndoStep } from './returning.ts';

const restoreNeeds = { permissions: ['User.DeleteRestore.All'], guardsAdmins: true };
const enableNeeds = { permissions: ['User.EnableDisableAccount.All', 'User.Read.All'], guardsAdmins: true };
const row = z.object({ id: z.string() });

/** How long a restored account is waited for before anything is given back to it: Graph shows it late. */
const looksMs = [1_000, 2_000, 5_000, 10_000];

/** Restores the account from the deleted items. */
export const restoreAccount: UndoStep = {
  name: 'restore-account',
  title: 'The account is restored',
  lists: false,
  todo: ({ leaver }, facts) => ({ work: leaver?.isDeleted === true ? [accountOf(facts)] : [] }),
  act: async (work, { graph, clock, signal }) => {
    const [one] = work;
    if (one === undefined) return [];
    return [await attempted(restored(graph, one.id, clock, signal), restoreNeeds)];
  },
};

async function restored(graph: GraphWriter, id: string, clock: Clock, signal: AbortSignal): Promise<void> {
  await graph.act(path`/directory/deletedItems/${id}/restore`, undefined, 'once').catch(async (error: unknown) => {
    const mayBeDone = error instanceof ToolError && (error.code === 'NOT_FOUND' || error.code === 'OUTCOME_UNKNOWN');
    if (!mayBeDone || (await graph.find(path`/users/${id}`, row)) === undefined) throw error;
  });
  for (const wait of looksMs) {
    if ((await graph.find(path`/users/${id}`, row)) !== undefined) return;
    await clock.sleep(wait, signal);
  }
}

/** Lets the account sign in again. */
export const unblockSignIn: UndoStep = {
  name: 'unblock-sign-in',
  title: 'Sign-in is allowed again',
  lists: false,
  after: ['restore-account'],
  todo: ({ leaver }, facts) => ({
    work: leaver !== undefined && leaver.user.accountEnabled === false ? [accountOf(facts)] : [],
  }),
  act: (work, { graph }) =>
    Promise.all(
      work.map(({ id }) => attempted(graph.patch(path`/users/${id}`, { accountEnabled: true }), enableNeeds)),
    ),
};

/** Makes a way in for whoever comes back, sealed to the approver. A second one replaces the first. */
export function credential({ credential: kind }: UndoFacts): UndoStep {
  return {
    name: 'credential',
    title:
      kind === 'password'
        ? 'A new password, sealed to the approver'
        : 'A Temporary Access Pass, sealed to the approver',
    lists: false,
    after: ['restore-account'],
    todo: (_, facts, past) => ({
      work: kind === 'none' || past?.done.includes(facts.user.id) === true ? [] : [accountOf(facts)],
    }),
    act: (work, context) => {
      const { userPrincipalName } = context.facts.user;
      return Promise.all(
        work.map(({ id }) =>
          kind === 'password'
            ? attempted(givePassword(context, { id, userPrincipalName }), passwordNeeds)
            : attempted(makeAccessPass(context, { id, userPrincipalName }), passNeeds),
        ),
      );
    },
  };
}

/** Sealed, and on record, before it is sent. */
async function givePassword(
  { graph, handoff, sealed }: Pick<ActContext<unknown, unknown>, 'graph' | 'handoff' | 'sealed'>,
  of: { readonly id: string; readonly userPrincipalName: string },
): Promise<void> {
  const { value, handoffId } = await handoff.password(of);
  await sealed(handoffId);
  const passwordProfile = { password: value, forceChangePasswordNextSignIn: true };
  await graph.patch(path`/users/${of.id}`, { passwordProfile });
}
