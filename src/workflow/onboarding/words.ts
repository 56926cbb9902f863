import { changeOf, type FollowUp, named, type PropertyChange } from '../../contract/index.ts';
import type { Closing } from '../definition.ts';
import type { StepRecord } from '../step-record.ts';
import type { Account } from './account.ts';
import type { OnboardingFacts } from './facts.ts';

const count = (many: number, one: string) => (many === 1 ? `one ${one}` : `${many} ${one}s`);

/** What follows from an onboarding, for its approver. */
export function effectsOf({ steps, manager, licenses, groups }: OnboardingFacts): string[] {
  const joined = groups.filter(({ accessPackage }) => accessPackage === undefined);
  return [
    'A new account that can sign in at once',
    'A first password is generated, and only the approver can open it, once, within 24 hours',
    'It must be changed at the first sign-in',
    ...(manager === undefined ? [] : [`${named(manager)} becomes the manager`]),
    ...(licenses.length === 0 ? [] : [`Gets ${count(licenses.length, 'license')}`]),
    ...(steps.includes('temporary-access-pass')
      ? ['A Temporary Access Pass for one sign-in within 8 hours is made, and only the approver can open it']
      : []),
    ...(joined.length === 0 ? [] : [`Joins ${count(joined.length, 'group')}, and gets what they give`]),
    'Dynamic groups can take the account in by its properties',
    steps.includes('roll-back')
      ? 'If a step fails, the account is deleted again'
      : 'If a step fails, the account stays, and resume_run goes on with what is left',
  ];
}

/** null → value, for all that is set. */
export function changesOf({ body, manager }: OnboardingFacts): PropertyChange[] {
  return [
    ...Object.entries({ ...body, accountEnabled: 'true' }).map(([property, after]) => changeOf(property, null, after)),
    ...(manager === undefined ? [] : [changeOf('manager', null, named(manager))]),
  ];
}

/** What an onboarding leaves to people, and whom it was about. */
export function closingOf(facts: OnboardingFacts, account: Account, records: readonly StepRecord[]): Closing {
  const ended = (step: string) => records.find((record) => record.step === step)?.end?.status;
  const { userPrincipalName, displayName } = facts.user;
  const packages = [...new Set(facts.groups.flatMap(({ accessPackage }) => accessPackage ?? []))];
  const followUps: FollowUp[] = account.isTakenBack
    ? [
        { what: `The account was deleted again, as a step failed. It is among the deleted users for 30 days` },
        { what: 'Mend what failed, then call onboard_user anew' },
      ]
    : [
        ...(ended('create-user') === 'done'
          ? [{ what: `Give ${displayName} the first password: the approver opens the handoff, the latest of several` }]
          : []),
        ...(ended('create-user') === 'unknown'
          ? [{ what: `Whether ${userPrincipalName} was created is not known: call resume_run in a few minutes` }]
          : []),
        ...packages.map((name) => ({ what: `Ask for the access package ${name} for ${displayName}: it gives groups` })),
      ];
  return {
    followUps,
    user: { userPrincipalName, displayName, ...(account.id === undefined ? {} : { id: account.id }) },
  };
}
