import {
  type Json,
  named,
  type PlanDraft,
  type Target,
  ToolError,
  type Unchanged,
  type UndoRequest,
  type WorkflowPlanContext,
} from '../../contract/index.ts';
import { stopsContainment } from '../cancel-run.ts';
import type { DefinedDraft } from '../definition.ts';
import { readJournal } from '../journal.ts';
import { observed } from '../observing.ts';
import { type OffboardingFacts, offboardingFacts } from '../offboarding/facts.ts';
import type { Leaver } from '../offboarding/leaver.ts';
import { whyNoPassword } from '../offboarding/steps/reset-password.ts';
import type { WorkflowParts } from '../parts.ts';
import { findRun, isHeld, type RunRow, underWay } from '../run-store.ts';
import { type UndoFacts, undoSteps } from './facts.ts';
import { type Returner, readReturner } from './returner.ts';
import { stepsOf } from './steps/index.ts';
import { type Taken, takenBy, takenOf } from './taken.ts';

/** An offboarding can be taken back for this long: as long as Graph keeps a deleted account. */
const undoableMs = 30 * 24 * 60 * 60 * 1000;

/** The offboarding that is taken back, and what it took. */
export interface Original {
  readonly row: RunRow;
  readonly facts: OffboardingFacts;
  readonly taken: readonly Taken[];
}

/** Reads the run to take back, and its journal. */
export async function originalOf(parts: WorkflowParts, runId: string, requester?: string): Promise<Original> {
  const row = await findRun(parts.store, parts.tenantId, runId, requester);
  if (row.kind !== 'offboarding') throw notAnOffboarding(row);
  return {
    row,
    facts: offboardingFacts.parse(JSON.parse(row.facts)),
    taken: takenOf(await readJournal(parts.store, row)),
  };
}

/** Plans to take an offboarding back, from its journal and from the tenant as it is now. */
export async function draftUndo(
  parts: WorkflowParts,
  { runId, credential = 'none' }: UndoRequest,
  { graph, requester, clock }: WorkflowPlanContext,
): Promise<DefinedDraft<Returner> | Unchanged> {
  const original = await originalOf(parts, runId, requester);
  const { row, facts: left, taken } = original;
  if (isHeld(row, parts)) throw underWay(row);
  if ((row.ended_at ?? row.created_at) + undoableMs < clock.now()) throw tooLate();
  const subject = await readReturner(graph, left, taken, { withPassword: credential === 'password' });
  const { leaver } = subject;
  if (leaver === undefined) throw purged();
  if (leaver.isDeleted && takenBy(taken, 'delete').length === 0) throw deletedElsewhere();
  refuseCredential(credential, leaver, left);
  const wasEnabled = takenBy(taken, 'block-sign-in').some(({ work }) => work.kind === undefined);
  const { id, userPrincipalName, displayName } = left.user;
  const all: UndoFacts = {
    runId,
    user: { id, userPrincipalName, displayName },
    steps: [...undoSteps],
    risk: ['grant'],
    credential,
  };
  const steps = stepsOf(all, left, taken);
  const chosen = steps.filter((step) => {
    if (step.name === 'unblock-sign-in' && !wasEnabled) return false;
    const { work, kept = [] } = step.todo(subject, all, undefined);
    return work.length + kept.length > 0;
  });
  const hasWork = chosen.some((step) => step.todo(subject, all, undefined).work.length > 0);
  if (!hasWork) return { unchanged: `Nothing is left to take back for ${named(left.user)}` };
  const facts: UndoFacts = { ...all, steps: chosen.map(({ name }) => name) };
  const draft = planOf(original, facts, subject, observed({ steps }, subject, facts));
  return { draft: (await stopsContainment(parts, row)) ? uncontained(draft) : draft, subject };
}

/** The undo ends an offboarding that is still open, as `cancel_run` would. */
function uncontained(draft: PlanDraft<Json>): PlanDraft<Json> {
  return {
    ...draft,
    effects: [...draft.effects, 'The offboarding itself ends where it stands: sign-in is not yet blocked and revoked'],
    raise: [...(draft.raise ?? []), 'destructive'],
  };
}

/** Refuses a way in that Entra does not give. @throws ToolError INPUT_INVALID. */
function refuseCredential(credential: UndoFacts['credential'], leaver: Leaver, { user }: OffboardingFacts): void {
  const why =
    credential === 'password'
      ? whyNoPassword(leaver, { user })
      : credential === 'temporaryAccessPass' && user.isGuest
        ? 'A guest signs in at the home organization'
        : undefined;
  if (why === undefined) return;
  throw new ToolError('INPUT_INVALID', {
    message: `This credential cannot be given: ${why}.`,
    fix: 'Call again without credential, or with another one.',
    detail: { fields: [{ field: 'credential', problem: why }] },
  });
}

