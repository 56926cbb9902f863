import type { OffboardingRequest, OffboardingsRequest } from '../../contract/index.ts';
import type { Definition } from '../definition.ts';
import type { Many } from '../many.ts';
import type { WorkflowParts } from '../parts.ts';
import { draftOffboarding, referencesOf, targetsOf } from './draft.ts';
import { type OffboardingFacts, offboardingFacts } from './facts.ts';
import { followUpsOf } from './follow-ups.ts';
import { type Leaver, readLeaver } from './leaver.ts';
import { refusePurged } from './refusing.ts';
import { offboardingSteps } from './steps/index.ts';
import { fromWhen, lossOfMail } from './words.ts';

/** One person's leaving. */
export function offboardingDefinition(parts: WorkflowParts): Definition<OffboardingRequest, OffboardingFacts, Leaver> {
  return {
    kind: 'offboarding',
    facts: offboardingFacts,
    draft: (request, context) => draftOffboarding(parts, request, context),
    subjectId: ({ user }) => user.id,
    userOf: ({ user: { id, userPrincipalName, displayName } }) => ({ id, userPrincipalName, displayName }),
    stepPlan: async () => ({
      steps: offboardingSteps(parts),
      read: async (graph, { user, steps, autoReply, successor, blockGroup }) => {
        const leaver = await readLeaver(graph, {
          user: user.id,
          steps,
          withMailbox: autoReply !== undefined,
          withDrive: successor !== undefined && steps.includes('handover'),
          withBlockGroup: blockGroup !== undefined,
        });
        refusePurged(leaver);
        return leaver;
      },
      pause: (step, facts, decisions) =>
        step === 'licenses' && facts.waits && facts.losesMailbox && decisions['mailbox'] === undefined
          ? whatOfTheMailbox
          : undefined,
      warn: ({ user, losesMailbox }, steps, now) =>
        losesMailbox && steps.includes('licenses') ? [`${user.userPrincipalName}: ${lossOfMail(now)}`] : [],
      close: (leaver, facts, ended, decisions) => ({
        followUps: followUpsOf(leaver, facts, ended, decisions),
        blocked: leaver.isDeleted || leaver.user.accountEnabled === false,
      }),
    }),
    targets: targetsOf,
    references: referencesOf,
  };
}

const whatOfTheMailbox =
  "resume_run with mailbox: 'shared' once the mailbox is converted to a shared one, or 'released' if its mail is not needed. " +
  'Without its license a mailbox that is not shared is deleted after 30 days.';

/** How one request for many is taken apart. */
export const manyOffboardings: Many<OffboardingsRequest, OffboardingRequest> = {
  apart: ({ users, ...shared }) => users.map((user) => ({ who: user, request: { ...shared, user } })),
  summary: (count, { delete: isDeleted, startAt }) => {
    const deleting = isDeleted === true ? ' and delete their accounts' : '';
    const when = fromWhen(startAt === undefined ? undefined : Date.parse(startAt));
    return `Offboard ${count} ${count === 1 ? 'person' : 'people'}${deleting}${when}`;
  },
};
