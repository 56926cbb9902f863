import { isDirect, licenseProblemIn, path, type ToolError } from '../../../contract/index.ts';
import { attempted } from '../../offboarding/steps/acting.ts';
import type { Account } from '../account.ts';
import { idOf, isUnknown, type OnboardingStep, patiently, todoFor } from './joining.ts';

const needs = { permissions: ['LicenseAssignment.ReadWrite.All'] };

/** Assigns licenses, all in one request: together they fit or not. */
export function licenses(account: Account): OnboardingStep {
  return {
    name: 'licenses',
    title: 'Gets these licenses',
    lists: true,
    after: ['create-user'],
    todo: ({ user }, facts) => {
      const held = (user?.licenseAssignmentStates ?? []).filter(isDirect);
      const wanted = facts.licenses.filter(({ skuId }) => !held.some((state) => state.skuId === skuId));
      return todoFor(
        account,
        wanted.map(({ skuId, skuPartNumber }) => ({ id: skuId, name: skuPartNumber })),
      );
    },
    act: async (work, context) => {
      const ids = new Set(work.map(({ id }) => id));
      const addLicenses = context.facts.licenses
        .filter(({ skuId }) => ids.has(skuId))
        .map(({ skuId, disabledPlans }) => ({ skuId, disabledPlans }));
      const body = { addLicenses, removeLicenses: [] };
      const assign = async () => context.graph.act(path`/users/${idOf(account)}/assignLicense`, body, 'repeatable');
      const outcome = await attempted(patiently(context, assign, isEarly), needs);
      return work.map(() => outcome);
    },
  };
}

/** Licensing hears of a new usageLocation seconds after it was set. [learn.microsoft.com/graph/api/user-assignlicense] */
function isEarly(error: ToolError): boolean {
  return isUnknown(error) || licenseProblemIn(error) === 'usageLocation';
}