function planOf(
  { taken, facts: left }: Original,
  facts: UndoFacts,
  subject: Returner,
  observations: PlanDraft<Json>['observations'],
): PlanDraft<Json> {
  return {
    summary: `Take back the offboarding of ${named(facts.user)}`,
    effects: [
      'What this server took away is given back, where nobody has changed it since',
      ...(facts.steps.includes('restore-account') ? ['The account is restored from the deleted users'] : []),
      ...(facts.steps.includes('unblock-sign-in') ? ['They can sign in again, at the very end'] : []),
      credentialEffect(facts, takenBy(taken, 'reset-password').length > 0),
    ],
    warnings: [
      ...(takenBy(taken, 'directory-roles').length > 0
        ? ['Directory roles are never given back: see the follow-ups']
        : []),
      ...(takenBy(taken, 'auth-methods').length > 0
        ? ['Their authentication methods cannot come back: they register them again']
        : []),
      ...(left.user.isSynced ? ['Synced from AD: whatever was done there has to be taken back there'] : []),
    ],
    undo: 'offboard_user',
    targets: targetsOf(facts, subject, left),
    references: referencesOf(facts, subject, taken),
    ...(observations === undefined ? {} : { observations }),
    raise: ['grant'],
    ...(facts.credential === 'none' ? {} : { seals: true }),
    facts: { ...facts },
  };
}

function credentialEffect({ credential }: UndoFacts, wasReset: boolean): string {
  if (credential === 'password') return 'A new password is made; only the approver can open it, once, within 24 hours';
  if (credential === 'temporaryAccessPass') {
    return 'A Temporary Access Pass for 8 hours is made; only the approver can open it, once, within 24 hours';
  }
  return wasReset
    ? 'Nobody knows their password: ask with credential password or temporaryAccessPass to give them a way in'
    : 'They sign in with the password they had';
}

/** Where the account is let in again, guards look at it as at any takeover. */
export function targetsOf({ user, steps }: UndoFacts, { leaver }: Returner, { successor }: OffboardingFacts): Target[] {
  const letsIn = (['restore-account', 'credential', 'unblock-sign-in'] as const).some((step) => steps.includes(step));
  const kind = leaver?.isDeleted === true ? 'deletedUser' : 'user';
  return [
    { kind, id: user.id, touch: letsIn ? 'takeover' : 'change' },
    // Who loses what was handed over.
    ...(successor === undefined ? [] : [{ kind: 'user' as const, id: successor.id, touch: 'change' as const }]),
  ];
}

/** Ids that stand in addresses beside those of the lists: heirs, managers, sponsors, the drive. */
export function referencesOf(facts: UndoFacts, { leaver }: Returner, taken: readonly Taken[]): string[] {
  const data = taken.map(({ work }) => work.data);
  const ids = data.flatMap((one) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? ['heirId', 'managerId', 'sponsorId'].flatMap((key) => (typeof one[key] === 'string' ? [one[key]] : []))
      : [],
  );
  // Both where the drive shows and where the account is deleted and it does not.
  const shown = leaver === undefined || 'unread' in leaver.drive ? [] : leaver.drive.items.map(({ id }) => id);
  const drives = [...shown, ...takenBy(taken, 'handover').map(({ work }) => work.id)];
  return [...new Set([...ids, ...drives])].filter((id) => id !== facts.user.id);
}

function notAnOffboarding({ kind }: RunRow): ToolError {
  const many = kind === 'offboardings';
  return new ToolError('INPUT_INVALID', {
    message: many ? 'This run holds the offboardings of several people.' : 'This run is not an offboarding.',
    fix: many
      ? 'Take them back one by one: get_run lists the run of each person.'
      : 'Find the offboarding with list_runs, kind offboarding.',
    detail: { fields: [{ field: 'runId', problem: 'is not the run of one offboarding' }] },
  });
}

function tooLate(): ToolError {
  return new ToolError('CONFLICT', {
    message: 'This offboarding ended more than 30 days ago, and can no longer be taken back as a whole.',
    fix: 'See what it took with get_run, and give back what is wanted with the single tools.',
  });
}

function deletedElsewhere(): ToolError {
  return new ToolError('CONFLICT', {
    message: 'The account was deleted since, and not by this run.',
    fix: 'Find out why, and bring it back with restore_user first if that is wanted.',
  });
}

function purged(): ToolError {
  return new ToolError('NOT_FOUND', {
    message: 'The account does not exist any more, not among the deleted users either.',
    fix: 'Make a new account with onboard_user or create_user.',
  });
}
