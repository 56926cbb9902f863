import { named, path } from '../../../contract/index.ts';
import { attempted } from '../../offboarding/steps/acting.ts';
import type { Account } from '../account.ts';
import { idOf, type OnboardingStep, patiently, todoFor } from './joining.ts';

const needs = { permissions: ['User.ReadWrite.All'] };

/** Sets the manager. */
export function manager(account: Account): OnboardingStep {
  return {
    name: 'manager',
    title: 'The manager is set',
    lists: false,
    after: ['create-user'],
    todo: ({ user }, facts) => {
      const wanted = facts.manager;
      if (wanted === undefined || user?.manager?.id === wanted.id) return todoFor(account, []);
      return todoFor(account, [{ id: wanted.id, name: named(wanted) }]);
    },
    act: (work, context) =>
      Promise.all(
        work.map(({ id }) => {
          const set = async () => context.graph.setRef(path`/users/${idOf(account)}/manager`, path`/users/${id}`);
          return attempted(patiently(context, set), needs);
        }),
      ),
  };
}
