import { z } from 'zod';
import { named, path } from '../../../contract/index.ts';
import type { StepRecord } from '../../journal.ts';
import type { Past, Todo } from '../../step.ts';
import type { OffboardingFacts } from '../facts.ts';
import type { Leaver } from '../leaver.ts';
import { attempted, believing, type OffboardingStep } from './acting.ts';

const needs = { permissions: ['User.RevokeSessions.All'], guardsAdmins: true };
const data = z.object({ before: z.string().nullable() });

/** Ends the sessions there are. */
export function revokeSessions(records: readonly StepRecord[]): OffboardingStep {
  return believing(records, {
    name: 'revoke-sessions',
    title: 'Sessions are revoked',
    lists: false,
    againAfter: 'directory-roles',
    todo: (leaver, facts, past) => revocation(leaver, facts, isRevoked(leaver, past)),
    act: revoke,
  });
}

/**
 * Ends the sessions that were begun while access was being taken away. Of this second time the tenant shows nothing that
 * the first one does not: where its end is not on record, it is done again.
 */
export function revokeAgain(records: readonly StepRecord[]): OffboardingStep {
  return believing(records, {
    name: 'revoke-again',
    title: 'Sessions are revoked once more',
    lists: false,
    todo: (leaver, facts) => revocation(leaver, facts, false),
    act: revoke,
  });
}

const revoke: OffboardingStep['act'] = (work, { graph }) =>
  Promise.all(
    work.map(({ id }) => attempted(graph.act(path`/users/${id}/revokeSignInSessions`, undefined, 'repeatable'), needs)),
  );

function revocation({ user }: Leaver, { user: { isGuest } }: OffboardingFacts, isDone: boolean): Todo {
  if (isGuest)
    return { work: [], skip: 'The home organization of a guest issues the sessions: revoking here has no effect' };
  if (isDone) return { work: [] };
  const before = user.signInSessionsValidFromDateTime ?? null;
  return { work: [{ id: user.id, name: named(user), data: { before } }] };
}

function isRevoked({ user }: Leaver, past: Past | undefined): boolean {
  const begun = past?.begun.find(({ id }) => id === user.id);
  return begun !== undefined && data.parse(begun.data).before !== (user.signInSessionsValidFromDateTime ?? null);
}
