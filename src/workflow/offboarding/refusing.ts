import { isGuid, type OffboardingRequest, ToolError } from '../../contract/index.ts';
import type { OffboardingFacts, StepName } from './facts.ts';
import type { Colleague, Group } from './graph-objects.ts';
import type { Leaver } from './leaver.ts';
import { whyFixed } from './memberships.ts';
import { itemsOf } from './section.ts';
import { whyNoPassword } from './steps/reset-password.ts';

/** Contradictions that the request shows by itself. @throws ToolError INPUT_INVALID. */
export function refuseRequest(request: OffboardingRequest, steps: readonly StepName[], now: number): void {
  if (request.delete === true && request.autoReply !== undefined) {
    throw invalid(
      'autoReply',
      'A deleted account has no mailbox that could answer.',
      'Leave out autoReply or delete; the account can be deleted later.',
    );
  }
  if (request.autoReply !== undefined && !steps.includes('handover')) {
    throw invalid(
      'autoReply',
      'autoReply is given, and the step handover is not chosen.',
      'Choose the step handover, or leave out autoReply.',
    );
  }
  if (request.successor !== undefined && !steps.includes('handover') && !steps.includes('ownerships')) {
    throw invalid(
      'successor',
      'A successor is named, and nothing is handed over.',
      'Choose the steps ownerships or handover, or leave out successor.',
    );
  }
  if (request.blockGroup !== undefined && !steps.includes('block-sign-in')) {
    throw invalid(
      'blockGroup',
      'blockGroup is given, and the step block-sign-in is not chosen.',
      'Choose the step block-sign-in, or leave out blockGroup.',
    );
  }
  if (request.startAt !== undefined && !(Date.parse(request.startAt) > now)) {
    throw invalid(
      'startAt',
      'startAt lies in the past.',
      'Give a moment to come with its time zone, or leave startAt out to begin at once.',
    );
  }
}

/** Refuses someone who cannot be offboarded. */
export function refuseLeaver(leaver: Leaver | undefined, asked: string): asserts leaver is Leaver {
  if (leaver === undefined) {
    throw new ToolError('NOT_FOUND', {
      message: 'No user has this object id or userPrincipalName.',
      fix: isGuid(asked)
        ? 'Find the user with search_users.'
        : 'Find the user with search_users, or among the deleted ones with list_deleted_users.',
      detail: { user: asked },
    });
  }
  if (!leaver.isDeleted) return;
  throw new ToolError('CONFLICT', {
    message: 'The account is already deleted: nobody can sign in with it.',
    fix: 'To offboard it step by step, restore it first with restore_user; purge_user deletes it for good.',
    detail: { user: leaver.user.id },
  });
}

/** For runs that go on: the account may be gone for good meanwhile. */
export function refusePurged(leaver: Leaver | undefined): asserts leaver is Leaver {
  if (leaver !== undefined) return;
  throw new ToolError('NOT_FOUND', {
    message: 'The account is neither in the tenant nor among its deleted users.',
    fix: 'It was deleted for good: end the run with cancel_run.',
  });
}

/** Refuses steps named one by one that cannot be done for this leaver. */
export function refuseImpossible(
  leaver: Leaver,
  { steps = [] }: OffboardingRequest,
  facts: Pick<OffboardingFacts, 'user'>,
): void {
  const why = steps.includes('reset-password') ? whyNoPassword(leaver, facts) : undefined;
  if (why !== undefined) throw invalid('steps', `reset-password cannot be done: ${why}.`, 'Leave this step out.');
  if (steps.length > 0 && steps.every((name) => name.startsWith('revoke-')) && facts.user.isGuest) {
    throw invalid(
      'steps',
      'Revoking has no effect on a guest, whose home organization issues the sessions.',
      'Choose block-sign-in instead.',
    );
  }
}

