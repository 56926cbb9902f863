import type { OnboardingRequest } from '../../contract/index.ts';
import type { Definition } from '../definition.ts';
import type { WorkflowParts } from '../parts.ts';
import { Account } from './account.ts';
import { draftOnboarding, referencesOf, targetsOf } from './draft.ts';
import { type OnboardingFacts, onboardingFacts } from './facts.ts';
import { type Newcomer, readNewcomer } from './newcomer.ts';
import { onboardingSteps } from './steps/index.ts';
import { closingOf } from './words.ts';

/** One person's coming. */
export function onboardingDefinition(parts: WorkflowParts): Definition<OnboardingRequest, OnboardingFacts, Newcomer> {
  return {
    kind: 'onboarding',
    facts: onboardingFacts,
    draft: (request, context) => draftOnboarding(parts, request, context),
    subjectId: ({ user }) => user.userPrincipalName,
    userOf: ({ user }) => user,
    stepPlan: async (facts, records) => {
      const account = new Account(records);
      return {
        steps: onboardingSteps(account, facts),
        read: (graph) => readNewcomer(graph, facts, account),
        close: (_subject, _facts, ended) => closingOf(facts, account, ended),
      };
    },
    targets: targetsOf,
    references: referencesOf,
  };
}
