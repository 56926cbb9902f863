import { mailboxLostOn, named, type PropertyChange } from '../../contract/index.ts';
import { type OffboardingFacts, permittedSteps, type StepName } from './facts.ts';
import type { Leaver } from './leaver.ts';
import { itemsOf } from './section.ts';
import type { OffboardingStep } from './steps/acting.ts';

/** What follows from each step. Stable: what is taken in particular stands in the lists. */
const effects: Readonly<Record<StepName, string>> = {
  'block-sign-in': 'New sign-ins are blocked',
  'revoke-sessions': 'Every session has to sign in again, within minutes, which then fails',
  'reset-password': 'The password is replaced by one that nobody gets',
  'directory-roles': 'Directory roles are taken, active and eligible ones',
  devices: 'Devices that nobody else uses are disabled',
  'app-access': 'App roles, consents and access packages are taken',
  ownerships: 'Ownership of groups and apps is handed over, then taken',
  groups: 'Group memberships end, so far as Graph can end them',
  handover: 'What others need is handed over: reports, sponsorships, and what is asked for',
  'revoke-again': 'Sessions are revoked once more at the end of it',
  'auth-methods': 'Authentication methods are removed, and cannot be given back',
  licenses: 'Licenses are taken',
  delete: 'The account is deleted; for 30 days it can be restored',
};

/** What follows from the steps, in their order. */
function stepEffects(steps: readonly StepName[]): string[] {
  return steps.map((name) => effects[name]);
}

export function summaryOf({ user }: Leaver, facts: OffboardingFacts): string {
  const isDeleting = permittedSteps(facts).includes('delete') ? ' and delete the account' : '';
  return `Offboard ${named(user)}${isDeleting}${fromWhen(facts.startAt)}`;
}

/** The end of a summary: from when. */
export function fromWhen(startAt: number | undefined): string {
  return startAt === undefined ? '' : `, from ${new Date(startAt).toISOString()}`;
}

/** Who gets what nobody else has, where no one was named for it. */
export function takeoverEffects(facts: OffboardingFacts): string[] {
  const { successor, manager } = facts;
  if (manager === undefined) return [];
  const steps = permittedSteps(facts);
  const roles = [
    ...(steps.includes('handover') ? ['the manager of the reports'] : []),
    ...(steps.includes('ownerships') && successor === undefined ? ['the owner of groups that have no other one'] : []),
  ];
  return roles.length === 0 ? [] : [`${named(manager)} becomes ${roles.join(', and ')}`];
}

export function effectsOf(facts: OffboardingFacts): string[] {
  const { successor, blockGroup, autoReply, startAt } = facts;
  const steps = permittedSteps(facts);
  return [
    ...(startAt === undefined
      ? []
      : [
          `Begins at ${new Date(startAt).toISOString()}, planned again then: a server of this tenant has to be running at that time`,
        ]),
    ...stepEffects(steps),
    ...(blockGroup === undefined || !steps.includes('block-sign-in')
      ? []
      : [`Joins the group ${blockGroup.displayName}, which keeps its members out`]),
    ...(successor === undefined
      ? []
      : [`${named(successor)} gets what is handed over, and may change everything in the OneDrive`]),
    ...takeoverEffects(facts),
    ...(autoReply === undefined || !steps.includes('handover')
      ? []
      : ['Mail is answered automatically, in the name of the leaver']),
    ...(facts.waits && facts.losesMailbox
      ? ['The run waits before the licenses, until it is known what became of the mailbox']
      : []),
  ];
}

/** Before → after, where text goes out in the leaver's name. */
export function changesOf({ mailbox }: Leaver, facts: OffboardingFacts): readonly PropertyChange[] {
  const { autoReply } = facts;
  if (autoReply === undefined || !permittedSteps(facts).includes('handover')) return [];
  const replies = itemsOf(mailbox)[0]?.automaticRepliesSetting;
  const isOn = replies?.status != null && replies.status !== 'disabled';
  const before = (text: string | null | undefined) => (isOn && text ? text : null);
  const changes = [
    { property: 'automatic reply inside', before: before(replies?.internalReplyMessage), after: autoReply.internal },
    {
      property: 'automatic reply outside',
      before: before(replies?.externalReplyMessage),
      after: autoReply.external ?? null,
    },
  ];
  return changes.filter((change) => change.before !== change.after);
}

/** What an approver should know beside the effects. */
export function warningsOf(
  leaver: Leaver,
  facts: OffboardingFacts,
  steps: readonly OffboardingStep[],
  now: number,
): string[] {
  const { user } = facts;
  const permitted = permittedSteps(facts);
  const chosen = steps.filter(({ name }) => facts.steps.includes(name));
  const skips = chosen.flatMap((step) => {
    const { skip } = step.todo(leaver, facts, undefined);
    return skip === undefined ? [] : [`${step.name} is left out: ${skip}`];
  });
  return [
    ...(user.isSynced && permitted.includes('block-sign-in')
      ? ['Synced from AD: the block is in the cloud only, and the next sync can lift it. Disable the account in AD too']
      : []),
    ...(leaver.user.isManagementRestricted === true
      ? ['In an administrative unit with restricted management: without a role scoped to it, Graph refuses the changes']
      : []),
    ...(user.isGuest ? ['A guest: the account in the home organization is not touched'] : []),
    ...skips,
    ...partlyUnread(leaver)
      .filter((reason) => !skips.some((said) => said.includes(reason)))
      .map(notSeen),
    ...mailboxWarnings(facts, now),
    ...(permitted.includes('delete') && facts.successor === undefined
      ? ['A OneDrive goes with the account: nobody is named to get it']
      : []),
  ];
}

function mailboxWarnings({ losesMailbox, waits, startAt }: OffboardingFacts, now: number): string[] {
  if (!losesMailbox) return [];
  const loss = lossOfMail(startAt ?? now);
  return [
    waits
      ? `${loss}, if the licenses were taken now. Convert it to a shared one first if its mail is to be kept`
      : loss,
  ];
}

/** When the mail is gone for good, if the licenses are taken at `at`. */
export function lossOfMail(at: number): string {
  return `The mailbox goes with the licenses: its mail is kept until ${mailboxLostOn(at)}, then it is lost for good`;
}

/** Sections that could not be read while others of their step could. */
function partlyUnread(leaver: Leaver): string[] {
  const reasons = Object.values(leaver).flatMap((section: unknown) =>
    typeof section === 'object' && section !== null && 'unread' in section ? [String(section.unread)] : [],
  );
  return [...new Set(reasons)];
}

const notSeen = (reason: string) => `Not seen: ${reason}`;