/** Refuses a successor who cannot take anything over. */
export function refuseSuccessor(
  found: Colleague | undefined,
  asked: string,
  leaver: Leaver,
): asserts found is Colleague {
  if (found === undefined) {
    throw new ToolError('NOT_FOUND', {
      message: 'No user has the object id or userPrincipalName that successor names.',
      fix: 'Find the successor with search_users.',
      detail: { successor: asked },
    });
  }
  if (found.id === leaver.user.id)
    throw invalid('successor', 'The leaver cannot be their own successor.', 'Name someone else.');
  if (found.accountEnabled === false)
    throw conflict(
      'The account of the successor is disabled.',
      'Name someone whose account is enabled, or enable it first.',
    );
  if (isOutsider(found))
    throw conflict('The successor is a guest, from outside the organization.', 'Name a member of the organization.');
}

/** Refuses the very account that this server is signed in as, on either side: nobody hands access to themselves. */
export function refuseCaller({ user, successor }: OffboardingFacts, identity: string): void {
  if (identity === `user:${user.id}`)
    throw invalid('user', 'This server is signed in as the leaver.', 'Have someone else offboard this account.');
  if (successor !== undefined && identity === `user:${successor.id}`)
    throw invalid('successor', 'This server is signed in as the successor.', 'Name someone other than who asks.');
}

/** Refuses a handover that was asked for by name and would go to nobody. */
export function refuseNobody({ steps }: OffboardingRequest, { successor, manager, autoReply }: OffboardingFacts): void {
  if ((steps?.includes('handover') !== true || successor) ?? manager ?? autoReply) return;
  throw invalid(
    'successor',
    'The step handover is named, and there is nobody to hand anything to.',
    'Name a successor, give autoReply, or leave the step out.',
  );
}

/** True where a handover is asked for by name, of an account that is deleted after it. */
export function namesLosingHandover({ steps, delete: isDeleted }: OffboardingRequest): boolean {
  return isDeleted === true && steps?.includes('handover') === true;
}

/** Refuses to delete a OneDrive with its account where a handover was asked for by name, and nobody is named to get it. */
export function refuseLostDrive(
  request: OffboardingRequest,
  { steps, successor }: OffboardingFacts,
  leaver: Leaver,
): void {
  if (!namesLosingHandover(request) || !steps.includes('handover') || successor !== undefined) return;
  if (itemsOf(leaver.drive).length === 0) return;
  throw invalid(
    'successor',
    'The step handover is named, and the OneDrive would be deleted with the account: nobody is named to get it.',
    'Name a successor, or leave out the step handover or delete.',
  );
}

/** Refuses where all that is left to do is what this server lacks the permissions for. */
export function refusePowerless({ lacking = {} }: OffboardingFacts): void {
  const reasons = Object.entries(lacking).map(([name, reason]) => `${name}: ${reason}.`);
  if (reasons.length === 0) return;
  throw new ToolError('NOT_PERMITTED', {
    message: 'This server lacks the permissions for everything that is left to do.',
    fix: reasons.join(' '),
  });
}

export function isOutsider({
  userType,
  userPrincipalName,
}: {
  readonly userType?: string | null | undefined;
  readonly userPrincipalName: string;
}): boolean {
  // [learn.microsoft.com/entra/external-id/user-properties]
  return userType === 'Guest' || userPrincipalName.includes('#EXT#');
}

/** Refuses a group that cannot keep its members out, or would give them something. */
export function refuseBlockGroup(group: Group): void {
  if (group.isAssignableToRole === true) {
    throw new ToolError('PROTECTED_TARGET', {
      message:
        'Directory roles can be assigned to blockGroup: whoever is put into it may get power over the directory.',
      fix: 'Name a plain security group that a Conditional Access policy blocks.',
    });
  }
  const why = whyFixed(group);
  if (why !== undefined)
    throw conflict(`Nobody can be put into blockGroup: ${why}.`, 'Name a security group with assigned members.');
  if ((group.assignedLicenses?.length ?? 0) > 0)
    throw conflict('blockGroup gives its members licenses.', 'Name a group that is there to block access alone.');
}

function invalid(field: string, message: string, fix: string): ToolError {
  return new ToolError('INPUT_INVALID', { message, fix, detail: { fields: [{ field, problem: message }] } });
}

function conflict(message: string, fix: string): ToolError {
  return new ToolError('CONFLICT', { message, fix });
}
