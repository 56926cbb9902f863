import { named, path } from '../../../contract/index.ts';
import { attempted } from '../../offboarding/steps/acting.ts';
import type { Account } from '../account.ts';
import type { OnboardingStep } from './joining.ts';

const needs = { permissions: ['User.DeleteRestore.All'], guardsAdmins: true };

/** Deletes the account that this run made, and with it what it was given. Graph keeps it among the deleted for 30 days. */
export function rollBack(account: Account): OnboardingStep {
  return {
    name: 'roll-back',
    title: 'The account is deleted again, as a step failed',
    lists: false,
    afterFailure: true,
    todo: (_, { user }) => {
      if (account.isTakenBack) return { work: [] };
      if (account.id === undefined) return { work: [], skip: 'There is no account of this run to delete' };
      return { work: [{ id: account.id, name: named(user) }] };
    },
    act: (work, { graph }) =>
      Promise.all(
        work.map(async ({ id }) => {
          const outcome = await attempted(graph.delete(path`/users/${id}`), needs);
          if (outcome.ok) account.takenBack();
          return outcome;
        }),
      ),
  };
}
